#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SimHash beside exact Jaccard on labelled corpora, each at its best setting, and the distances by
Jaccard similarity. Called by bench/quality.sh; Python 3 standard library and the zstd program."""
import argparse
import json
import math
import os
import subprocess
import sys

SETS = "webis-gov psdocs lohelp-en gesetze-history terms articles aozora er tang"
# Scripts without spaces by characters; records of a few words by words.
PROFILE = {"tang": ["--tokens", "char", "--ngram", "3"], "aozora": ["--tokens", "char", "--ngram", "9"],
           "er": ["--ngram", "1"]}
PROFILE_WORDS = {"tang": "characters, n = 3", "aozora": "characters, n = 9", "er": "words, n = 1"}
FILES = {"er": ("dblp-acm.docs.jsonl.zst", "dblp-acm.pairs.jsonl.zst")}
LOWEST = 0.2  # Jaccard
RELIABLE = 100  # shingles
BINS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0]


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def rows(path):
    text = run("zstd", "-dc", "--long=27", path)
    return [json.loads(line) for line in text.split("\n") if line.strip()]


class Corpus:
    """Documents are named by their lines, from 1."""

    def __init__(self, args, name):
        docs, pairs = FILES.get(name, ("docs.jsonl.zst", "pairs.jsonl.zst"))
        self.name, self.neardup, self.profile = name, args.neardup, PROFILE.get(name, [])
        documents = rows(os.path.join(args.data, name, docs))
        self.count = len(documents)
        self.path = os.path.join(args.work, name + ".labelled.jsonl")
        with open(self.path, "w", encoding="utf-8") as out:
            for d in documents:
                out.write(json.dumps({"id": d["id"], "text": d["text"]}, ensure_ascii=False) + "\n")
        self.judged = None  # all pairs
        labels = os.path.join(args.data, name, pairs)
        if os.path.exists(labels):
            self.take_pairs(documents, rows(labels))
        else:
            self.take_clusters(documents)

    def take_pairs(self, documents, labels):
        line = {d["id"]: i for i, d in enumerate(documents, 1)}
        known = [p for p in labels if p["label"] is not None]
        key = lambda p: tuple(sorted((line[p["a"]], line[p["b"]])))
        self.positive = {key(p) for p in known if p["label"] == 1}
        if any(p["label"] == 0 for p in known):
            self.judged = {key(p) for p in known}

    def take_clusters(self, documents):
        members = {}
        for i, d in enumerate(documents, 1):
            if d.get("cluster") is not None:
                members.setdefault(d["cluster"], []).append(i)
        self.positive = {(a, b) for m in members.values() for i, a in enumerate(m) for b in m[i + 1:]}

    def find(self, *more):
        pairs = {}
        for line in run(self.neardup, "find", self.path, "--pairs", "-q", *self.profile, *more).split("\n")[:-1]:
            p = json.loads(line)
            pairs[(p["a"]["line"], p["b"]["line"])] = (p.get("distance"), p["jaccard"])
        return pairs

    def fingerprints(self, bits):
        """{line: (fingerprint, shingles)}"""
        text = run(self.neardup, "sketch", self.path, "-q", "--method", "simhash", "--bits", str(bits), *self.profile)
        records = [json.loads(line) for line in text.split("\n") if line]
        return {r["line"]: (int(r["fingerprint"], 16), r["shingles"]) for r in records if r["shingles"] > 0}

    def scores(self, found):
        if self.judged is not None:
            found = found & self.judged
        hits = len(found & self.positive)
        precision = hits / len(found) if found else 1.0
        recall = hits / len(self.positive)
        return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def best(options):
    """(setting, (precision, recall, F1)): of equal F1 the first."""
    return max(options, key=lambda o: round(o[1][2], 6))


def by_jaccard(corpus, exact, lowest):
    steps = [lowest + 0.05 * i for i in range(int(round((1 - lowest) / 0.05)) + 1)]
    return best([(t, corpus.scores({k for k, v in exact.items() if v[1] >= t - 1e-9})) for t in reversed(steps)])


def by_distance(corpus, near, bits):
    return [(d, corpus.scores({k for k, v in near.items() if v[0] <= d})) for d in range(bits // 4 + 1)]


def collect_distances(corpus, exact, bits, bins):
    prints = corpus.fingerprints(bits)
    for (a, b), (_, jaccard) in exact.items():
        if a not in prints or b not in prints or jaccard < BINS[0]:
            continue
        at = max(i for i, low in enumerate(BINS) if jaccard >= low)
        reliable = min(prints[a][1], prints[b][1]) >= RELIABLE
        bins.setdefault((at, reliable, bits), []).append(bin(prints[a][0] ^ prints[b][0]).count("1"))
    return sum(1 for p in prints.values() if p[1] < RELIABLE), len(prints)


def cell(setting, scores):
    return "%s | %.3f | %.3f | **%.3f**" % ((setting,) + scores)


def measure(args, name, bins):
    corpus = Corpus(args, name)
    exact = corpus.find("--candidates", "all", "--threshold", str(LOWEST))
    t, scores = by_jaccard(corpus, exact, LOWEST)
    line = "| %s | %s | %d | %%s | %d | %s | %.3f" % (
        name, PROFILE_WORDS.get(name, "words, n = 5"), corpus.count, len(corpus.positive), cell("%.2f" % t, scores),
        by_jaccard(corpus, exact, 0.4)[1][2])
    fixed, weighted = [], []
    for bits in (64, 128):
        near = corpus.find("--method", "simhash", "--bits", str(bits), "--distance", str(bits // 4))
        curve = by_distance(corpus, near, bits)
        d, scores = best(curve)
        line += " | " + cell(d, scores)
        fixed += ["%.3f" % curve[at * bits // 64][1][2] for at in (3, 6, 10)]
        near = corpus.find("--method", "simhash", "--bits", str(bits), "--distance", str(bits // 4), "--weights", "count")
        counted = by_distance(corpus, near, bits)
        weighted += ["%.3f" % best(c)[1][2] for c in (counted, curve)]
        weighted += ["%.3f" % c[6 * bits // 64][1][2] for c in (counted, curve)]
        short, texts = collect_distances(corpus, exact, bits, bins)
    row = line % ("%.0f %%" % (100.0 * short / texts)) + " |"
    print(row, file=sys.stderr)
    return row, "| %s | %s |" % (name, " | ".join(fixed)), "| %s | %s |" % (name, " | ".join(weighted))


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def angle_bits(jaccard, bits):
    return bits * math.acos(min(1.0, 2 * jaccard / (1 + jaccard))) / math.pi


def bin_rows(bins):
    out = []
    for i, low in enumerate(BINS):
        high = BINS[i + 1] if i + 1 < len(BINS) else 1.0
        middle = (low + high) / 2
        cells = ["%.2f to %.2f" % (low, high) if low < 1 else "1", "%.1f" % angle_bits(middle, 64)]
        for reliable in (True, False):
            cells.append(str(len(bins.get((i, reliable, 64), []))))
            for bits in (64, 128):
                values = bins.get((i, reliable, bits), [])
                cells.append("%d (%d to %d)" % tuple(quantile(values, q) for q in (0.5, 0.1, 0.9)) if values else "-")
        out.append("| %s |" % " | ".join(cells))
    return out


HEAD = """# SimHash and MinHash on labelled text

`make quality` generates this page; do not edit it by hand. `NEARDUP_DATA` names the folder of the corpora. Measured with neardup
%s.

## Each at its best setting

The labels are pairs of documents that people, or the source of the corpus, call the same. The table compares them with the pairs found.

- *Same* is the number of labelled pairs, and *short* the share of texts with fewer than %d shingles.
- *Jaccard* is the exact similarity, which MinHash finds (see [quality.md](quality.md)), at the threshold with the best F1 (0.2 to 1 in
  steps of 0.05). *From 0.4* is the best F1 for thresholds from 0.4 on; below that, neardup needs `--candidates all`.
- *Of 64 bits* and *of 128 bits* are SimHash at the distance with the best F1 (0 to 16 and 0 to 32), with weights `one`, the default.
- P is precision, R is recall.

| corpus | tokens | documents | short | same | Jaccard | P | R | F1 | from 0.4 | of 64 bits | P | R | F1 | of 128 bits | P | R | F1 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
%s

F1 at fixed distances:

| corpus | 3 of 64 | 6 of 64 | 10 of 64 | 6 of 128 | 12 of 128 | 20 of 128 |
|---|---|---|---|---|---|---|
%s

F1 by `--weights`, at the best distance and at the default distance (6 of 64 bits, 12 of 128). `one` is the default, because with
`count` a line that is repeated often enough outvotes the rest of a page, and unrelated pages become near-duplicates.

| corpus | 64 bits, `count` | `one` | at 6, `count` | `one` | 128 bits, `count` | `one` | at 12, `count` | `one` |
|---|---|---|---|---|---|---|---|---|
%s

## Distances by Jaccard similarity

All pairs of these corpora, by Jaccard similarity, with weights `one`: the median of their distance and, in parentheses, the range from
the 10th to the 90th percentile. *Expected* is the distance that the angle predicts in the middle of the range. *Long* pairs are those in which
both texts have at least %d shingles.

| Jaccard | expected of 64 | long pairs | of 64 bits | of 128 bits | shorter pairs | of 64 bits | of 128 bits |
|---|---|---|---|---|---|---|---|
%s
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neardup", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--sets", default=SETS)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    bins = {}
    lines = [measure(args, name, bins) for name in args.sets.split()]
    version = run(args.neardup, "version").split()[1]
    with open(args.output + ".tmp", "w", encoding="utf-8") as out:
        tables = ["\n".join(table) for table in zip(*lines)]
        out.write(HEAD % (version, RELIABLE, *tables, RELIABLE, "\n".join(bin_rows(bins))))
    os.rename(args.output + ".tmp", args.output)
    print("quality: wrote %s" % args.output, file=sys.stderr)


if __name__ == "__main__":
    main()
