#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `neardup suggest` says about labelled corpora, and whether it is right: for each set the advice, and F1 of the default
and of the advised question against the labels.

usage: bench/suggest.py NEARDUP FOLDER [SET...]

FOLDER has SET.jsonl (id, text, and cluster where documents are labelled by cluster) and SET.pairs where pairs are labelled (a, b,
label). Of labelled pairs with both labels, only these count; otherwise every pair that is found counts. Prints a Markdown table.
doc/quality.md has the result."""
import collections
import json
import os
import subprocess
import sys
import time

# Sets in which only the labelled pairs were judged.
JUDGED = {"webis-gov", "clough-stevenson"}


def rows(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def truth(folder, name):
    """The true pairs, and those that were judged (None: all)."""
    path = os.path.join(folder, name + ".pairs")
    if os.path.exists(path):
        labelled = [r for r in rows(path) if r["label"] is not None]
        judged = {frozenset((r["a"], r["b"])) for r in labelled}
        return {frozenset((r["a"], r["b"])) for r in labelled if r["label"]}, judged if name in JUDGED else None
    clusters = collections.defaultdict(list)
    for row in rows(os.path.join(folder, name + ".jsonl")):
        if row.get("cluster") is not None:
            clusters[row["cluster"]].append(row["id"])
    return {frozenset((a, b)) for ids in clusters.values() for i, a in enumerate(ids) for b in ids[:i]}, None


def found(program, path, options):
    # --recall as in suggest: the tables compare questions, not candidates.
    out = subprocess.run([program, "find", path, "--pairs", "-q", "--format", "jsonl", "--recall", "0.999", *options.split()],
                         stdout=subprocess.PIPE, check=True).stdout
    return {frozenset((r["a"]["id"], r["b"]["id"])) for r in map(json.loads, out.splitlines())}


def f1(pairs, true, judged):
    if judged is not None:
        pairs = pairs & judged
    right = len(pairs & true)
    return 2 * right / max(1, len(pairs) + len(true))


def main():
    program, folder = sys.argv[1:3]
    names = sys.argv[3:] or sorted(n[:-6] for n in os.listdir(folder) if n.endswith(".jsonl"))
    print("| set | documents | misread | pairs of the sample: default, t .5, n 3, characters, contained | advice | F1 default | F1 advised | time |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        path = os.path.join(folder, name + ".jsonl")
        start = time.monotonic()
        said = json.loads(subprocess.run([program, "suggest", path, "--format", "json", "-q"], stdout=subprocess.PIPE, check=True).stdout)
        seconds = time.monotonic() - start
        pairs = {q["question"]: q["pairs"] for q in said["questions"]}
        advice = said["advice"]
        options = advice["options"] + (" --contained 0.8" if advice["contained"] else "") + (" --html text" if advice["html"] else "")
        true, judged = truth(folder, name)
        scores = "- | -"
        if true:
            default = f1(found(program, path, ""), true, judged)
            try:
                advised = default if not options.strip() else f1(found(program, path, options), true, judged)
            except subprocess.CalledProcessError:
                advised = float("nan")
            scores = f"{default:.3f} | {advised:.3f}"
        counts = [pairs.get(q) for q in ("words-5", "words-5-looser", "words-3", "characters-5", "contained")]
        print(f"| {name} | {said['input']['documents']} | {said['sample']['noise']:.4f} | {', '.join(map(str, counts))} | "
              f"`{options.strip() or 'default'}` | {scores} | {seconds:.1f} s |", flush=True)


main()
