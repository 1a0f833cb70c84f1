#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Quality of neardup on real corpora, as a markdown table: LSH against the exact join, and the exact join against an
independent reference. Called by bench/quality.sh; Python 3 standard library and the zstd program."""
import argparse
import json
import os
import shutil
import subprocess
import sys

SETS = ("psdocs lohelp-en gesetze-history terms articles webis-gov sms thai tang")
THRESHOLDS = "0.5 0.6 0.7 0.8 0.9"
# Classical Chinese has no spaces: character 3-grams, as one does.
PROFILE = {"tang": ["--tokens", "char", "--ngram", "3"]}
PROFILE_WORDS = {"tang": "characters, n = 3"}


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def unpack(args, name):
    source = os.path.join(args.data, name, "docs.jsonl.zst")
    target = os.path.join(args.work, name + ".jsonl")
    if not os.path.exists(target):
        with open(target + ".tmp", "wb") as out:
            subprocess.run(["zstd", "-dc", "--long=27", source], check=True, stdout=out)
        os.rename(target + ".tmp", target)
    return target


def ascii_part(args, path, name):
    """The documents in which normalisation has nothing to do but lower case: ASCII, and no underscore, which Python's
    \\w takes for a letter. Returns the file of them and their number."""
    target = os.path.join(args.work, name + ".ascii.jsonl")
    count = 0
    with open(path, encoding="utf-8") as lines, open(target, "w", encoding="utf-8") as out:
        for line in lines:
            text = json.loads(line)["text"]
            if text.isascii() and "_" not in text:
                out.write(line)
                count += 1
    return target, count


def find_pairs(args, path, name, threshold, *more):
    """{(line, line): (score, reason)}: documents are named by their lines, ids may repeat."""
    out = run(args.neardup, "find", path, "--pairs", "--format", "jsonl", "--threshold", str(threshold), "-q",
              *PROFILE.get(name, []), *more)
    pairs = {}
    for line in out.decode("utf-8").splitlines():
        p = json.loads(line)
        key = tuple(sorted((p["a"]["line"], p["b"]["line"])))
        if key in pairs:
            sys.exit("quality: pair reported twice: %s" % line)
        pairs[key] = (p["jaccard"], p["reason"])
    return pairs


def removed(args, path, name, threshold, *more):
    out = os.path.join(args.work, "out")
    shutil.rmtree(out, ignore_errors=True)
    run(args.neardup, "dedup", path, "-o", out, "--threshold", str(threshold), "-q", *PROFILE.get(name, []), *more)
    with open(os.path.join(out, "decisions.jsonl"), encoding="utf-8") as lines:
        return {json.loads(line)["line"] for line in lines}


def reference(args, path, name, threshold):
    """The same pairs from exact_pairs.py, by line; it names documents by id, so repeated ids make it unusable."""
    out = os.path.join(args.work, "reference.jsonl")
    flags = ["-k", "3", "--chars"] if name in PROFILE else ["-k", "5"]
    run(sys.executable, os.path.join(args.tools, "exact_pairs.py"), path, out, "-t", str(threshold), *flags)
    number = {}
    with open(path, encoding="utf-8") as lines:
        for i, line in enumerate(lines, 1):
            record = json.loads(line)
            if record["id"] in number:
                return None
            number[record["id"]] = i
    pairs = {}
    with open(out, encoding="utf-8") as lines:
        for line in lines:
            p = json.loads(line)
            pairs[tuple(sorted((number[p["a"]], number[p["b"]])))] = p["jaccard"]
    return pairs


def percent(part, whole):
    return "%.2f %%" % (100.0 * part / whole) if whole else "-"


def same_score(a, b):
    """Printed with six decimals rounded down; the reference rounds to nearest."""
    return abs(a - b) < 1.6e-6


def measure(args, name, thresholds):
    path = unpack(args, name)
    with open(path, encoding="utf-8") as lines:
        documents = sum(1 for line in lines if line.strip())
    rows, notes, failures = [], [], []
    lowest = {}
    for t in thresholds:
        exact = find_pairs(args, path, name, t, "--candidates", "all")
        lsh = find_pairs(args, path, name, t)
        good = sum(1 for k, v in lsh.items() if exact.get(k) == v)
        found = sum(1 for k in exact if k in lsh)
        cut_exact = removed(args, path, name, t, "--candidates", "all")
        cut_lsh = removed(args, path, name, t)
        recall = found / len(exact) if exact else 1.0
        rows.append("| %s | %s | %d | %.1f | %d | %d | %.4f | %.4f | %d | %d | %s | %s |" % (
            name, PROFILE_WORDS.get(name, "words, n = 5"), documents, t, len(exact), len(lsh), recall,
            good / len(lsh) if lsh else 1.0, len(cut_exact), len(cut_lsh),
            percent(abs(len(cut_exact) - len(cut_lsh)), len(cut_exact)), len(cut_exact ^ cut_lsh)))
        if recall < 0.99 and len(exact) - found > 3:
            failures.append("%s at %.1f: recall %.4f" % (name, t, recall))
        if good != len(lsh):
            failures.append("%s at %.1f: %d pairs that the exact join does not have" % (name, t, len(lsh) - good))
        if cut_exact and abs(len(cut_exact) - len(cut_lsh)) > max(1, 0.01 * len(cut_exact)):
            failures.append("%s at %.1f: removed documents differ by more than 1 %%" % (name, t))
        lowest.setdefault("pairs", (t, exact))
        print(rows[-1], file=sys.stderr)
    if args.tools:
        t, exact = lowest["pairs"]
        notes.append(compare_reference(args, path, name, "all", documents, t, exact))
        part, count = ascii_part(args, path, name)
        if count > 0:
            exact = find_pairs(args, part, name, t, "--candidates", "all")
            notes.append(compare_reference(args, part, name, "ASCII", count, t, exact))
            if not notes[-1].endswith("| 0 | 0 | 0 |"):
                failures.append("%s: the reference disagrees on the ASCII documents" % name)
    return rows, notes, failures


def compare_reference(args, path, name, which, documents, t, exact):
    ours = {k: v[0] for k, v in exact.items()}
    theirs = reference(args, path, name, t)
    if theirs is None:
        sys.exit("quality: %s: ids repeat" % path)
    both = ours.keys() & theirs.keys()
    scores = sum(1 for k in both if not same_score(ours[k], theirs[k]))
    return "| %s | %s | %d | %.1f | %d | %d | %d | %d | %d |" % (
        name, which, documents, t, len(ours), len(theirs), len(ours.keys() - theirs.keys()),
        len(theirs.keys() - ours.keys()), scores)


HEAD = """# Quality on real text

`make quality` generates this page; do not edit it by hand. `NEARDUP_DATA` names the folder of the corpora, and `NEARDUP_TOOLS` that
of the reference script. %s

## LSH against the exact join

The truth is the exact similarity join (`neardup find --pairs --candidates all`), which uses no hashing to find candidates.

- *Recall* is the share of its pairs that the default method, LSH, also reports with the default `--recall 0.99`. That default is a
  promise for pairs exactly at the threshold, so the recall of all pairs at or above it is higher.
- *Precision* is the share of the LSH pairs that the join reports with the same score and the same reason.
- *Removed* counts the documents that `neardup dedup` removes with each method. *Apart* is the difference of the two numbers, and
  *other documents* the number of documents in which the two sets differ: if LSH misses one keeper, another document takes its place.

| corpus | tokens | documents | threshold | pairs, exact | pairs, LSH | recall | precision | removed, exact | removed, LSH | apart | other documents |
|---|---|---|---|---|---|---|---|---|---|---|---|
%s

%s
"""

REFERENCE = """## The exact join against an independent reference

The reference finds words with Python's `\\w` after `str.lower()` and intersects sets of strings. It uses no hashing at all. The
rows *ASCII* contain documents for which both programs normalise in the same way: ASCII text without underscores, which are letters to
Python and separators to neardup. There, both must agree in every pair and every score.

Over *all* documents they differ only by normalisation. neardup drops accents, folds width and ligatures (`caf\u00e9` = `cafe`) and separates
at underscores, so scores move a little and some pairs cross the threshold. It also splits scripts without spaces into
characters, where the reference takes a whole run as one word (Thai).

| corpus | documents | number | threshold | pairs, neardup | pairs, reference | only neardup | only reference | other score |
|---|---|---|---|---|---|---|---|---|
%s
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neardup", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tools")
    parser.add_argument("--work", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--thresholds", default=THRESHOLDS)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    rows, notes, failures = [], [], []
    for name in args.sets.split():
        r, n, f = measure(args, name, [float(t) for t in args.thresholds.split()])
        rows += r
        notes += n
        failures += f
    verdict = ("All rows: recall at least 0.99 (or at most three pairs missed), precision 1, removed documents within"
               " 1 %.") if not failures else "Falls short:\n\n" + "\n".join("- " + f for f in failures)
    version = run(args.neardup, "version").decode("utf-8").splitlines()[0]
    with open(args.output + ".tmp", "w", encoding="utf-8") as out:
        out.write(HEAD % ("Measured with %s." % version, "\n".join(rows), verdict))
        if notes:
            out.write("\n" + REFERENCE % "\n".join(notes))
    os.rename(args.output + ".tmp", args.output)
    print("quality: wrote %s" % args.output, file=sys.stderr)
    for failure in failures:
        print("quality: falls short: %s" % failure, file=sys.stderr)
    return 1 if failures else 0


sys.exit(main())
