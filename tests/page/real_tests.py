# SPDX-License-Identifier: MIT
"""Pages that the program writes about real runs of a corpus of its own."""
import json
import os
import subprocess

import corpus
from use_tests import expected, fill, in_bar, numbers, shows

NEARDUP = os.path.abspath(os.environ.get("NEARDUP", "build/neardup"))


def run(folder, *arguments, status=0):
    done = subprocess.run([NEARDUP, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr.decode())
    return done.stdout


def made(browser):
    """The corpus and a finished run of it; the folder."""
    folder = os.path.join(browser.folder.name, "corpus")
    if not os.path.exists(folder):
        os.mkdir(folder)
        inputs = corpus.write(folder)
        run(folder, "dedup", *inputs, "-o", "clean", "--unit", "document,paragraph", "-q")
        run(folder, "report", "clean", "-o", "report.html", "-q")
        run(folder, "dedup", *inputs, "-o", "paired", "--pairs", "-q")
    return folder


def test_real_report(browser):
    folder = made(browser)
    with open(folder + "/clean/summary.json", encoding="utf-8") as file:
        summary = json.load(file)
    with open(folder + "/clean/clusters.jsonl", encoding="utf-8") as file:
        clusters = [json.loads(line) for line in file]
    report = json.loads(run(folder, "report", "clean", "--format", "json"))
    browser.open_file(folder + "/report.html")
    assert browser.text("h1") == "Duplicates in clean"
    removed = summary["exact"] + summary["near"]
    assert browser.text(".verdict").startswith(f"{100 * removed / summary['documents']:.1f}\u202f% of {summary['documents']} documents"), browser.text(".verdict")
    documents, paragraphs = report["levels"]
    assert documents["removed"] == removed
    shows(browser, expected(documents["clusters"]))
    assert f"{sum('unit' not in c for c in clusters)} clusters" in browser.text(".status")

    # The difference that is shown is the one between the two texts of the corpus.
    texts = {}
    for name in ("wire/agency.jsonl", "paper/courier.jsonl", "crawl/part-0.jsonl", "crawl/part-1.jsonl"):
        with open(folder + "/" + name, encoding="utf-8") as file:
            texts.update((record["id"], record["text"]) for record in map(json.loads, file))
    cluster = next(c for c in documents["clusters"] if c["members"][0]["reason"] == "near")
    browser.js(f"location.hash = '#documents/cluster-{cluster['n']}/1'")
    browser.until("the difference is open", lambda: browser.all(".sides"))
    assert browser.all(".sides del") and browser.all(".sides ins")
    for side, item in (("left", cluster["keeper"]), ("right", cluster["members"][0])):
        original = "".join(texts[item["id"]].split())
        cells = browser.js("return [...document.querySelectorAll('.sides .cell')].filter(c => c.classList.contains('left') === arguments[0])"
                           ".map(c => c.textContent)", side == "left")
        assert cells
        for cell in cells:
            for piece in cell.split("\u2026"):
                assert "more,leftout" in piece or "".join(piece.split()) in original, (item["id"], piece)

    browser.click(browser.all("[role=tab]")[1])
    shows(browser, expected(paragraphs["clusters"]))
    fill(browser, "Find", "first printed in the Valley Courier")
    browser.until("the foot of the paper", lambda: 0 < len(numbers(browser)) < 5)
    browser.phone()
    assert browser.js("return document.documentElement.scrollWidth") <= 390


def test_real_variants(browser):
    """Without texts, at a stricter threshold, from a run of find."""
    folder = made(browser)
    run(folder, "report", "clean", "-o", "no_text.html", "--no-text", "-q")
    browser.open_file(folder + "/no_text.html")
    with open(folder + "/no_text.html", encoding="utf-8") as file:
        assert "Valley Courier" not in file.read()
    assert "--no-text" in browser.text(".note")
    run(folder, "report", "paired", "-o", "strict.html", "--threshold", "0.85", "-q")
    browser.open_file(folder + "/strict.html")
    assert "Decided again with the threshold 0.85 instead of 0.7" in browser.text("[aria-labelledby=origin]")
    run(folder, "report", "clean", "-o", "few.html", "--clusters", "10", "-q")
    browser.open_file(folder + "/few.html")
    assert "This page contains the 10 costliest of" in browser.text("[aria-labelledby=rest-document]")
    assert len(numbers(browser)) == 10


def matrix(browser):
    """Of each cell that can be pressed: row, column and its number."""
    return browser.js("return [...document.querySelectorAll('.matrix td button')].map(b => { const cell = b.closest('td');"
                      "return [cell.parentElement.rowIndex - 1, cell.cellIndex - 2, Number(b.firstChild.data)]; })")


def press_cells(browser, level):
    """Every cell leads to the clusters that it counts."""
    names = level["sources"]["names"]
    kind = level["sources"]["by"]
    name = lambda unit: str(unit.get("group", "")).replace("\ud800", "\ufffd") if kind == "group" else unit["file"]
    cells = matrix(browser)
    assert sorted(cells) == sorted(level["sources"]["cells"]), (cells, level["sources"])
    for i, (row, column, count) in enumerate(cells):
        inside = {c["n"]: sum(name(m) == names[row] for m in c["members"]) for c in level["clusters"] if name(c["keeper"]) == names[column]}
        assert sum(inside.values()) == count, (names[row], names[column])
        browser.js("document.querySelectorAll('.matrix td button')[arguments[0]].click()", i)
        shows(browser, expected(level["clusters"], keep=lambda c: inside.get(c["n"])))
    return cells


def test_real_groups(browser):
    """Groups that are numbers keep their digits, and units without a group can be asked for."""
    folder = os.path.join(browser.folder.name, "groups")
    os.mkdir(folder)
    groups = ["", '"a"', "12345678901234567890", "12345678901234567891", "17.0", "1e2", '"\\ud800x"', '" "', '"17"', '"no group"']
    with open(folder + "/x.jsonl", "w", encoding="utf-8") as out:
        for n, (_, _, paragraphs) in enumerate(corpus.records()[:20]):
            for i in range(3):
                group = groups[(n + 3 * i) % len(groups)]
                text = json.dumps(" ".join(paragraphs) + " and more" * i)
                out.write(f'{{"id":{n * 10 + i},"text":{text}' + (f',"g":{group}' if group else "") + "}\n")
    run(folder, "dedup", "x.jsonl", "-o", "clean", "-q", "--group-field", "g")
    run(folder, "report", "clean", "-o", "report.html", "-q")
    report = json.loads(run(folder, "report", "clean", "--format", "json"), parse_float=str, parse_int=lambda n: n if len(n) > 15 else int(n))
    level = report["levels"][0]
    assert {"", "a", "12345678901234567890", "12345678901234567891", "17.0", "1e2", "17"} < set(level["sources"]["names"])
    browser.open_file(folder + "/report.html")
    cells = press_cells(browser, level)
    assert len(cells) >= 15
    rows = [row.text for row in browser.all(".matrix tbody th")]
    assert sum(row.endswith("no group") for row in rows) == 2 and "12345678901234567891" in " ".join(rows), rows
    row, column, _ = next(cell for cell in cells if level["sources"]["names"][cell[0]] == "")
    browser.js("document.querySelector('.matrix tbody').rows[arguments[0]].cells[arguments[1] + 2].querySelector('button').click()", row, column)
    assert browser.text(".chip").startswith("no group repeats ")
    browser.click("form.filter .clear")
    fill(browser, "Group", "=")
    shows(browser, expected(level["clusters"], keep=lambda c: any("group" not in unit for unit in [c["keeper"], *c["members"]])))


def test_real_large_cluster(browser):
    """A page has 50 members of a cluster, and finds it by the others, too."""
    folder = os.path.join(browser.folder.name, "copies")
    os.mkdir(folder)
    texts = [" ".join(record[2]) for record in corpus.records()[:2]]
    for n in range(6):
        with open(f"{folder}/{n}.jsonl", "w", encoding="utf-8") as out:
            for i in range(30):
                out.write(json.dumps({"id": f"{n}-{i}", "text": texts[0]}) + "\n")
            out.write(json.dumps({"id": f"{n}-other", "text": texts[1] + " again" * n}) + "\n")
    run(folder, "dedup", *[f"{n}.jsonl" for n in range(6)], "-o", "clean", "-q")
    run(folder, "report", "clean", "-o", "report.html", "-q")
    report = json.loads(run(folder, "report", "clean", "--format", "json"))
    browser.open_file(folder + "/report.html")
    assert len(press_cells(browser, report["levels"][0])) == 6
    browser.click("form.filter .clear")
    fill(browser, "File", "=5.jsonl")
    browser.until("found by the counts", lambda: [mark.text for mark in browser.all("li.cluster .mark")] == ["matches outside this page"])
    assert numbers(browser) == [1, 2]


def test_real_clusters_file(browser):
    folder = made(browser)
    with open(folder + "/found.jsonl", "wb") as out:
        out.write(run(folder, "find", "wire", "paper", "-q"))
    run(folder, "report", "found.jsonl", "-o", "found.html", "--no-text", "-q")
    level = json.loads(run(folder, "report", "found.jsonl", "--format", "json", "--no-text"))["levels"][0]
    browser.open_file(folder + "/found.html")
    assert browser.text(".verdict").startswith(f"{level['removed']} documents (")
    assert "NaN" not in browser.text("main") and not browser.all(".share")
    press_cells(browser, level)


def test_real_bars(browser):
    """Every bar leads to the clusters whose members it counts, and copies are not among them."""
    folder = made(browser)
    report = json.loads(run(folder, "report", "clean", "--format", "json"))
    browser.open_file(folder + "/report.html", "#paragraphs")
    level = report["levels"][1]
    assert level["exact"] > 0 and level["scores"][-1]["to"] == 1
    bars = browser.all(".bar:not(.second)")
    assert len(bars) == len(level["scores"])
    for bar, wanted in zip(bars, level["scores"]):
        if wanted["count"]:
            assert sum(in_bar(m, wanted) for c in level["clusters"] for m in c["members"]) == wanted["count"]
            browser.js("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", bar)
            shows(browser, expected(level["clusters"], keep=lambda c: any(in_bar(m, wanted) for m in c["members"])))


def test_real_compare(browser):
    folder = made(browser)
    texts = [" ".join(record[2]) for record in corpus.records()[:1]]
    with open(folder + "/a.txt", "w", encoding="utf-8") as out:
        out.write(texts[0])
    with open(folder + "/b.txt", "w", encoding="utf-8") as out:
        out.write("Before all of it. " + texts[0])
    run(folder, "compare", "a.txt", "b.txt", "--format", "html", "-o", "compare.html")
    browser.open_file(folder + "/compare.html")
    assert browser.text("h1") == "Compared: a.txt and b.txt"
    assert browser.text(".verdict").startswith("Near-duplicates: similarity 0.9")
    assert [e.text for e in browser.all(".sides ins")] == ["Before all of it."] and not browser.all(".sides del")


def test_real_check(browser):
    folder = made(browser)
    run(folder, "check", "--no-config", "wire", "paper", "--max-duplicate-rate", "1%", "--report", "html:check.html", status=1)
    browser.open_file(folder + "/check.html")
    assert browser.text(".verdict") == "Failed: 1 rule violated."
    assert "duplicate-rate" in browser.text(".rules")
    assert len(browser.all(".cluster")) == 25
    browser.click(".cluster-head")
    assert browser.all(".member")
    run(folder, "check", "--no-config", "--split", "train=wire", "--split", "test=paper", "--report", "html:leaks.html", status=1)
    browser.open_file(folder + "/leaks.html")
    assert "train" in browser.text(".leaks") and "near" in browser.text(".leaks")




def test_real_review(browser):
    """Pairs are judged with the keyboard and saved, and the program reads what was saved."""
    folder = made(browser)
    run(folder, "suggest", "wire", "paper", "--review", "pairs.html", "-q")
    browser.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
    browser.open_file(folder + "/pairs.html")
    count = int(browser.text(".review .status").split(" of ")[1].split(";")[0])
    assert count > 5, "the corpus has pairs to judge"
    body = browser.one("body")
    for n in range(count):
        body.send_keys("1" if n % 3 else "2")
    assert browser.text(".review .status") == f"Pair {count} of {count}; {count} judged"
    browser.click(".save")
    path = folder + "/verdicts.csv"
    browser.until("saved", lambda: os.path.exists(path) and os.path.getsize(path) > 0)
    judged = json.loads(run(folder, "suggest", "--judged", "verdicts.csv", "--format", "json"))
    assert judged["different"] == (count + 2) // 3 and judged["same"] == count - judged["different"], judged
    browser.js("localStorage.clear()")
    browser.open_file(folder + "/pairs.html")
