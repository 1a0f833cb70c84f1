#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What each preset finds beside the defaults: on labelled corpora, and on copies with errors that are made here. Called by
bench/quality.sh; Python 3 standard library and the zstd program."""
import argparse
import json
import os
import random
import sys

import quality_simhash

LABELLED = [("titles", "er"), ("pages", "webis-gov"), ("pages", "psdocs"), ("pages", "lohelp-en"), ("books", "gesetze-history"),
            ("books", "terms"), ("chinese", "tang"), ("chinese", "aozora")]
COPIES = 1000


def changed_word(words, draw):
    words = list(words)
    words[draw.randrange(len(words))] = "changed"
    return " ".join(words)


def scanned(text, share, draw):
    """Characters are lost, doubled, or read as other ones."""
    out = []
    for c in text:
        kind = draw.randrange(3) if draw.random() < share else 3
        out.append("" if kind == 0 else c + c if kind == 1 else draw.choice("acefilnorstu1") if kind == 2 else c)
    return "".join(out)


def made(args, name):
    """[(preset, what, originals, copies)]"""
    draw = random.Random(1)
    texts = [d["text"] for d in quality_simhash.rows(os.path.join(args.data, name, "docs.jsonl.zst"))]
    if name == "sms":
        texts = [t for t in dict.fromkeys(texts) if 12 <= len(t.split()) <= 32][:COPIES]
        return [("messages", "one word of 12 to 32 is another one", texts, [changed_word(t.split(), draw) for t in texts])]
    texts = texts[:COPIES]
    return [("noisy", "errors in %d %% of the characters" % (100 * share), texts,
             [scanned(t, share, draw) for t in texts]) for share in (0.01, 0.03, 0.05)]


def found(args, path, options):
    text = quality_simhash.run(args.neardup, "find", path, "--pairs", "-q", "--format", "jsonl", *options)
    return {(p["a"]["line"], p["b"]["line"]) for p in map(json.loads, text.split("\n")[:-1])}


def labelled_row(args, preset, name):
    corpus = quality_simhash.Corpus(args, name)
    cells = ["%.3f | %.3f | **%.3f**" % corpus.scores(found(args, corpus.path, options))
             for options in ([], ["--preset", preset])]
    return "| `%s` | %s | %d | %s |" % (preset, name, corpus.count, " | ".join(cells))


def made_row(args, preset, name, what, originals, copies):
    path = os.path.join(args.work, name + ".made.jsonl")
    with open(path, "w", encoding="utf-8") as out:
        for text in originals + copies:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    n, cells = len(originals), []
    for options in ([], ["--preset", preset]):
        pairs = found(args, path, options)
        right = sum(b == a + n for a, b in pairs)
        others = {tuple(sorted(((a - 1) % n, (b - 1) % n))) for a, b in pairs if (a - b) % n != 0}
        cells.append("%.3f | %d" % (right / n, len(others)))
    return "| `%s` | %s: %s | %d | %s |" % (preset, name, what, n, " | ".join(cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("neardup", "data", "work", "output"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    quality_simhash.PROFILE = {}
    there = lambda name: os.path.isdir(os.path.join(args.data, name))
    lines = ["", "## Presets", "",
             "The questions of `--preset`, beside the defaults. The labels are those of people, so they judge the question: the engine",
             "finds the pairs that each question asks for.", "",
             "| preset | corpus | documents | precision, defaults | recall | F1 | precision, preset | recall | F1 |",
             "|---|---|---|---|---|---|---|---|---|"]
    for preset, name in LABELLED:
        if there(name):
            lines.append(labelled_row(args, preset, name))
            print(lines[-1], file=sys.stderr)
    lines += ["", "Copies that are made from real texts, with one kind of error each: the share of them that is found again, and the pairs",
              "of other texts that are found, too (some corpora have such pairs themselves).", "",
              "| preset | copies | made | found, defaults | other pairs | found, preset | other pairs |",
              "|---|---|---|---|---|---|---|"]
    for name in ("sms", "books"):
        for row in made(args, name) if there(name) else []:
            lines.append(made_row(args, row[0], name, *row[1:]))
            print(lines[-1], file=sys.stderr)
    lines += ["", "`code` has no labelled corpus. With its operators kept `x + y` and `x - y` differ; the defaults call them the same words."]
    with open(args.output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
