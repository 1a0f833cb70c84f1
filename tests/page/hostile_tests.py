# SPDX-License-Identifier: MIT
"""Texts that want to be more than text, and files that are not what they should be."""
import re

import data
from use_tests import numbers

TREACHEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def open_all(browser):
    for _ in range(3):
        browser.js("document.querySelectorAll('details').forEach(d => { d.open = true; });"
                   "document.querySelectorAll('.cluster-head, button.member-head').forEach(b => b.getAttribute('aria-expanded') === 'false' && b.click())")


def harmless(browser):
    assert browser.js("return window.canary") is None, "something was executed"
    foreign = browser.js("return [...document.querySelectorAll('script, img, iframe, object, embed, link, base, style, foreignObject, use, form[action], "
                         "a:not([href^=\"#\"])')].map(e => e.outerHTML.slice(0, 60))")
    assert len(foreign) == 2 and foreign[0].startswith("<style>") and foreign[1].startswith("<script>(() =>"), foreign
    handlers = browser.js("return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^style$/i.test(a.name) && "
                          "!e.matches('.piece, .meter span'))).map(e => e.outerHTML.slice(0, 60))")
    assert handlers == [], handlers
    loose = TREACHEROUS.findall(browser.js("return document.body.innerText"))
    assert not loose, loose


def test_hostile_report(browser):
    browser.open("hostile")
    open_all(browser)
    harmless(browser)
    text = browser.js("return document.getElementById('main').textContent")
    for evil in data.EVIL:
        plain = TREACHEROUS.split(evil)[0] if TREACHEROUS.search(evil) else evil
        if plain and "\ud800" not in plain:
            assert plain in text, "shown as text: " + plain
    marks = set(browser.js("return [...document.querySelectorAll('.code-mark')].map(m => m.textContent)"))
    assert {"NUL", "ESC", "RLO", "PDF", "LRI", "PDI", "LRM", "RLM", "ZWSP", "BOM", "LS", "PS", "U+D800"} <= marks, marks
    titles = browser.js("return [...document.querySelectorAll('[title], [aria-label]')].map(e => (e.title || '') + (e.getAttribute('aria-label') || '')).join('')")
    assert not TREACHEROUS.search(titles), "neither in tooltips"
    options = browser.js("return [...document.querySelectorAll('option')].map(o => o.textContent).join('')")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", options), "nor in menus"
    # What is copied is what is shown.
    assert "\\U0000202e" in browser.text(".command code") and "$'nul\\x00" in browser.text(".command code")
    assert len(browser.driver.window_handles) == 1


def test_hostile_filter(browser):
    """Filter values are data too: a menu with such a file, a search for such a text."""
    browser.open("hostile")
    for evil in (data.EVIL[0], "__proto__", "constructor"):
        field = browser.one("[type=search]")
        field.clear()
        field.send_keys(evil)
        number = data.EVIL.index(evil) + 1
        browser.until("found", lambda: 0 < len(numbers(browser)) < len(data.EVIL) and number in numbers(browser))
    harmless(browser)


def test_hostile_compare(browser):
    def content():
        evil = "".join(data.EVIL)
        return {"compare": 1, "a": {"file": evil, "bytes": 1, "tokens": 1, "shingles": 1}, "b": {"file": evil, "bytes": 1, "tokens": 1, "shingles": 1},
                "verdict": evil, "jaccard": 0.5, "a_in_b": 0.5, "b_in_a": 0.5, "shared_shingles": 1,
                "diff": [["~", evil, evil[::-1]], ["=", evil], ["=", evil, evil + "!"]]}
    browser.open(("hostile compare", content), kind="compare")
    harmless(browser)


def test_hostile_review(browser):
    def content():
        review = data.review()
        for pair, evil in zip(review["pairs"], data.EVIL):
            for side in ("a", "b"):
                pair[side].update(id=evil, file=evil)
            pair["diff"] = [["~", evil, evil[::-1]], ["=", evil], ["=", evil, evil + "!"]]
        return {**review, "question_name": data.EVIL[0]}
    browser.open(("hostile review", content), kind="review")
    for _ in data.EVIL:
        browser.click("button[data-verdict=same]")
        harmless(browser)


def test_hostile_check(browser):
    browser.open("hostile_check", kind="check")
    open_all(browser)
    harmless(browser)
    text = browser.js("return document.getElementById('main').textContent")
    for evil in (data.EVIL[0], data.EVIL[1], "__proto__"):
        assert evil in text


def test_policy(browser):
    """Even markup that got in would not run: the page's policy holds."""
    browser.open("sample")
    browser.js("const s = document.createElement('script'); try { s.text = 'window.canary = 1'; } catch (e) { window.refused = 1; } document.body.append(s)")
    assert browser.js("return window.refused") == 1, "texts do not become scripts"
    assert browser.js("try { document.body.innerHTML = '<img src=x>'; return 'taken'; } catch (e) { return 'refused'; }") == "refused"
    browser.js("const i = document.createElement('img'); i.src = 'https://example.org/x.png'; document.body.append(i)")
    browser.until("the image is blocked", lambda: any("example.org" in c and "Content Security Policy" in c for c in browser.complaints()))
    assert browser.js("return window.canary") is None


def test_writing_systems(browser):
    """Right-to-left texts stand in their own direction, joiners that belong to the writing stay, others are shown."""
    browser.open("scripts", "#documents/cluster-1/1")
    directions = browser.js("return [...document.querySelectorAll('.sides .cell')].map(c => getComputedStyle(c).direction)")
    assert directions and set(directions) == {"rtl"}, directions
    assert browser.js("return getComputedStyle(document.querySelector('.side-name')).direction") == "ltr"
    text = browser.js("return document.querySelector('.sides').textContent")
    assert "\u200c" in text and "ZWNJ" not in text
    preview = browser.js("return document.querySelectorAll('.preview')[1].textContent")
    assert "\U0001f469\u200d\U0001f469\u200d\U0001f467" in preview and "aZWJb" in preview, preview


def test_cut_off(browser):
    path, _ = browser.make("sample")
    cut = path + ".cut.html"
    with open(path, "rb") as whole, open(cut, "wb") as out:
        content = whole.read()
        begin = content.index(b'data-kind="report">')
        out.write(content[:begin + 4000] + content[content.index(b"</script>", begin):])
    browser.open_file(cut)
    assert "Is the file complete?" in browser.text("[role=alert]")
    assert any("SyntaxError" in c for c in browser.complaints())
