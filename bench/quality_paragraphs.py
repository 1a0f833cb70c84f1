#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Quality of --unit paragraph on real corpora, as a section of doc/quality.md: every count, near pair and decision of
neardup against paragraph_reference.py. Called by bench/quality.sh; Python 3 standard library and the zstd program."""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys

import paragraph_reference as reference

SETS = {"psdocs": "psdocs/docs", "terms": "terms/docs", "lohelp-en": "lohelp-en/docs",
        "lohelp-en, HTML": "lohelp-en/html", "webis-gov": "webis-gov/docs"}
THRESHOLDS = (0.7, 0.8)
MIN_TOKENS = 8
RUNS = 3


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def unpack(args, source):
    target = os.path.join(args.work, source.replace("/", "-") + ".jsonl")
    if not os.path.exists(target):
        with open(target + ".tmp", "wb") as out:
            subprocess.run(["zstd", "-dc", "--long=27", os.path.join(args.data, source + ".jsonl.zst")], check=True,
                           stdout=out)
        os.rename(target + ".tmp", target)
    return target


def dedup(args, path, *more):
    """Folder, decisions about paragraphs, summary."""
    out = os.path.join(args.work, "out")
    shutil.rmtree(out, ignore_errors=True)
    run(args.neardup, "dedup", path, "-o", out, "--unit", "paragraph", "-q", *more)
    with open(os.path.join(out, "decisions.jsonl"), encoding="utf-8") as lines:
        decisions = [json.loads(line) for line in lines]
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        return os.path.join(out, os.path.basename(path)), decisions, json.load(file)


class Corpus:
    def __init__(self, path):
        self.raw, self.texts, self.documents, self.rules = [], [], [], {"blank": 0, "newline": 0}
        self.sets, cache = reference.Shingles(), {}
        with open(path, "rb") as lines:
            for raw in lines:
                text = json.loads(raw)["text"]
                rule, spans = reference.split(text)
                self.raw.append(raw)
                self.texts.append(text)
                self.documents.append([reference.tokenise(text, b, e, cache) for b, e in spans])
                self.rules[rule] += any(p.tokens for p in self.documents[-1])
        self.parts = [p for d in self.documents for p in d if p.tokens]
        self.distinct = {p.tokens: None for p in self.parts}

    def lengthy(self):
        return [t for t in self.distinct if len(t) >= MIN_TOKENS]


def percent(part, whole):
    return "%.1f %%" % (100.0 * part / whole) if whole else "-"


# ---- counts ----


def count(args, name, path, corpus, failures):
    _, _, summary = dedup(args, path, "--containment", "0", "--min-tokens", "10")
    parts = summary["parts"]
    long_parts = [p for p in corpus.parts if len(p.tokens) >= 10]
    ours = (parts["blank_rule"], parts["newline_rule"], parts["parts"], parts["distinct"],
            parts["parts"] - parts["shorter"])
    theirs = (corpus.rules["blank"], corpus.rules["newline"], len(corpus.parts), len(corpus.distinct), len(long_parts))
    if ours != theirs:
        failures.append("%s: counts are %s, the reference's %s" % (name, ours, theirs))
    return "| %s | %d | %d | %d | %d | %d | %d | %d | %s | %d |" % (
        name, *theirs[:4], theirs[4], len({p.tokens for p in long_parts}),
        len(long_parts) - len({p.tokens for p in long_parts}),
        percent(len(long_parts) - len({p.tokens for p in long_parts}), len(long_parts)),
        sum(1 for a, b in zip(ours, theirs) if a != b))


def count_simply(corpus):
    """Paragraphs of ten or more words between empty lines, words being what \\w matches; and different ones."""
    found, different, cache = 0, set(), {}
    for text in corpus.texts:
        for raw in text.split("\n\n"):
            if raw not in cache:
                cache[raw] = tuple(re.findall(r"\w+", raw.lower()))
            if len(cache[raw]) >= 10:
                found += 1
                different.add(cache[raw])
    return found, len(different)


# ---- near pairs ----


def find_pairs(args, path, threshold, *more):
    out = run(args.neardup, "find", path, "--unit", "paragraph", "--pairs", "--format", "jsonl", "-q", "--threshold",
              str(threshold), *more)
    pairs = {}
    for line in out.decode("utf-8").splitlines():
        p = json.loads(line)
        pairs[p["a"]["line"] - 1, p["b"]["line"] - 1] = p["jaccard"]
    return pairs


def near_pairs(args, name, corpus, failures):
    """Rows; and the reference's pairs at the default threshold, by tokens."""
    path = os.path.join(args.work, "distinct.jsonl")
    lengthy = corpus.lengthy()
    with open(path, "w", encoding="utf-8") as out:
        for tokens in lengthy:  # the blank line makes each of them one paragraph
            out.write(json.dumps({"text": " ".join(tokens) + "\n\n"}, ensure_ascii=False) + "\n")
    sets = [corpus.sets[t] for t in lengthy]
    truth = reference.all_pairs(sets, min(THRESHOLDS))
    rows = []
    for t in THRESHOLDS:
        theirs = {k: reference.floor6(*v) for k, v in truth.items() if v[0] >= t * v[1]}
        exact = find_pairs(args, path, t, "--candidates", "all")
        lsh = find_pairs(args, path, t)
        other = len(exact.keys() ^ theirs.keys())
        scores = sum(1 for k in exact.keys() & theirs.keys() if exact[k] != theirs[k])
        recall = len(lsh.keys() & theirs.keys()) / len(theirs) if theirs else 1.0
        wrong = sum(1 for k, v in lsh.items() if theirs.get(k) != v)
        rows.append("| %s | %d | %.1f | %d | %d | %d | %d | %d | %.4f | %d |" % (
            name, len(lengthy), t, len(theirs), len(exact), other, scores, len(lsh), recall, wrong))
        if other or scores or wrong:
            failures.append("%s at %.1f: near pairs of paragraphs differ from the reference's" % (name, t))
        if recall < 0.99 and len(theirs) - len(lsh) > 3:
            failures.append("%s at %.1f: recall of near paragraphs %.4f" % (name, t, recall))
    by_tokens = {}
    for (i, j), v in truth.items():
        by_tokens.setdefault(lengthy[i], []).append((lengthy[j], *v))
        by_tokens.setdefault(lengthy[j], []).append((lengthy[i], *v))
    return rows, by_tokens


# ---- decisions ----


def place(p):
    return (p["line"] - 1, *p["characters"])


def as_cuts(decisions):
    return {place(d): (d["reason"], d.get("jaccard", d.get("containment")), place(d["keeper"])) for d in decisions}


def check_places(corpus, decisions):
    """Decisions in which bytes and characters do not say the same, or the keeper is cut itself."""
    gone, wrong, encoded = {place(d) for d in decisions}, 0, {}
    for d in decisions:
        for p in (d, d["keeper"]):
            text = corpus.texts[p["line"] - 1]
            if p["line"] not in encoded:
                encoded[p["line"]] = text.encode("utf-8")
            part = encoded[p["line"]][p["bytes"][0]:p["bytes"][1]]
            wrong += part != text[p["characters"][0]:p["characters"][1]].encode("utf-8")
        wrong += place(d["keeper"]) in gone
    return wrong


def check_texts(corpus, path, decisions):
    """Records that are not the original without its cuts, or of which anything else changed, or whose paragraphs are
    not those that should stay."""
    cuts, wrong = {}, 0
    for d in decisions:
        cuts.setdefault(d["line"] - 1, []).append(d)
    with open(path, "rb") as file:
        cleaned = file.readlines()
    if len(cleaned) != len(corpus.raw):
        return len(corpus.raw)
    cache = {}
    for i, raw in enumerate(cleaned):
        if i not in cuts:
            wrong += raw != corpus.raw[i]
            continue
        whole, at, left = corpus.texts[i].encode("utf-8"), 0, b""
        blanks = True
        for d in cuts[i]:
            begin, end = d["cut"]
            blanks &= begin <= d["bytes"][0] and d["bytes"][1] <= end and at <= begin
            rest = whole[begin:d["bytes"][0]] + whole[d["bytes"][1]:end]
            blanks &= not rest.decode("utf-8").strip(reference.BLANK)
            left += whole[at:begin]
            at = end
        left += whole[at:]
        record, before = json.loads(raw), json.loads(corpus.raw[i])
        text, before["text"] = record["text"], left.decode("utf-8")
        gone = {place(d)[1:] for d in cuts[i]}
        stay = [p.tokens for p in corpus.documents[i] if (p.begin, p.end) not in gone]
        now = [reference.tokenise(text, b, e, cache).tokens for b, e in reference.split(text)[1]]
        wrong += not blanks or list(record.items()) != list(before.items()) or now != stay
    return wrong


def decisions_row(args, name, path, corpus, pairs, failures):
    expected = reference.decide(corpus.documents, corpus.sets, pairs)
    _, exact, _ = dedup(args, path, "--candidates", "all")
    exact = as_cuts(exact)
    cleaned, decisions, _ = dedup(args, path)
    lsh = as_cuts(decisions)
    other = sum(1 for k in exact.keys() | expected.keys() if exact.get(k) != expected.get(k))
    places, texts = check_places(corpus, decisions), check_texts(corpus, cleaned, decisions)
    keep = os.path.join(args.work, "again.jsonl")
    os.replace(cleaned, keep)
    again = len(dedup(args, keep)[1])
    reasons = [sum(1 for v in lsh.values() if v[0] == r) for r in ("exact", "near", "contained")]
    differ = sum(1 for k in lsh.keys() | expected.keys() if lsh.get(k) != expected.get(k))
    if other or places or texts:
        failures.append("%s: cut paragraphs differ from the reference's" % name)
    if len(lsh.keys() ^ expected.keys()) > max(3, 0.01 * len(expected)):
        failures.append("%s: cuts with LSH differ by more than 1 %%" % name)
    return "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d |" % (
        name, len(expected), other, len(lsh), *reasons, differ, places, texts, again)


# ---- time ----


def time_row(args, name, path):
    runs = [dedup(args, path)[2] for _ in range(RUNS)]
    seconds = sorted(r["run"]["seconds"]["total"] for r in runs)[RUNS // 2]
    memory = sorted(r["run"]["peak_memory_bytes"] for r in runs)[RUNS // 2]
    r = runs[0]
    return "| %s | %.1f MB | %.2f s | %.0f MB/s | %.0f MB | %s | %s | %s |" % (
        name, r["text_bytes"] / 1e6, seconds, r["text_bytes"] / 1e6 / max(seconds, 1e-3), memory / 1e6,
        percent(r["parts"]["exact"] + r["parts"]["near"] + r["parts"]["contained"], r["parts"]["parts"]),
        percent(r["parts"]["cut_tokens"], r["parts"]["tokens"]), percent(r["parts"]["cut_bytes"], r["text_bytes"]))


PAGE = """
## Paragraphs

This section compares everything that `--unit paragraph` does with `bench/paragraph_reference.py`, a second implementation of
[paragraphs.md](paragraphs.md) and of the tokens of [format.md](format.md). It is written in Python and uses sets of strings, without
hashing and sketches. It normalises by its own Unicode data. So every count, pair, score and decision over the whole corpora must be the same.

### Counts

| corpus | documents split at blank lines | at newlines | paragraphs | different | of 10 or more tokens | of these different | exact repeats | share | counts of neardup that differ |
|---|---|---|---|---|---|---|---|---|---|
%s
%s
### Near paragraphs

Pairs of different paragraphs of 8 or more tokens. *Exact* is `--candidates all`, and *LSH* is the default. The reference counts the shared
shingles of any two paragraphs. For HTML, where templates make all paragraphs candidates, it counts only those of paragraphs that share one
of their rarest shingles.

| corpus | paragraphs | threshold | pairs, reference | pairs, exact | other pairs | other scores | pairs, LSH | recall | wrong |
|---|---|---|---|---|---|---|---|---|---|
%s

### Cuts

The reference decides independently what to cut, why, with what score, and what to keep instead.

- *Other, exact* counts paragraphs for which `dedup --candidates all` decides differently.
- *Other, LSH* counts the same for the default, which misses a pair now and then.
- *Places* counts byte and character spans that do not slice the same text, and keepers that are cut themselves.
- *Texts* counts records that differ from the original without its cuts, or that do not split into the paragraphs that stay.
- *Again* counts what a second run over the output cuts.

| corpus | cuts, reference | other, exact | cuts, LSH | exact | near | contained | other, LSH | places | texts | again |
|---|---|---|---|---|---|---|---|---|---|---|
%s

### Time

`dedup --unit paragraph`, medians of %d runs.

| corpus | size | time | speed | peak memory | paragraphs cut | tokens cut | bytes cut |
|---|---|---|---|---|---|---|---|
%s

%s
"""


REMARK = """For comparison, a few lines of Python that split at empty lines (`split("\\n\\n")`) and use `\\w` for words find %d paragraphs of 10
or more tokens in psdocs, %d of them different. neardup also ends a paragraph at lines of spaces, treats `_` as a separator, and counts a
line that repeats the line before it only once."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neardup", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--sets", help="names as in the tables, divided by semicolons")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    counts, near, cuts, times, failures, remark = [], [], [], [], [], ""
    for name in args.sets.split(";") if args.sets else SETS:
        path = unpack(args, SETS[name])
        corpus = Corpus(path)
        counts.append(count(args, name, path, corpus, failures))
        rows, pairs = near_pairs(args, name, corpus, failures)
        near += rows
        cuts.append(decisions_row(args, name, path, corpus, pairs, failures))
        times.append(time_row(args, name, path))
        print("\n".join([counts[-1], *rows, cuts[-1], times[-1]]), file=sys.stderr)
        if name == "psdocs":
            remark = "\n" + REMARK % count_simply(corpus) + "\n"
    verdict = ("All rows: nothing differs from the reference except what LSH misses, recall at least 0.99 (or at most three pairs"
               " missed).") if not failures else "Falls short:\n\n" + "\n".join("- " + f for f in failures)
    with open(args.output, "w", encoding="utf-8") as out:
        out.write(PAGE % ("\n".join(counts), remark, "\n".join(near), "\n".join(cuts), RUNS, "\n".join(times),
                          verdict))
    for failure in failures:
        print("quality: falls short: %s" % failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
