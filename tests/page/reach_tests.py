# SPDX-License-Identifier: MIT
"""That everybody can use it: keyboard, screen reader, phone, dark, print, without scripts."""
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from use_tests import fill, numbers

# Every text that is shown against what is behind it, by the formula of WCAG 2.2; those below what AA asks.
CONTRAST = """
const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = element => { const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]); };
const bad = [];
for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || !element.checkVisibility() || element.closest('.heard, .skip, svg, option, :disabled') || box.width < 2) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const [a, b] = [light(over(parse(style.color), ground)), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${element.textContent.slice(0, 30)}`);
}
for (const text of document.querySelectorAll('svg text')) {
    const ground = behind(text.closest('div'));
    const [a, b] = [light(parse(getComputedStyle(text).fill)), light(ground)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push('svg ' + text.textContent);
}
return [...new Set(bad)];
"""

# What a screen reader would stumble over.
STRUCTURE = """
const bad = [];
const name = e => (e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ').map(i => i && document.getElementById(i))
    .filter(Boolean).map(i => i.textContent).join('') || (e.labels && e.labels[0] && e.labels[0].textContent) || e.textContent || '').trim();
for (const e of document.querySelectorAll('button, a, input, select, summary, [role=tab], [role=region], [role=img], section, nav, form'))
    if (!name(e)) bad.push('no name: ' + e.outerHTML.slice(0, 120));
let level = 0;
for (const e of document.querySelectorAll('h1, h2, h3, h4')) {
    if (!e.checkVisibility()) continue;
    const now = Number(e.tagName[1]);
    if (now > level + 1 && level) bad.push(`heading ${e.tagName} after h${level}: ${e.textContent}`);
    level = now;
}
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => bad.push('twice: ' + id));
for (const e of document.querySelectorAll('[aria-controls], [aria-labelledby]'))
    for (const id of (e.getAttribute('aria-controls') || '').split(' ').concat((e.getAttribute('aria-labelledby') || '').split(' ')))
        if (id && !document.getElementById(id)) bad.push('refers to nothing: ' + id);
for (const tag of ['main', 'header', 'footer', 'h1']) if (document.querySelectorAll(tag).length !== 1) bad.push('not one ' + tag);
if (document.documentElement.lang !== 'en') bad.push('no language');
for (const t of document.querySelectorAll('table')) if (!t.querySelector('th[scope=row]') || !t.querySelector('th[scope=col]')) bad.push('table without heads');
return bad;
"""


def open_much(browser):
    """Opens some of everything, so that it is looked at."""
    browser.js("document.querySelectorAll('details').forEach(d => { d.open = true; });"
               "[...document.querySelectorAll('.cluster-head')].slice(0, 4).forEach(b => b.getAttribute('aria-expanded') === 'false' && b.click());"
               "[...document.querySelectorAll('button.member-head')].slice(0, 5).forEach(b => b.getAttribute('aria-expanded') === 'false' && b.click());")


PAGES = [("sample", "report"), ("hostile", "report"), ("scripts", "report"), ("empty", "report"), ("no_text", "report"), ("compare", "compare"), ("check", "check"), ("review", "review"),
         ("hostile_check", "check")]


def test_contrast(browser):
    for scheme in ("light", "dark"):
        browser.media(scheme)
        for name, kind in (("sample", "report"), ("hostile", "report"), ("compare", "compare"), ("check", "check"), ("review", "review")):
            browser.open(name, kind=kind)
            open_much(browser)
            assert browser.js(CONTRAST) == [], (scheme, name, browser.js(CONTRAST)[:8])


def test_structure(browser):
    for name, kind in PAGES:
        browser.open(name, kind=kind)
        open_much(browser)
        assert browser.js(STRUCTURE) == [], (name, browser.js(STRUCTURE)[:8])


def test_phone(browser):
    browser.phone()
    for name, kind in PAGES:
        browser.open(name, kind=kind)
        open_much(browser)
        width, window = browser.js("return [document.documentElement.scrollWidth, innerWidth]")
        assert width <= 390 and window == 390, (name, width, window)
        small = browser.js("return [...document.querySelectorAll('button, select, input')].filter(e => e.checkVisibility() && "
                           "e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 90))")
        assert not small, small
        broken = browser.js("return [...document.querySelectorAll('.place .short, .properties dt')].filter(e => e.checkVisibility() && "
                            "e.getBoundingClientRect().height > 1.9 * parseFloat(getComputedStyle(e).fontSize) && /^[a-z]{2,16}$/.test(e.textContent)"
                            " || e.matches('.short') && e.getClientRects().length > 1).map(e => e.textContent)")
        assert not broken, broken
        cut = browser.js("return [...document.querySelectorAll('.finding .preview')].filter(e => e.scrollHeight > e.clientHeight + 2).map(e => e.textContent)")
        assert not cut, cut
    browser.open("sample", "#documents/cluster-2/1")
    assert browser.all(".one-column") and not browser.all(".sides"), "one column where there is no room for two"
    browser.click("button[data-mode=side]")
    assert browser.all(".sides")


def test_theme(browser):
    ground = "return getComputedStyle(document.body).backgroundColor"
    browser.media("dark")
    browser.open("sample")
    dark = browser.js(ground)
    assert browser.text(".theme") == "Colours: auto" and dark == "rgb(17, 21, 26)"
    browser.media("light")
    browser.until("it follows the system while it is open", lambda: browser.js(ground) != dark)
    light = browser.js(ground)
    browser.click(".theme")
    assert browser.text(".theme") == "Colours: light" and browser.js(ground) == light
    browser.click(".theme")
    assert browser.text(".theme") == "Colours: dark" and browser.js(ground) == dark
    browser.driver.refresh()
    assert browser.js(ground) == dark, "remembered"
    browser.click(".theme")
    assert browser.text(".theme") == "Colours: auto"
    # A browser that keeps nothing.
    script = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source="Object.defineProperty(window, 'localStorage', "
                         "{get() { throw new Error('forbidden'); }}); History.prototype.replaceState = () => { throw new Error('forbidden'); }")
    browser.open("sample")
    browser.click(".theme")
    assert browser.text(".theme") == "Colours: light"
    browser.click(".cluster-head")
    assert browser.all(".member")
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])


def press(browser, *keys):
    ActionChains(browser.driver).send_keys(*keys).perform()


def test_keyboard(browser):
    browser.open("sample")
    press(browser, Keys.TAB)
    assert browser.focused().text == "Skip to the content"
    press(browser, Keys.ENTER, Keys.TAB)
    assert browser.focused().text.startswith("Documents"), "behind the head"

    # With Tab alone one comes to everything but what arrow keys lead to, and always sees where one is.
    browser.open("sample")
    visited, hidden = [], []
    for _ in range(200):
        press(browser, Keys.TAB)
        here = browser.js("const e = document.activeElement; if (e === document.body) return null; const s = getComputedStyle(e);"
                          "const r = e.getBoundingClientRect(); e.dataset.seen = 1; return [e.outerHTML.slice(0, 80), s.outlineStyle !== 'none' && "
                          "parseFloat(s.outlineWidth) >= 1 && r.bottom > 0 && r.top < innerHeight]")
        if here is None:
            break
        visited.append(here[0])
        if not here[1]:
            hidden.append(here[0])
    assert not hidden, hidden
    missed = browser.js("return [...document.querySelectorAll('button, a, input, select, summary')].filter(e => e.checkVisibility() && !e.disabled && "
                        "e.tabIndex >= 0 && !e.dataset.seen).map(e => e.outerHTML.slice(0, 80))")
    assert not missed, missed
    assert len(visited) > 40

    # Rows: arrows go, right opens, left closes, Enter does both.
    browser.js("document.querySelector('.cluster-head').focus()")
    press(browser, Keys.ARROW_DOWN)
    second = browser.focused()
    assert second == browser.all(".cluster-head")[1]
    press(browser, Keys.ARROW_RIGHT)
    assert second.get_attribute("aria-expanded") == "true"
    press(browser, Keys.ARROW_DOWN)
    assert "member-head" in browser.focused().get_attribute("class")
    press(browser, Keys.ENTER)
    assert browser.all(".diff")
    press(browser, Keys.ARROW_LEFT)
    assert not browser.all(".diff")
    press(browser, Keys.ARROW_UP)
    assert browser.focused() == second
    press(browser, Keys.SPACE)
    assert second.get_attribute("aria-expanded") == "false"
    press(browser, Keys.END)
    assert browser.focused() == browser.all(".cluster-head")[-1]
    press(browser, Keys.HOME)
    assert browser.focused() == browser.all(".cluster-head")[0]

    # The matrix is one stop, and arrows go from cell to cell.
    browser.js("document.querySelector('.matrix button').focus()")
    press(browser, Keys.ARROW_RIGHT)
    cell = browser.focused()
    assert cell.get_attribute("tabindex") == "0" and browser.js("return arguments[0].closest('td').cellIndex", cell) == 3
    press(browser, Keys.ENTER)
    assert browser.all(".chip")
    # Typing in the filter works from there on.
    browser.js("document.querySelector('.chip').click()")
    fill(browser, "Find", "#5")
    browser.until("filtered", lambda: numbers(browser) == [5])


def test_heard(browser):
    """Differences are told to those who do not see colours."""
    browser.open("sample", "#documents/cluster-2/1")
    before = browser.js("return [getComputedStyle(document.querySelector('.sides del'), '::before').content, "
                        "getComputedStyle(document.querySelector('.sides ins'), '::before').content]")
    assert "only in the kept one" in before[0] and "only in the removed one" in before[1], before
    lines = browser.js("return [...document.querySelectorAll('.sides del, .sides ins')].map(e => getComputedStyle(e).textDecorationStyle)")
    assert set(lines) == {"dashed", "solid"}, "not by colour alone"
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {node["role"]["value"] for node in tree if not node.get("ignored")}
    assert {"banner", "main", "contentinfo", "tablist", "tab", "tabpanel", "table", "search", "deletion", "insertion", "navigation"} <= roles, roles
    assert any(node["role"]["value"] == "image" and "Scores of" in node["name"]["value"] for node in tree if "name" in node), "charts speak"


def test_print(browser):
    browser.media("dark")
    browser.open("sample", "#documents/cluster-2/1")
    browser.media("dark", "print")
    browser.js("dispatchEvent(new Event('beforeprint'))")
    assert browser.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not browser.all(".filter, .pager, .theme, .copy")
    assert browser.all(".diff del") and browser.all("details.origin .properties"), "what was open is printed"
    pdf = browser.cdp("Page.printToPDF")["data"]
    assert len(pdf) > 20000


def test_without_scripts(browser):
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open("sample")
        assert "needs JavaScript, which is switched off" in browser.js("return document.querySelector('noscript').innerText")
    finally:
        browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
