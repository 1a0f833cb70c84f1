# SPDX-License-Identifier: MIT
"""What the adapters share. An adapter is run as

    python NAME.py CORPUS OUTPUT ASK

CORPUS is a JSON Lines file whose records have a "text". OUTPUT gets the rows (from 0) that the tool removes, one per line.
ASK is JSON: threshold, ngram, bands, rows, threads, folder (for what the tool writes), and advice: false asks the common question
with the common parameters, true does what the tool's own documentation shows."""

import json
import re
import sys

WORD = re.compile(r"\w+")


def texts_of(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def shingles(text, n):
    words = WORD.findall(text.lower())
    return [" ".join(words[i : i + n]) for i in range(max(1, len(words) - n + 1))]


def keep_first(count, lsh, signature_of, threshold):
    """The loop that datasketch and rensa show: a text is removed if one that stays looks similar enough."""
    signatures, removed = {}, []
    for row in range(count):
        m = signature_of(row)
        if any(m.jaccard(signatures[other]) >= threshold for other in lsh.query(m)):
            removed.append(row)
        else:
            lsh.insert(row, m)
            signatures[row] = m
    return removed


def on_texts(remove):
    """What `main` wants, of a function of texts in memory and ASK."""
    return lambda corpus, ask: remove(texts_of(corpus), ask)


def main(run):
    corpus, output, ask = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    removed = run(corpus, ask)
    with open(output, "w", encoding="ascii") as file:
        file.writelines("%d\n" % row for row in removed)
