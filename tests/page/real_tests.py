# SPDX-License-Identifier: MIT
"""Pages that the program writes about real runs of a corpus of its own."""
import json
import os
import subprocess

import corpus
from use_tests import expected, fill, numbers, shows

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
    run(folder, "report", "clean", "-o", "strict.html", "--threshold", "0.85", "-q")
    browser.open_file(folder + "/strict.html")
    assert "decided again at 0.85 instead of 0.7" in browser.text("[aria-labelledby=origin]")
    run(folder, "report", "clean", "-o", "few.html", "--clusters", "10", "-q")
    browser.open_file(folder + "/few.html")
    assert "This page holds the 10 costliest of" in browser.text("[aria-labelledby=rest-document]")
    assert len(numbers(browser)) == 10


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
    assert browser.text(".verdict") == "Failed: the rule is violated."
    assert "duplicate-rate" in browser.text(".rules")
    assert len(browser.all(".cluster")) == 25
    browser.click(".cluster-head")
    assert browser.all(".member")
    run(folder, "check", "--no-config", "--split", "train=wire", "--split", "test=paper", "--report", "html:leaks.html", status=1)
    browser.open_file(folder + "/leaks.html")
    assert "train" in browser.text(".leaks") and "near" in browser.text(".leaks")


