#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What did `dedup --unit paragraph` lose?

    bench/paragraph_losses.py CORPUS RUN [--show N]

CORPUS is a folder of text files or a file of JSON Lines, RUN the output folder of a run over it. Every list item, every
sentence of 8 words and more, and every figure (a number with the words before and after it) of the corpus is looked up in the
cleaned corpus, by words alone: case and punctuation do not count. What is nowhere in it is lost. This is computed from the
texts only, by other rules than those of the program: it knows neither keepers nor decisions, and its sentences are simpler.

Prints one line: distinct list items, sentences and figures of the corpus, how many of each are lost, and what was cut.
"""

import argparse
import json
import os
import re
import sys

WORD = re.compile(r"[^\W_]+")
ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|\d{1,9}[.)])[ \t]+(?=\S)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'\u2019\u201d)\]*_]*\s+(?=[A-Z0-9\"'(\[*_`])")
BLANK = re.compile(r"\n[ \t\r]*\n")
ALONE = re.compile(r" {0,3}(?:#{1,6} |\[[^\]]+\]:)")  # a heading, or the definition of a link
LEAST = 8  # words of a sentence


def words(text):
    return WORD.findall(text.casefold())


def documents(path):
    """The texts of a corpus: of its files, or of the records of a file of JSON Lines."""
    if not os.path.isdir(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]
        return
    for folder, _, names in sorted(os.walk(path)):
        for name in sorted(names):
            if name in ("decisions.jsonl", "clusters.jsonl", "pairs.jsonl", "summary.json"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace", newline="") as file:
                yield file.read()


def paragraphs(text):
    return BLANK.split(text) if BLANK.search(text) else text.split("\n")


def facts(paragraph):
    """(kind, words) of what a paragraph says. A line that repeats the one before it says nothing; a heading, or the definition
    of a link, is none of its sentences."""
    prose, before = [], None
    for line in paragraph.split("\n") + ["# "]:
        said = words(line)
        if said and said == before:
            continue
        before = said or before
        marker = ITEM.match(line)
        if marker or ALONE.match(line):
            for sentence in SENTENCE_END.split("\n".join(prose)):
                said = words(sentence)
                if len(said) >= LEAST:
                    yield "sentence", said
                yield from figures(said)
            prose = []
        if marker:
            said = words(line[marker.end():])
            if said:
                yield "item", said
            yield from figures(said)
        elif not ALONE.match(line):
            prose.append(line)


def figures(said):
    for i, word in enumerate(said):
        if word.isdigit():
            yield "figure", said[max(0, i - 1):i + 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("run")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N of the losses of each kind")
    args = parser.parse_args()

    output = os.path.join(args.run, os.path.basename(args.corpus)) if os.path.isfile(args.corpus) else args.run
    known = set()
    flat = []
    for text in documents(output):
        for paragraph in paragraphs(text):
            known.update((kind, tuple(said)) for kind, said in facts(paragraph))
            flat.append(" ".join(words(paragraph)))
    flat = " \n " + " \n ".join(flat) + " \n "

    count = {"item": 0, "sentence": 0, "figure": 0}
    lost = {"item": [], "sentence": [], "figure": []}
    seen = set()
    for text in documents(args.corpus):
        for paragraph in paragraphs(text):
            for kind, said in facts(paragraph):
                fact = kind, tuple(said)
                if fact in seen:
                    continue
                seen.add(fact)
                count[kind] += 1
                if fact not in known and " " + " ".join(said) + " " not in flat:
                    lost[kind].append(" ".join(said))
    with open(os.path.join(args.run, "summary.json"), encoding="utf-8") as file:
        parts = json.load(file)["parts"]
    print(f"{os.path.basename(args.corpus)}: of {count['item']} list items {len(lost['item'])} are lost, of {count['sentence']} "
          f"sentences {len(lost['sentence'])}, of {count['figure']} figures {len(lost['figure'])}; {parts['cut_tokens']} of "
          f"{parts['tokens']} tokens are cut ({parts['exact']} exact, {parts['near']} near, {parts['contained']} contained)")
    for kind, losses in lost.items():
        for loss in losses[:args.show]:
            print(f"  {kind}: {loss}")
    return 1 if any(lost.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
