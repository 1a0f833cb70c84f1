# SPDX-License-Identifier: MIT
"""Data of the contract (doc/report.md) for tests of the page: made up, deterministic, no corpus needed."""
import difflib
import json
import random
import re
import sys

WORDS = """river bridge council harvest valley winter market ferry harbour engine letter garden window copper signal archive
journey meadow station timber orchard lantern kitchen weather village railway glacier captain library compass morning evening
canvas granite whistle pepper saddle anchor blanket candle feather hammer island jacket kettle ladder mirror needle""".split()
FILES = ["news/2024-01.jsonl", "news/2024-02.jsonl", "crawl/part-0.jsonl", "crawl/part-1.jsonl", "archive/old.jsonl"]


def sentence(rng):
    count = rng.randint(7, 16)
    words = [rng.choice(WORDS) for _ in range(count)]
    return " ".join(words).capitalize() + rng.choice([".", ".", ".", "?"])


def text(rng, paragraphs=3):
    return "\n\n".join(" ".join(sentence(rng) for _ in range(rng.randint(2, 5))) for _ in range(paragraphs))


def changed(rng, original, share):
    pieces = re.split(r"(\s+)", original)
    for i in range(0, len(pieces), 2):
        draw = rng.random()
        if draw < share:
            pieces[i] = rng.choice(WORDS)
        elif draw < share * 1.6:
            pieces[i] = pieces[i].upper()
        elif draw < share * 1.9:
            pieces[i] = pieces[i] + " " + rng.choice(WORDS)
    return "".join(pieces)


def diff(left, right, context=12):
    """Segments as the program makes them, by word."""
    a = re.findall(r"\w+\W*|\W+", left)
    b = re.findall(r"\w+\W*|\W+", right)
    norm = lambda tokens: [re.sub(r"\W", "", t).lower() for t in tokens]
    segments = []
    codes = difflib.SequenceMatcher(None, norm(a), norm(b), autojunk=False).get_opcodes()
    for number, (tag, i, j, k, m) in enumerate(codes):
        if tag != "equal":
            segments.append(["~", "".join(a[i:j]), "".join(b[k:m])])
            continue
        if j - i > 4 * context:
            first = 0 if number == 0 else context
            last = 0 if number == len(codes) - 1 else context
            shared(segments, a[i:i + first], b[k:k + first])
            segments.append(["\u2026", j - i - first - last])
            shared(segments, a[j - last:j], b[m - last:m])
        else:
            shared(segments, a[i:j], b[k:m])
    return segments


def shared(segments, a, b):
    run = []
    for left, right in zip(a, b):
        if run and (run[-1][0] == run[-1][1]) == (left == right):
            run[-1] = (run[-1][0] + left, run[-1][1] + right)
        else:
            run.append((left, right))
    segments += [["=", left] if left == right else ["=", left, right] for left, right in run]


def histogram(scores):
    bins = [{"from": round(0.7 + 0.02 * i, 2), "to": round(0.72 + 0.02 * i, 2), "count": 0} for i in range(15)]
    for value in scores:
        bins[min(14, max(0, int((value - 0.7) / 0.02 + 1e-9)))]["count"] += 1
    return bins


def sizes(clusters):
    bins = []
    low = 2
    while low <= max([c["size"] for c in clusters], default=0):
        inside = [c["size"] for c in clusters if low <= c["size"] < 2 * low]
        high = 2 * low - 1
        bins.append({"from": low, "to": high, "clusters": len(inside), "units": sum(inside)})
        low *= 2
    if bins:
        bins[0] = {**bins[0], "from": 2}
    return bins


def sources(clusters, files):
    cells = {}
    for cluster in clusters:
        for member in cluster["members"]:
            key = (files.index(member["file"]), files.index((cluster["keeper"] or cluster["first"])["file"]))
            cells[key] = cells.get(key, 0) + 1
    removed = [sum(n for (i, _), n in cells.items() if i == f) for f in range(len(files))]
    return {"by": "file", "names": list(files), "removed": removed, "cells": [[i, j, n] for (i, j), n in sorted(cells.items())], "others": 0}


def level(unit, clusters, units, files=tuple(FILES), total=None, **more):
    members = [m for c in clusters for m in c["members"]]
    counts = {reason: sum(m["reason"] == reason for m in members) for reason in ("exact", "near", "contained", "boilerplate")}
    if unit == "document":
        del counts["contained"], counts["boilerplate"]
    clusters = sorted(clusters, key=lambda c: (-c["tokens"], c["n"]))
    return {"unit": unit, "method": "minhash", "threshold": 0.7, "units": units, "kept": units - len(members), "removed": len(members),
            **counts, "tokens": units * 180, "removed_tokens": sum(m["tokens"] for m in members), "bytes": units * 1100,
            "removed_bytes": sum(m["tokens"] * 6 for m in members),
            "scores": histogram([m.get("jaccard", m.get("containment")) for m in members if m["reason"] in ("near", "contained")]), "sizes": sizes(clusters),
            "sources": sources(clusters, list(files)), "clusters_total": total or len(clusters), "clusters_shown": len(clusters),
            "clusters": clusters, **more}


def cluster(rng, n, size, unit="document", paragraphs=3, with_text=True):
    original = text(rng, paragraphs)
    keeper = {"id": f"doc-{n:05d}", "file": FILES[n % 3], "line": 10 * n + 1, "tokens": len(original.split())}
    if with_text:
        keeper["text"] = original
    members = []
    for i in range(size - 1):
        member = {"id": f"doc-{n:05d}-{i + 1}", "file": FILES[(n + i * i) % len(FILES)], "line": 10 * n + 2 + i}
        if rng.random() < 0.3:
            member.update(tokens=keeper["tokens"], reason="exact", jaccard=1)
            if with_text:
                member["diff"] = [["\u2026", keeper["tokens"]]] if rng.random() < 0.5 else diff(original, original.replace(". ", " - ", 2))
        else:
            other = changed(rng, original, rng.choice([0.01, 0.02, 0.03]))
            member.update(tokens=len(other.split()), reason="near", jaccard=round(rng.uniform(0.7, 0.999), 6))
            if with_text:
                member["diff"] = diff(original, other)
        members.append(member)
    result = {"n": n, "size": size, "tokens": sum(m["tokens"] for m in members), "keeper": keeper,
              "members": sorted(members, key=lambda m: m["jaccard"])}
    if unit != "document":
        result["documents"] = size
        for m in [keeper] + members:
            m.update(unit=unit, bytes=[40 * n, 40 * n + 300], characters=[40 * n, 40 * n + 298])
        for m in members:
            if m["reason"] == "near" and rng.random() < 0.2:
                m["reason"] = "contained"
                m["containment"] = m.pop("jaccard")
    scores = [m.get("jaccard", m.get("containment")) for m in members]
    result["low"] = min(scores)
    return result


def report(levels, title="clean", **more):
    return {"report": 1, "neardup": "0.1.0", "title": title, "command": ["neardup", "dedup", "news/", "crawl/", "archive/old.jsonl", "-o", title],
            "summary": {"neardup": "0.1.0", "files": 5, "failed_files": 0, "records": 2400, "documents": 2396, "empty": 3, "invalid": 1,
                        "tokens": 431280, "kept": 2200, "largest_cluster": 24, "capped_buckets": 0,
                        "parameters": {"threshold": 0.7, "recall": 0.99, "tokens": "word", "ngram": 5, "keep": "first", "seed": 1, "drop_invalid": False},
                        "profile": {"version": 1, "fingerprint": "26705af650bb373e"},
                        "plan": {"candidates": "lsh", "recall_at_threshold": 0.9903, "sketch": "fss", "slots": 176, "bands": 16, "rows": 11},
                        "run": {"threads": 2, "seconds": {"read": 0.2, "match": 0.1, "total": 0.41}}},
            "text": True, "warnings": [], "levels": levels, **more}


def sample():
    rng = random.Random(5)
    documents = [cluster(rng, n + 1, max(2, int(24 / (n + 1) ** 0.6))) for n in range(60)]
    documents[3]["component"] = 2
    long = cluster(rng, 61, 2, paragraphs=30)
    documents.append(long)
    paragraphs = [cluster(rng, n + 1, max(2, int(40 / (n + 1))), "paragraph", 1) for n in range(30)]
    # None of it is kept: the first copy takes the place of the keeper, and is a member without a text of its own.
    first = paragraphs[0]["keeper"]
    copy = {key: value for key, value in first.items() if key != "text"}
    paragraphs[0].update(keeper=None, first=first, boilerplate=True)
    paragraphs[0]["members"].append({**copy, "reason": "boilerplate", "jaccard": 1})
    for m in paragraphs[0]["members"]:
        m["jaccard"] = m.pop("jaccard", None) or m.pop("containment")
        m["reason"] = "boilerplate"
    warnings = [{"kind": "component", "level": 0, "clusters": [4, 2], "message": "2 clusters are connected by texts that are similar to "
                 "both keepers: as connected components they would be one cluster of 20. Look at them before you lower the threshold."},
                {"kind": "invalid", "message": "1 record could not be read as JSON and was kept as it is."},
                {"kind": "audit", "level": 0, "message": "The recall of this run is 1."}]
    return report([level("document", documents, 2396), level("paragraph", paragraphs, 8120)], warnings=warnings)


def titled():
    """Clusters with the titles that the program gives them."""
    page = sample()
    clusters = page["levels"][0]["clusters"][:8]
    names = {
        0: ({"by": "file", "before": "docs/", "parts": ["de", "en", "fr"], "more": 12, "after": "/intro.md"}, ["de", "en", "fr"], "docs/{}/intro.md"),
        1: ({"by": "file", "parts": ["5.1", "7.4"], "after": "/CimCmdlets/Get-Item.md"}, ["5.1", "7.4"], "{}/CimCmdlets/Get-Item.md"),
        2: ({"by": "file", "before": "a/", "parts": ["\u05e9\u05dc\u05d5\u05dd", "\u202ex\u0639\u0631"], "after": "/readme"},
            ["\u05e9\u05dc\u05d5\u05dd", "\u202ex\u0639\u0631"], "a/{}/readme"),
        3: ({"by": "file", "parts": ["notes.txt", "docs/old.md"]}, ["notes.txt", "docs/old.md"], "{}"),
        4: ({"by": "file", "before": "one/name.txt"}, ["one/name.txt"], "{}"),
    }
    for i, (title, parts, pattern) in names.items():
        cluster = clusters[i]
        cluster["title"] = title
        for k, unit in enumerate([cluster["keeper"], *cluster["members"]]):
            del unit["id"]
            unit.update(file=pattern.format(parts[min(k, len(parts) - 1)]), line=1)
    clusters[0]["members_total"] = clusters[0]["size"] - 1
    del clusters[0]["members"][1:]
    for member in clusters[0]["members"]:
        member.pop("diff", None)
        member.update(reason="exact", jaccard=1, same=True)
    clusters[5]["title"] = {"by": "id", "parts": ["doc-00006"], "more": 3}
    clusters[6]["keeper"]["text"] = "The id doc-00006 is also in this text. " * 20
    clusters[7]["keeper"]["id"] = "DOC-00006"
    clusters[5]["keeper"]["id"] = "doc-00006"
    clusters[4]["keeper"]["file"] = "one/doc-00006.txt"
    for cluster in (clusters[6], clusters[7]):
        for member in cluster["members"]:
            member["id"] = "other"
    files = sorted({unit["file"] for cluster in clusters for unit in [cluster["keeper"], *cluster["members"]]})
    return report([level("document", clusters, 400, files=files)])


def many():
    """Charts of a run with 55 000 clusters: large numbers and many bars."""
    page = sample()
    of = page["levels"][0]
    of["clusters_total"] = 55000
    rng = random.Random(3)
    of["scores"] = [{"from": round(i / 50, 2), "to": round((i + 1) / 50, 2), "count": rng.choice([3, 870, 12345, 54321, 55000])} for i in range(25, 50)]
    of["sizes"] = [{"from": 2 ** i, "to": 2 ** (i + 1) - 1, "clusters": max(1, 55000 >> (2 * i)), "units": 55000} for i in range(1, 20)]
    return page


def large(count=10000):
    """As many clusters as a page holds, of a run with ten times as many."""
    rng = random.Random(9)
    clusters = []
    for n in range(count):
        c = cluster(rng, n + 1, max(2, int(900 / (n + 1))), paragraphs=1)
        c["members_total"] = len(c["members"])
        c["members"] = c["members"][:50]
        if c["members_total"] == len(c["members"]):
            del c["members_total"]
        clusters.append(c)
    documents = level("document", clusters, 1000000, total=10 * count)
    documents["sources"]["names"].append(None)
    documents["sources"]["removed"].append(77)
    documents["sources"]["cells"].append([5, 0, 77])
    documents["sources"]["others"] = 312
    return report([documents], title="big run")


def clusters_file():
    """Of a file of clusters it is not known how much was compared."""
    page = sample()
    del page["summary"], page["command"]
    for part in page["levels"]:
        for name in ("units", "kept", "tokens", "bytes", "removed_bytes", "method", "threshold"):
            del part[name]
    page["redecided"] = {"threshold": 0.8}
    return page


def emptied():
    """Documents that are removed because cutting leaves too little are neither kept nor removed."""
    page = sample()
    for part in page["levels"]:
        part.update(emptied=91, emptied_bytes=32754)
    page["levels"][0]["kept"] -= 91
    return page


def cut_off():
    """Clusters of which members are missing: nothing is reported of those of the first, and the last one is whole."""
    rng = random.Random(4)
    clusters = [cluster(rng, n + 1, 4, with_text=False) for n in range(3)]
    for c in clusters:
        c["keeper"]["file"] = FILES[0]
        for m, value in zip(c["members"], (0.75, 0.81, 0.83)):
            m.update(file=FILES[1], reason="near", jaccard=value)
        c["low"] = 0.75
    page = level("document", clusters, 100, files=FILES[:3])
    for c in clusters[:2]:
        c.update(members_total=13, size=14)
    clusters[1]["rest"] = [[1, "near", 0.9, 5], [2, "exact", 1, 3], [3, "near", 0.92, 2]]
    page["sources"].update(names=FILES[:3] + [None], removed=[0, 14, 3, 2], others=2,
                           cells=[[1, 0, 14], [2, 0, 3], [3, 0, 2]])
    page["scores"] = histogram([0.75, 0.81, 0.83] * 3 + [0.9] * 5 + [0.92] * 2)
    page["exact"] = 3
    return report([page])


def reference():
    """A run against a reference: the first file is it. Two documents were empty."""
    page = sample()
    page["summary"].update(reference_files=1, reference_documents=552, dropped_bytes=1000, empty=2)
    page["summary"]["run"].update(command=["neardup", "dedup", "a file.jsonl", "--reference", FILES[0]],
                                  inputs=[{"path": "a file.jsonl"}, {"path": FILES[0], "reference": True}], peak_memory_bytes=2438)
    for part in page["levels"]:
        for item in [unit for c in part["clusters"] for unit in [c["keeper"] or c["first"], *c["members"]]]:
            if item["file"] == FILES[0]:
                item["reference"] = True
    return page


def found():
    """What find --save has found: nothing is removed by it."""
    page = sample()
    page["command"] = ["neardup", "find", "news/", "--save", "found"]
    return page


def simhash():
    """Fingerprints decide what is compared, and the threshold what is near."""
    page = sample()
    page["summary"]["parameters"].update(method="simhash", bits=64, distance=6, verify=True)
    for part in page["levels"]:
        part.update(method="simhash", distance=6)
    return page


def empty():
    return report([level("document", [], 12), level("paragraph", [], 0)])


EVIL = ["</script><script>window.canary=1</script>", "<img src=x onerror=\"window.canary=1\">", "javascript:window.canary=1",
        "\"><svg onload=window.canary=1>", "${window.canary=1}`{{constructor.constructor('window.canary=1')()}}", "<!--<script>",
        "]]><style>*{display:none}</style>", "line\u2028separator\u2029here", "nul\u0000escape\u001b[31m", "rlo\u202egnp.exe\u202c",
        "\u2066iso\u2069\u200e\u200f\u200b\ufeff", "\ud800lone", "' onclick='window.canary=1", "x" * 3000, "__proto__", "constructor"]


def hostile():
    """Every text that a corpus brings, everywhere it can be."""
    clusters = []
    for n, evil in enumerate(EVIL):
        place = {"id": evil, "file": evil + ".txt", "line": 1, "tokens": 5, "group": evil, "split": evil}
        clusters.append({"n": n + 1, "size": 3, "tokens": 100 - n, "low": 0.8, "keeper": {**place, "text": evil + " keeper " + evil},
                         "members": [{**place, "reason": "near", "jaccard": 0.8, "diff": [["=", evil], ["=", evil, evil.upper()], ["~", evil, "b" + evil],
                                      ["\u2026", 7], ["~\u2026", 3, 4], ["=", "end"]]},
                                     {**place, "reason": evil, "jaccard": 1, "text": evil}]})
    names = [evil + ".txt" for evil in EVIL]
    all_of = level("document", clusters, 100, files=names)
    warnings = [{"kind": evil, "message": evil, "level": 0, "clusters": [1, 99]} for evil in EVIL]
    page = report([all_of], title=EVIL[0] + EVIL[9], warnings=warnings, command=["neardup", "find"] + EVIL, text_note=EVIL[1])
    page["summary"]["parameters"] = {evil[:60]: evil for evil in EVIL}
    return page


def no_text():
    rng = random.Random(3)
    clusters = [cluster(rng, n + 1, 3, with_text=False) for n in range(5)]
    return report([level("document", clusters, 100)], text=False, text_note="written with --no-text")


def scripts():
    """Right to left, joiners in their place, emoji, and CJK."""
    left = "قالت المدينة إن الجسر الجديد سيُفتح يوم الثلاثاء. می‌خواهم این کتاب را بخوانم."
    right = left.replace("الثلاثاء", "الأربعاء")
    keeper = {"id": "كتاب-١", "file": "عربي.jsonl", "line": 3, "tokens": 14, "text": left}
    member = {"id": "كتاب-٢", "file": "عربي.jsonl", "line": 9, "tokens": 14, "reason": "near", "jaccard": 0.81, "diff": diff(left, right)}
    cjk = {"id": 12345678901234567890, "file": "中文.jsonl", "line": 1, "tokens": 12, "text": "市议会星期二晚上批准了新桥的计划。👩‍👩‍👧 a\u200db"}
    clusters = [{"n": 1, "size": 2, "tokens": 14, "low": 0.81, "keeper": keeper, "members": [member]},
                {"n": 2, "size": 2, "tokens": 12, "low": 1, "keeper": cjk, "members": [{**cjk, "line": 2, "reason": "exact", "jaccard": 1}]}]
    return report([level("document", clusters, 4, files=["عربي.jsonl", "中文.jsonl"])])


def compare():
    rng = random.Random(11)
    left = text(rng, 14)
    right = changed(rng, left, 0.006)
    return {"compare": 1, "neardup": "0.1.0", "a": {"file": "a.txt", "bytes": len(left), "tokens": len(left.split()), "shingles": 400},
            "b": {"file": "b.txt", "bytes": len(right), "tokens": len(right.split()), "shingles": 402}, "verdict": "near", "threshold": 0.7,
            "jaccard": 0.907407, "a_in_b": 0.951, "b_in_a": 0.949, "shared_shingles": 381, "diff": diff(left, right)}


def review(names=("news/a.jsonl", "news/b.jsonl")):
    """Pairs to judge."""
    rng = random.Random(12)
    pairs = []
    for n in range(1, 31):
        left = text(rng, 3)
        right = changed(rng, left, 0.002 * n)
        a, b = ({"id": f"{name}-{n}", "file": file, "line": n, "tokens": len(side.split())} for name, file, side in
                (("a", names[0], left), ("b", names[1], right)))
        pairs.append({"n": n, "score": round(0.99 - 0.02 * n, 2), "stratum": int((0.99 - 0.02 * n) * 10), "a": a, "b": b, "diff": diff(left, right)})
    return {"neardup": "0.1.0", "question": "words-3", "question_name": "words, n 3, threshold 0.5", "threshold": 0.5,
            "stratum_pairs": [0, 0, 0, 40, 30, 20, 20, 10, 50, 90], "pairs": pairs}


RULES = {"duplicate-rate": {"summary": "The share of near-duplicates is within its limit.", "help": "Deduplicate the corpus with `neardup dedup`, or raise the limit."},
         "split-leak": {"summary": "No text of one split stands in another.", "help": "Remove the leaking texts from one of the splits."},
         "invalid-records": {"summary": "All records can be read.", "help": "Repair them."}}


def finding(rng, n, rule, level, places):
    locations = [{"file": FILES[(n + i) % 5], "line": 3 * n + i, "id": f"doc-{n}-{i}"} for i in range(min(places, 50))]
    for item in locations[1:]:
        item.update(reason=rng.choice(["near", "exact", "contained"]), score=round(rng.uniform(0.7, 1), 6))
    return {"rule": rule, "level": level, "new": n % 3 != 0, "message": f"{places - 1} near-duplicates of {FILES[n % 5]}:{3 * n}",
            "fingerprint": f"{n * 7919:032x}", "tokens": 1000 - n, "locations_total": places, "locations": locations}


def check():
    rng = random.Random(8)
    findings = [finding(rng, n, "duplicate-rate" if n % 4 else "split-leak", "error" if n < 40 else "warning", 80 if n == 1 else 2 + n % 5)
                for n in range(1, 60)]
    findings[7].update(rule="cluster-size", message="a message that is so long that it needs several lines of a phone, which shows all of it")
    findings[4]["also"] = ["invalid-records"]
    return {"check": 1, "neardup": "0.1.0", "passed": False, "violated": 2, "verdicts": [
        {"rule": "duplicate-rate", "violated": True, "limit": 1, "percent": True, "part": 23, "whole": 996, "of": "documents",
         "message": "duplicate rate 2.31 % of documents (23 of 996), limit 1 %"},
        {"rule": "invalid-records", "violated": False, "limit": 0, "percent": False, "part": 0, "of": "records", "message": "no invalid records"},
        {"rule": "split-leak", "violated": True, "limit": 0, "percent": False, "part": 14, "of": "documents", "message": "14 documents of test stand in train"}],
        "summary": {"files": 5, "failed_files": 0, "records": 996, "documents": 996, "empty": 0, "invalid": 0, "text_bytes": 1096000, "tokens": 180000,
                    "exact": 9, "near": 14, "removed_bytes": 20000, "removed_tokens": 4100, "clusters": 12, "largest_cluster": 6},
        "parameters": {"method": "minhash", "threshold": 0.7, "tokens": "word", "ngram": 5},
        "splits": [{"name": "train", "documents": 800}, {"name": "test", "documents": 196}],
        "leaks": [{"split": "test", "stands_in": "train", "documents": 14, "exact": 3, "near": 9, "contained": 2}],
        "baseline": {"known": 9, "new": 14, "gone": 2}, "allowed": 1, "rules": RULES, "findings_total": 5059, "findings_shown": 59, "findings": findings}


def hostile_check():
    page = check()
    page["findings"] = [{"rule": evil, "also": [evil + "!"], "level": evil, "new": True, "message": evil, "fingerprint": evil, "tokens": 1, "locations_total": 2,
                         "locations": [{"file": evil, "line": 1, "id": evil}, {"file": evil, "id": evil, "reason": evil, "score": 0.5}]} for evil in EVIL]
    page["verdicts"] = [{"rule": evil, "violated": True, "part": 1, "message": evil} for evil in EVIL]
    page["rules"] = {evil: {"summary": evil, "help": evil} for evil in EVIL if evil != "__proto__"}
    page["splits"] = [{"name": evil, "documents": 3} for evil in EVIL[:5]]
    page["leaks"] = [{"split": EVIL[0], "stands_in": EVIL[1], "documents": 1, "exact": 1, "near": 0, "contained": 0}]
    return page


def dump(data):
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass").replace(b"\xed\xa0\x80", b"\\ud800")


if __name__ == "__main__":
    makers = {"sample": sample, "hostile": hostile, "large": large, "empty": empty, "no_text": no_text, "scripts": scripts,
              "compare": compare, "check": check, "review": review, "hostile_check": hostile_check}
    sys.stdout.buffer.write(dump(makers[sys.argv[1]]()))
