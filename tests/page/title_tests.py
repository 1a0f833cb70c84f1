# SPDX-License-Identifier: MIT
"""Titles of clusters, texts that are shown once, the order of hits, and labels of charts."""
from use_tests import fill, numbers


def titles(browser):
    return browser.js("return [...document.querySelectorAll('.title')].map(e => e.textContent)")


def test_titles(browser):
    report = browser.open("titled")
    shown = dict(zip(numbers(browser), titles(browser)))
    clusters = report["levels"][0]["clusters"]
    assert shown[clusters[0]["n"]] == "docs/{de,en,fr +12}/intro.md", shown
    assert shown[clusters[1]["n"]] == "{5.1\u21927.4}/CimCmdlets/Get-Item.md", shown
    assert shown[clusters[2]["n"]] == "a/{\u05e9\u05dc\u05d5\u05dd\u2192RLOx\u0639\u0631}/readme", shown
    assert shown[clusters[3]["n"]] == "notes.txt \u2192 docs/old.md", shown
    assert shown[clusters[4]["n"]] == "one/name.txt", shown
    assert shown[clusters[5]["n"]] == "doc-00006 +3", shown
    # Each piece is isolated, so that text from right to left moves nothing else.
    assert browser.js("return [...document.querySelectorAll('.title .part, .title .shared')].every(e => e.tagName === 'BDI')")


def test_members_have_what_differs(browser):
    report = browser.open("titled")
    n = report["levels"][0]["clusters"][1]["n"]
    browser.js("document.getElementById(arguments[0]).querySelector('button').click()", f"documents/cluster-{n}")
    places = browser.js("return [...document.getElementById(arguments[0]).querySelectorAll('.member .place .id')].map(e => e.textContent)",
                        f"documents/cluster-{n}")
    assert places and set(places) == {"7.4/\u2026"}, places
    assert browser.js("return document.querySelector('.member .place').title") == "7.4/CimCmdlets/Get-Item.md"


def test_texts_of_copies_are_shown_once(browser):
    report = browser.open("titled")
    cluster = report["levels"][0]["clusters"][0]
    row = f"documents/cluster-{cluster['n']}"
    browser.js("document.getElementById(arguments[0]).querySelector('button').click()", row)
    assert browser.js("return document.getElementById(arguments[0]).querySelectorAll('.text').length", row) == 1
    heads = browser.js("return [...document.getElementById(arguments[0]).querySelectorAll('.member-head')].map(e => [e.tagName, e.textContent])", row)
    assert heads and all(tag == "DIV" and "same text" in text for tag, text in heads), heads


def test_exact_hits_come_first(browser):
    report = browser.open("titled")
    clusters = report["levels"][0]["clusters"]
    fill(browser, "Find", "doc-00006")
    wanted = [clusters[i]["n"] for i in (5, 7, 4, 6)]  # exact, other case, a word of a name, a word of a text
    browser.until(f"{wanted} first, not {numbers(browser)}", lambda: numbers(browser)[:4] == wanted)
    marked = browser.js("return [...document.querySelectorAll('li.cluster')].map(e => [...e.querySelectorAll('.mark')].some(m => m.textContent === 'exact hit'))")
    assert marked[:3] == [True, True, False] and not any(marked[2:]), marked
    # A name of the title, whose member is not in the page.
    fill(browser, "Find", "docs/FR/intro.md")
    browser.until("the cluster", lambda: numbers(browser) == [clusters[0]["n"]])
    # Signs that mean something in patterns are only signs.
    for text in ("a/{", "(", "\\", "[x", "5.1/*", "-"):
        fill(browser, "Find", text)
        browser.until("a status", lambda: "cluster" in browser.text(".status"))


def collisions(browser):
    """Pairs of labels of one chart that overlap, and labels that are cut off."""
    return browser.js("""
        const bad = [];
        for (const chart of document.querySelectorAll('.chart svg')) {
            const frame = chart.getBoundingClientRect();
            const labels = [...chart.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
            labels.forEach(([text, box], i) => {
                if (box.left < frame.left - 1 || box.right > frame.right + 1) bad.push([text, 'cut off']);
                for (const [other, b] of labels.slice(i + 1)) {
                    if (box.left < b.right - 1 && b.left < box.right - 1 && box.top < b.bottom - 3 && b.top < box.bottom - 3) bad.push([text, other]);
                }
            });
        }
        return bad""")


def test_labels_do_not_collide(browser):
    try:
        for resize in (browser.desktop, browser.phone):
            resize()
            browser.open("many")
            browser.until("charts", lambda: len(browser.all(".chart svg")) == 2)
            assert len(browser.all(".chart .value")) > 3
            assert collisions(browser) == [], collisions(browser)
    finally:
        browser.desktop()
