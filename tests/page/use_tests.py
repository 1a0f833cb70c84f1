# SPDX-License-Identifier: MIT
"""What a person does with a report: opens, compares, filters, sorts, turns pages."""
from selenium.webdriver.common.keys import Keys

import data

PAGE = 25


def numbers(browser):
    """The clusters that are shown, by number."""
    return [int(text.lstrip("#")) for text in browser.js(
        "return [...document.querySelectorAll('.panel')].filter(p => p.offsetParent).flatMap(p => "
        "[...p.querySelectorAll('li.cluster .number')].map(n => n.lastChild.data))")]


def expected(clusters, order="tokens", keep=lambda cluster: True):
    keys = {"tokens": lambda c: (-c["tokens"], c["n"]), "size": lambda c: (-c["size"], c["n"]), "low": lambda c: (c["low"], c["n"]),
            "number": lambda c: c["n"]}
    return [c["n"] for c in sorted(filter(keep, clusters), key=keys[order])]


def control(browser, label):
    """The field of the filter with that label."""
    return browser.js(
        "const all = [...document.querySelectorAll('form.filter')].find(f => f.checkVisibility()).elements;"
        "return [...all].find(e => (e.labels && e.labels[0] && e.labels[0].textContent === arguments[0]) || "
        "e.getAttribute('aria-label') === arguments[0])", label)


def fill(browser, label, value):
    element = control(browser, label)
    assert element is not None, label
    if element.tag_name == "select":
        browser.js("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', {bubbles: true}))", element, value)
    else:
        element.clear()
        element.send_keys(value)


def shows(browser, wanted):
    browser.until(f"clusters {wanted[:PAGE]}, not {numbers(browser)}", lambda: numbers(browser) == wanted[:PAGE])


def in_bar(member, bar):
    """Whether the chart of scores counts the member there."""
    value = member.get("jaccard", member.get("containment"))
    return member["reason"] in ("near", "contained") and bar["from"] <= value and (value < bar["to"] or bar["to"] == 1)


def filtered(browser, text):
    """Filters by a text; the milliseconds until the list has changed."""
    return browser.driver.execute_async_script(
        "const [text, done] = arguments; const field = document.querySelector('[type=search]'); const status = document.querySelector('.status');"
        "const start = performance.now(); new MutationObserver((_, o) => { o.disconnect(); done(performance.now() - start); })"
        ".observe(status, {childList: true}); field.value = text; field.dispatchEvent(new Event('input', {bubbles: true}))", text)


def clear(browser):
    browser.click("form.filter .clear")


def test_overview(browser):
    report = browser.open("sample")
    level = report["levels"][0]
    assert browser.driver.title == "neardup: test", browser.driver.title
    assert browser.text("h1") == "Duplicates in clean"
    share = f"{100 * level['removed'] / level['units']:.1f}\u202f%"
    assert browser.text(".verdict").startswith(f"{share} of 2\u202f396 documents ("), browser.text(".verdict")
    tiles = {tile.find_element("css selector", "dt").text: tile.find_element("css selector", ".value").text
             for tile in browser.all(".tile")}
    assert tiles["repeat others"] == share, tiles
    assert tiles["exact copies"] == str(level["exact"]) and tiles["near-duplicates"] == str(level["near"]), tiles
    assert tiles["clusters"] == "61", tiles
    assert "neardup dedup news/ crawl/ archive/old.jsonl -o clean" in browser.text(".command code")
    browser.click("details.origin summary")
    assert "26705af650bb373e" in browser.text("details.origin")
    assert "0.9903" in browser.text("details.origin")


def test_open_cluster_and_difference(browser):
    report = browser.open("sample")
    cluster = report["levels"][0]["clusters"][0]
    head = browser.one(".cluster-head")
    assert head.get_attribute("aria-expanded") == "false"
    browser.click(head)
    assert head.get_attribute("aria-expanded") == "true"
    assert cluster["keeper"]["id"] in browser.text(".keeper")
    scores = [element.text for element in browser.all(".member .score")]
    assert len(scores) == 20 and scores[0].endswith(f"{int(cluster['members'][0]['jaccard'] * 1000) / 1000:.3f}"), scores
    browser.click(".rest button")
    assert len(browser.all(".member")) == len(cluster["members"]), "all members are shown"

    index = next(i for i, m in enumerate(cluster["members"]) if sum(s[0] == "~" for s in m["diff"]) >= 2)
    member = cluster["members"][index]
    browser.click(browser.all("button.member-head")[index])
    left = [s[1].strip() for s in member["diff"] if s[0] == "~" and s[1].strip()]
    right = [s[2].strip() for s in member["diff"] if s[0] == "~" and s[2].strip()]
    assert [e.text for e in browser.all(".sides del")] == left
    assert [e.text for e in browser.all(".sides ins")] == right
    cells = browser.all(".sides .cell")
    xs = {cell.rect["x"] for cell in cells}
    assert len(xs) == 2, "two columns"
    # Put together again, both columns are the two texts, word for word.
    for side, at in ((0, "left"), (1, "right")):
        shown = browser.js("return [...document.querySelectorAll('.sides .cell')].filter(c => c.classList.contains('left') === arguments[0])"
                           ".map(c => c.textContent).join(' ')", at == "left")
        wanted = " ".join(s[1] if len(s) == 2 else s[1 + side] for s in member["diff"] if s[0] in "=~")
        assert "".join(shown.split()) == "".join(wanted.split())
    markers = [e.text for e in browser.all(".left-out")]
    assert markers == [f"{s[1]} words omitted: the same on both sides" for s in member["diff"] if s[0] == "\u2026"], markers

    browser.click("button[data-mode=inline]")
    assert not browser.all(".sides") and browser.all(".one-column del") and browser.all(".one-column ins")
    assert browser.one("button[data-mode=inline]").get_attribute("aria-pressed") == "true"
    browser.click(browser.all("button.member-head")[index])
    assert not browser.all(".diff"), "closed again"


def test_filter(browser):
    report = browser.open("sample")
    clusters = report["levels"][0]["clusters"]
    shows(browser, expected(clusters))
    for text, keep in (
            ("doc-00007-1", lambda c: any("doc-00007-1" in i["id"] for i in [c["keeper"]] + c["members"])),
            ("#12", lambda c: c["n"] == 12),
            ("OLD.jsonl", lambda c: any("old.jsonl" in i["file"] for i in [c["keeper"]] + c["members"]))):
        fill(browser, "Find", text)
        shows(browser, expected(clusters, keep=keep))
    # Words that stand in a single member's difference only, over the border of a segment.
    member = next(m for c in clusters for m in c["members"] if any(s[0] == "~" and s[2] for s in m["diff"]))
    at = next(i for i, s in enumerate(member["diff"]) if s[0] == "~" and s[2])
    before = member["diff"][at - 1][-1][-12:] if at else ""
    phrase = (before + member["diff"][at][2]).strip()
    owner = next(c["n"] for c in clusters if member in c["members"])
    fill(browser, "Find", phrase)
    browser.until("found by its text", lambda: numbers(browser) == [owner])
    fill(browser, "Find", "no such words anywhere")
    browser.until("none", lambda: numbers(browser) == [])
    assert "No cluster matches" in browser.text(".clusters")
    assert browser.text(".status").startswith("0 of 61 clusters"), browser.text(".status")
    clear(browser)
    shows(browser, expected(clusters))

    fill(browser, "File", "=" + data.FILES[3])
    shows(browser, expected(clusters, keep=lambda c: any(i["file"] == data.FILES[3] for i in [c["keeper"]] + c["members"])))
    fill(browser, "Reason", "near")
    fill(browser, "Score, from", "0.9")
    fill(browser, "Score, to", "0.95")
    fill(browser, "Size, from", "3")
    fill(browser, "Size, to", "9")
    wanted = expected(clusters, keep=lambda c: 3 <= c["size"] <= 9 and any(i["file"] == data.FILES[3] for i in [c["keeper"]] + c["members"])
                      and any(m["reason"] == "near" and 0.9 <= m["jaccard"] <= 0.95 for m in c["members"]))
    assert 0 < len(wanted) < 30
    shows(browser, wanted)
    assert browser.one(".status").get_attribute("aria-live") == "polite"


def test_sort(browser):
    report = browser.open("sample")
    clusters = report["levels"][0]["clusters"]
    for order in ("size", "low", "number", "tokens"):
        fill(browser, "Order", order)
        shows(browser, expected(clusters, order))


def test_pages(browser):
    report = browser.open("sample")
    wanted = expected(report["levels"][0]["clusters"])
    assert browser.one("[data-turn=back]").get_attribute("disabled") is not None
    browser.click("[data-turn=next]")
    assert numbers(browser) == wanted[25:50]
    assert browser.focused().text.startswith("Next"), "the button that turns the page keeps the focus"
    browser.click("[data-turn=next]")
    assert numbers(browser) == wanted[50:]
    assert browser.one("[data-turn=next]").get_attribute("disabled") is not None
    assert browser.focused().text.endswith("Back")
    number = browser.one(".pager input")
    number.send_keys(Keys.CONTROL, "a", Keys.NULL, "2", Keys.ENTER)
    browser.until("page 2", lambda: numbers(browser) == wanted[25:50])
    number = browser.one(".pager input")
    number.send_keys(Keys.CONTROL, "a", Keys.NULL, "99", Keys.ENTER)
    browser.until("the last page", lambda: numbers(browser) == wanted[50:])


def test_tabs(browser):
    report = browser.open("sample")
    tabs = browser.all("[role=tab]")
    assert [tab.text.split()[0] for tab in tabs] == ["Documents", "Paragraphs"]
    tabs[0].send_keys(Keys.ARROW_RIGHT)
    assert tabs[1].get_attribute("aria-selected") == "true" and browser.focused() == tabs[1]
    level = report["levels"][1]
    assert "8\u202f120 paragraphs" in browser.text(".verdict")
    shows(browser, expected(level["clusters"]))
    browser.click("form.filter [type=search]")
    fill(browser, "Find", "#1")
    browser.until("one", lambda: numbers(browser) == [1])
    browser.click(browser.all(".cluster-head")[0])
    assert "none is kept compared with the first copy: doc-00001" in " ".join(browser.text(".keeper").split()), "boilerplate without a keeper"
    first = level["clusters"][0]["first"]
    assert browser.text(".keeper .text").split() == first["text"].split()
    browser.click(browser.all("button.member-head")[0])
    assert browser.text(".side-name.left").startswith("First copy: doc-00001")
    while browser.all(".rest button"):
        browser.click(".rest button")
    assert ["first copy" in e.text for e in browser.all(".member-head")] == [m.get("text", m.get("diff")) is None for m in level["clusters"][0]["members"]]
    assert "or else its first copy" in browser.text("[aria-labelledby=sources-paragraph] .hint")
    assert "characters" in browser.text(".member .place")
    browser.click(tabs[0])
    shows(browser, expected(report["levels"][0]["clusters"]))


def test_links(browser):
    report = browser.open("sample", "#documents/cluster-33/1")
    head = browser.by_id("documents/cluster-33").find_element("css selector", ".cluster-head")
    assert head.get_attribute("aria-expanded") == "true" and browser.all(".diff")
    # The audit is a result, not a warning.
    assert browser.text(".audit") == "Audit\nThe recall of this run is 1." and browser.text(".warnings h2") == "2 warnings"
    # A warning's link, from another page of the list and with a filter that hides its cluster.
    fill(browser, "Find", "#33")
    browser.until("one", lambda: numbers(browser) == [33])
    browser.click(".warnings a")
    browser.until("cluster 4 is open", lambda: browser.focused().get_attribute("aria-controls") == "documents/cluster-4/members")
    assert browser.js("return location.hash") == "#documents/cluster-4"
    browser.click("#documents\\/cluster-4 .hint a")
    browser.until("cluster 2 is open", lambda: browser.focused().get_attribute("aria-controls") == "documents/cluster-2/members")
    browser.js("location.hash = '#paragraphs/cluster-3'")
    browser.until("the other tab", lambda: browser.one("[aria-selected=true]").text.startswith("Paragraphs"))
    browser.js("location.hash = '#documents/cluster-12345'")
    browser.until("not there", lambda: "not in this page" in browser.by_id("said").get_attribute("textContent"))
    assert report["levels"]


def test_charts(browser):
    report = browser.open("sample")
    level = report["levels"][0]
    bars = browser.all(".bar:not(.second)")
    assert len(bars) == len(level["scores"])
    heights = [b.find_element("css selector", ".ink").rect["height"] for b in bars]
    counts = [b["count"] for b in level["scores"]]
    assert all((heights[i] > heights[j]) == (counts[i] > counts[j]) for i in range(len(bars)) for j in range(len(bars))), "by count"
    index = counts.index(min(c for c in counts if c))
    chosen = level["scores"][index]
    browser.js("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", bars[index])
    shows(browser, expected(level["clusters"], keep=lambda c: any(in_bar(m, chosen) for m in c["members"])))
    assert "near-duplicates with a score of " in browser.text(".chip")
    assert browser.focused().tag_name == "h2", "a field would open the keyboard of a phone"
    browser.click(".chip")
    shows(browser, expected(level["clusters"]))
    # The last bar counts what scores 1 in another order, and no copies.
    last = level["scores"][-1]
    browser.js("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", bars[-1])
    shows(browser, expected(level["clusters"], keep=lambda c: any(in_bar(m, last) for m in c["members"])))
    clear(browser)

    # The same numbers as a table, whose buttons need no mouse.
    details = browser.all("details.numbers")[1]
    browser.click(details.find_element("css selector", "summary"))
    rows = details.find_elements("css selector", "tbody tr")
    assert len(rows) == sum(1 for s in level["sizes"] if s["clusters"])
    browser.click(rows[-1].find_element("css selector", "button"))
    last = level["sizes"][-1]
    shows(browser, expected(level["clusters"], keep=lambda c: last["from"] <= c["size"] <= last["to"]))
    clear(browser)

    cells = {(a, b): n for a, b, n in level["sources"]["cells"]}
    (row, column), number = max(cells.items(), key=lambda cell: cell[1])
    cell = browser.js("return document.querySelector('.matrix tbody').rows[arguments[0]].cells[arguments[1] + 2].querySelector('button')", row, column)
    assert cell.get_attribute("textContent").startswith(f"{number}:")
    browser.click(cell)
    names = level["sources"]["names"]
    wanted = expected(level["clusters"], keep=lambda c: c["keeper"]["file"] == names[column] and any(m["file"] == names[row] for m in c["members"]))
    shows(browser, wanted)
    assert names[row] in browser.text(".chip")
    browser.click(".chip")
    shows(browser, expected(level["clusters"]))


def test_nothing_found(browser):
    browser.open("empty")
    assert browser.text(".verdict") == "None of 12 documents repeats another."
    assert "Nothing repeats" in browser.text(".clusters")
    assert not browser.all(".charts") and not browser.all("form.filter"), "nothing to show and nothing to search"
    browser.click(browser.all("[role=tab]")[1])
    assert browser.text(".verdict") == "There are no paragraphs to compare."


def test_clusters_file(browser):
    """The page has no shares and no numbers that are unknown."""
    report = browser.open("clusters_file")
    for part, tab in zip(report["levels"], browser.all("[role=tab]")):
        browser.click(tab)
        removed = f"{part['removed']} {part['unit']}s"
        assert browser.text(".verdict").startswith(removed) and browser.text(".verdict").endswith("repeat others; the size of the corpus is unknown.")
        tiles = {tile.find_element("css selector", "dt").text: tile.text.split("\n") for tile in browser.all(".tile")}
        assert tiles["repeat others"] == ["repeat others", str(part["removed"]), part["unit"] + "s"] and len(tiles["tokens saved"]) == 2, tiles
        assert not browser.all(".share") and str(part["removed"]) in tab.text
        for place in (".tabs", ".verdict", ".tiles"):
            assert "%" not in browser.text(place) and "NaN" not in browser.text(place), browser.text(place)
        shows(browser, expected(part["clusters"]))
    assert "Decided again with the threshold 0.8. A run" in browser.text("[aria-labelledby=origin]")
    assert "NaN" not in browser.text("main") and "undefined" not in browser.text("main")


def test_emptied(browser):
    report = browser.open("emptied")
    documents = report["levels"][0]
    assert f"{documents['kept'] // 1000}\u202f{documents['kept'] % 1000:03d} are unique or kept. 91 documents are removed because" in browser.text(".verdict")
    assert "emptied by cutting 91 3.8\u202f%" in browser.text(".key"), browser.text(".key")
    assert "cutting left too little: 32.8 kB more" in browser.text(".tiles").replace("\u00a0", " ")
    browser.click(browser.all("[role=tab]")[1])
    assert "91 documents are removed because" in browser.text(".verdict")
    assert "emptied" not in browser.text(".key") and "documents emptied" in browser.text(".tiles")


def found(browser):
    """The clusters that are shown, and what is said of how sure that is."""
    return [tuple(row) for row in browser.js(
        "return [...document.querySelectorAll('li.cluster')].map(row => [Number(row.querySelector('.number').lastChild.data.slice(1)), "
        "(row.querySelector('.mark') || {textContent: ''}).textContent])")]


def test_members_that_are_missing(browser):
    """Filters find members that are not in the page by their counts, or perhaps."""
    perhaps, rest = "may match: partly in this page", "matches outside this page"
    content = browser.open("cut_off")
    level = content["levels"][0]

    def after(wanted):
        browser.until(f"{wanted}, not {found(browser)}", lambda: sorted(found(browser)) == wanted)
        clear(browser)

    cell = lambda row: browser.js("return document.querySelector('.matrix tbody').rows[arguments[0]].cells[2].querySelector('button')", row)
    browser.click(cell(1))
    after([(1, ""), (2, ""), (3, "")])
    browser.click(cell(2))
    after([(1, perhaps), (2, rest)])
    bars = browser.all(".bar:not(.second)")
    for low, wanted in ((0.74, [(1, ""), (2, ""), (3, "")]), (0.9, [(1, perhaps), (2, rest)]), (0.92, [(1, perhaps), (2, rest)])):
        index = next(i for i, bar in enumerate(level["scores"]) if bar["from"] == low)
        browser.js("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", bars[index])
        after(wanted)
    fill(browser, "Reason", "exact")
    after([(1, perhaps), (2, rest)])
    fill(browser, "Score, from", "0.91")
    fill(browser, "Score, to", "0.915")
    after([(1, perhaps), (2, perhaps)])
    fill(browser, "Score, from", "0.95")
    fill(browser, "Score, to", "0.99")
    after([(1, perhaps)])
    fill(browser, "Score, to", "0.7")
    after([])
    fill(browser, "File", "=" + data.FILES[2])
    after([(1, perhaps), (2, rest)])
    # All filters apply to the same member: the second file has no copy.
    browser.click(cell(1))
    fill(browser, "Reason", "exact")
    after([(1, perhaps)])


def test_without_texts(browser):
    browser.open("no_text")
    assert "written with --no-text" in browser.text(".note")
    browser.click(".cluster-head")
    assert len(browser.all(".member")) == 2
    assert not browser.all("button.member-head"), "nothing to open"


def tiles_of(browser):
    return {tile.find_element("css selector", "dt").text: tile.text.replace("\u00a0", " ").replace("\u202f", " ").split("\n") for tile in browser.all(".tile")}


def test_reference(browser):
    """Whose documents were compared with what, and of what the shares are."""
    report = browser.open("reference")
    assert browser.text(".verdict").endswith("All were compared with 552 documents of a reference."), browser.text(".verdict")
    rows = [row.text for row in browser.all("[aria-labelledby=sources-document] .matrix tbody th")]
    assert ["(reference)" in row for row in rows] == [data.FILES[0] in row for row in rows] and sum("(reference)" in row for row in rows) == 1, rows
    assert tiles_of(browser)["empty documents"][:2] == ["2", "empty documents"] or "2" in tiles_of(browser)["empty documents"], tiles_of(browser)
    browser.click("details.origin summary")
    made = {row.find_element("css selector", "dt").text: row.find_element("css selector", "dd").text for row in browser.all(".properties > div")}
    assert made["command"] == f"neardup dedup 'a file.jsonl' --reference {data.FILES[0]}", made["command"]
    assert made["inputs"] == f"a file.jsonl, {data.FILES[0]} (reference)" and made["peak memory bytes"] == "2\u202f438", made
    documents, paragraphs = report["levels"]
    browser.click(browser.all("[role=tab]")[1])
    whole = paragraphs["bytes"] - documents["removed_bytes"] - 1000
    shares = tiles_of(browser)
    assert shares["bytes saved"][-1] == f"{100 * paragraphs['removed_bytes'] / whole:.1f} % of {whole / 1e6:.1f} MB in documents that were kept", shares
    assert shares["tokens saved"][-1].endswith(" in documents that were kept"), shares
    assert "empty documents" not in shares


def test_found(browser):
    """The page of a run of find does not say that anything was removed."""
    browser.open("found", "#documents/cluster-2/1")
    assert "unique or would be kept" in browser.text(".verdict")
    assert {"tokens would be saved", "bytes would be saved"} <= set(tiles_of(browser))
    assert browser.text(".keeper .kept") == "would be kept"
    assert [name.text.split(":")[0] for name in browser.all(".side-name")] == ["To keep", "Duplicate"]
    shown = browser.text("main")
    assert "Removed" not in shown and "is kept" not in shown and "tokens saved" not in shown


def test_simhash(browser):
    browser.open("simhash")
    assert tiles_of(browser)["near-duplicates"][-1] == "fingerprints differ in at most 6 of 64 bits; verified similarity of at least 0.7"


def test_one_column(browser):
    """Which text is which, with the same marks as in two columns."""
    browser.open("sample", "#documents/cluster-2/1")
    browser.click("button[data-mode=inline]")
    assert [name.text.split(":")[0] for name in browser.all(".one-column .side-name")] == ["Kept", "Removed"]
    legend = [mark.text for mark in browser.all(".legend del, .legend ins")]
    assert legend and set(legend) <= {"only in the kept one", "only in the removed one"}, legend
    lines = browser.js("return [...document.querySelectorAll('.legend del, .one-column del')].map(e => getComputedStyle(e).textDecorationLine)")
    assert set(lines) == {"underline"}, lines

    def content():
        return {**data.compare(), "diff": [["=", "take "], ["~", "three", "four"], ["=", " years"]]}

    browser.open(("replaced", content), kind="compare")
    assert [mark.text for mark in browser.all(".legend del, .legend ins")] == ["only in A", "only in B"]
    browser.click("button[data-mode=inline]")
    assert browser.text(".one-column .cell") == "take three four years"
    assert [name.text for name in browser.all(".side-name")] == ["A: a.txt", "B: b.txt"]


def test_compare(browser):
    content = browser.open("compare", kind="compare")
    assert browser.text("h1") == "Compared: a.txt and b.txt"
    assert browser.text(".verdict") == "Near-duplicates: similarity 0.907, threshold 0.7."
    assert [e.text for e in browser.all(".sides ins")] == [s[2].strip() for s in content["diff"] if s[0] == "~" and s[2].strip()]
    assert [t.find_element("css selector", ".value").text for t in browser.all(".tile")] == \
        ["0.907", "95.1\u202f%", "94.9\u202f%", "381"]
    assert "words omitted" in browser.text(".sides") and "character" not in browser.text("main")


def test_compare_characters(browser):
    """If a token is a character, omissions are counted in characters."""
    def content():
        return {**data.compare(), "parameters": {"tokens": "char", "ngram": 5}, "verdict": "exact",
                "diff": [["=", "a b"], ["\u2026", 198293], ["=", "Ab c", "a bc"]]}

    browser.open(("compare_characters", content), kind="compare")
    assert browser.text(".verdict").startswith("The same characters in the same order")
    assert browser.text(".left-out") == "198\u202f293 characters omitted: the same on both sides"
    assert browser.text(".legend") == "same characters, written differently" and "word" not in browser.text("main")


def test_check(browser):
    content = browser.open("check", kind="check")
    assert browser.text(".verdict") == "Failed: 2 of 3 rules violated."
    rules = [e.text for e in browser.all(".rule")]
    assert len(rules) == 3 and "violated" in rules[0] and "Deduplicate the corpus" in rules[0] and "2.3\u202f%" in rules[0], rules
    assert "passed" in rules[2] and "Repair" not in rules[2]
    table = [[c.text.split() for c in row.find_elements("css selector", "td")] for row in browser.all(".leaks tbody tr")]
    assert len(table) == 1 and table[0][0][:3] == ["14", "7.1", "%"] and table[0][1] == ["\u2013"], table
    assert "There is no row for train" in browser.text("[aria-labelledby=leaks]")
    assert "5\u202f000 more findings are not in this page" in browser.text("[aria-labelledby=findings] > .hint")
    assert "Deduplicate the corpus with neardup dedup," in rules[0] and browser.all(".rule code"), "advice has code"
    assert "cluster-size" not in browser.text(".filter"), "a rule that was not requested"
    assert sum("no rule" in row.text for row in browser.all(".cluster")) == 1
    assert len(browser.all(".cluster")) == 25
    browser.click(".cluster-head")
    assert len(browser.all(".member")) == 50 and "30 more places" in browser.text(".rest")
    fill(browser, "Baseline", "known")
    fill(browser, "Rule", "split-leak")
    wanted = [f for f in content["findings"] if not f["new"] and f["rule"] == "split-leak"]
    browser.until("filtered", lambda: browser.text(".status") == f"{len(wanted)} of 59 findings.")
    fill(browser, "Baseline", "")
    fill(browser, "Rule", "invalid-records")
    browser.until("counts for two rules", lambda: browser.text(".status") == "1 of 59 findings.")
    fill(browser, "Rule", "")
    fill(browser, "Find", "doc-7-1")
    browser.until("found", lambda: browser.text(".status") == "1 of 59 findings.")


def test_copy(browser):
    browser.open("sample")
    browser.js("Object.defineProperty(navigator, 'clipboard', {value: {writeText: text => { window.copied = text; return Promise.resolve(); }}})")
    browser.click(".copy")
    browser.until("copied", lambda: browser.js("return window.copied") == "neardup dedup news/ crawl/ archive/old.jsonl -o clean")
    browser.until("said", lambda: browser.by_id("said").get_attribute("textContent") == "Copied")


def test_numbers(browser):
    browser.open("scripts")
    browser.click(browser.all(".cluster-head")[1])
    assert "12345678901234567890" in browser.text(".keeper"), "ids keep their digits"


def test_much(browser):
    """10 000 clusters; tests/page/measure.py prints how long the page takes."""
    report = browser.open("large")
    clusters = report["levels"][0]["clusters"]
    assert numbers(browser) == expected(clusters)[:PAGE]
    others = browser.all(".matrix tbody tr")[-1]
    assert "312 other files" in others.text and "77" in others.text, others.text
    assert not others.find_elements("css selector", "button"), "others cannot be filtered by"
    assert "10\u202f000 costliest of 100\u202f000 clusters" in browser.text("[aria-labelledby=rest-document]")
    assert "neardup report 'big run' --format csv" in browser.text("[aria-labelledby=rest-document]")
    filtered(browser, "doc-09999")
    assert numbers(browser) == [9999]
    filtered(browser, "doc-08")
    assert len(numbers(browser)) == PAGE
    clear(browser)
    browser.js("location.hash = '#documents/cluster-1'")
    browser.until("open", lambda: browser.all(".cluster-body"))
    for _ in range(20):
        button = browser.all("#documents\\/cluster-1 .rest button")
        if not button:
            break
        browser.click(button[0])
    assert "849 documents of this cluster are not in this page" in browser.text(".rest")


# ---- pairs to judge ----

def review_state(browser):
    return browser.text(".review .status"), [b.get_attribute("data-verdict") for b in browser.all(".answer") if b.get_attribute("aria-pressed") == "true"]


def test_review(browser):
    review = browser.open("review", kind="review")
    browser.js("localStorage.clear()")
    browser.open("review", kind="review")
    assert browser.text("h1") == "Pairs to judge: words, n 3, threshold 0.5"
    assert review_state(browser) == ("Pair 1 of 30; 0 judged", [])
    assert "Score: 0" not in browser.text(".review"), "the score does not lead the verdict"
    assert "a-1" in browser.text(".side-name")
    browser.click("button[data-verdict=same]")
    assert review_state(browser) == ("Pair 2 of 30; 1 judged", [])
    press = browser.one("body").send_keys
    press("2")
    press("u")
    assert review_state(browser) == ("Pair 4 of 30; 3 judged", [])
    press(Keys.ARROW_LEFT)
    press(Keys.ARROW_LEFT)
    assert review_state(browser) == ("Pair 2 of 30; 3 judged", ["different"])
    assert f"Score: {review['pairs'][1]['score']:.3f}" in browser.text(".review")
    press("2")
    assert review_state(browser) == ("Pair 2 of 30; 2 judged", []), "the same verdict again takes it back"
    browser.click("button[data-turn=next]")
    assert review_state(browser) == ("Pair 3 of 30; 2 judged", ["unsure"])
    for _ in range(40):
        press("n")
    assert review_state(browser)[0] == "Pair 30 of 30; 2 judged"
    press("1")
    assert review_state(browser) == ("Pair 30 of 30; 3 judged", ["same"]), "it stays at the last one"
    # Verdicts outlive the page, where the browser keeps something.
    browser.open("review", kind="review")
    assert review_state(browser) == ("Pair 2 of 30; 3 judged", [])
    browser.js("localStorage.clear()")


def test_review_of_nothing(browser):
    browser.open(("no pairs", lambda: {**data.review(), "pairs": []}), kind="review")
    assert browser.text(".verdict") == "The sample has no pair that is similar enough to be judged."
    assert not browser.all(".answer")
