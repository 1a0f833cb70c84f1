#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which question finds which change: documents are changed by degrees, and `neardup find` says under several questions which
of them are copies of their originals.

usage: bench/graded.py --neardup NEARDUP [--count 300] [--seed 1] [--output FILE] NAME=FILE.jsonl...

FILE.jsonl has objects with id and text, and cluster where documents are labelled by cluster: then one of each cluster is taken.
Prints a Markdown table, or writes it with a heading: for each change the share of documents that are found again, for each question; and at the end the pairs
of different originals that are called alike. Every change is made with a fixed seed, and the same for all questions. doc/quality.md
has the result."""
import argparse
import html
import json
import random
import re
import subprocess
import sys
import tempfile

HEAD = """
## Which question finds which change

Documents that were changed by degrees: the share of them for which `find --pairs` reports the original, under several questions. The
last row counts pairs of different originals. `bench/graded.py` makes the changes with a fixed seed: texts cut at the end, wrapped in a
menu and a footer that the pages of a site share, misread by a scanner, mistyped, shuffled, or with markup left in. Copies that are cut
or wrapped are found by containment and by nothing else; noise by short shingles of characters. `make bench-graded` repeats it on
generated text.

"""

LEAST_WORDS, MOST_WORDS = 200, 4000  # so that a text cut to 30 % still has 60 words

QUESTIONS = [
    ("default", []),
    ("n3 t.5", ["--ngram", "3", "--threshold", "0.5"]),
    ("char 9-grams t.7", ["--tokens", "char", "--ngram", "9"]),
    ("char 5-grams t.6", ["--tokens", "char", "--ngram", "5", "--threshold", "0.6"]),
    ("`--contained 0.8`", ["--contained", "0.8"]),
]

# ---- changes ---------------------------------------------------------------------------------------------------------

LOOKALIKES = {"l": "1", "1": "l", "o": "0", "0": "o", "e": "c", "c": "e", "i": "l", "s": "5", "b": "h", "u": "ii", "m": "rn",
              "n": "ri", "a": "o", "t": "f", "g": "q", "d": "cl"}  # fmt: skip


def cut(share):
    def change(text, at):
        words = text.split(" ")
        return " ".join(words[: max(1, round(len(words) * share))])

    return change


def wrapped(share):
    """Half before, half after: from a menu and a footer that all pages of one of ten sites share."""

    def change(text, at):
        words = at.sites[at.draw.randrange(len(at.sites))]
        count = round(len(text.split()) * share / 2)
        return " ".join(words[:count]) + "\n\n" + text + "\n\n" + " ".join(words[len(words) - count :])

    return change


def scanned(rate):
    """Characters read wrongly, lost, doubled, or split from their word."""

    def change(text, at):
        out = []
        for c in text:
            if at.draw.random() >= rate:
                out.append(c)
                continue
            kind = at.draw.randrange(6)
            out.append(LOOKALIKES.get(c.lower(), "'") if kind < 3 else "" if kind == 3 else c + c if kind == 4 else c + " ")
        return "".join(out)

    return change


def typed(rate):
    """Two letters of a word change places, or one is lost, doubled or another one."""

    def change(text, at):
        def word(match):
            w = match.group()
            if len(w) < 2 or at.draw.random() >= rate:
                return w
            i, kind = at.draw.randrange(len(w) - 1), at.draw.randrange(4)
            if kind == 0:
                return w[:i] + w[i + 1] + w[i] + w[i + 2 :]
            return w[:i] + ("" if kind == 1 else w[i] * 2 if kind == 2 else at.draw.choice("aeiostrn")) + w[i + 1 :]

        return re.sub(r"\w+", word, text)

    return change


def shuffled(text, at):
    parts = [part for part in re.split(r"\n+|(?<=[.!?。]) ", text) if part.strip()]
    at.draw.shuffle(parts)
    return "\n\n".join(parts)


def tagged(text, at):
    """Markup as it is left in by a careless extraction: paragraphs, and links and emphasis around words."""

    def word(match):
        kind = at.draw.randrange(24)
        w = match.group()
        return f'<a href="/wiki/{w}">{w}</a>' if kind == 0 else f"<b>{w}</b>" if kind == 1 else f"<span class=x>{w}</span>" if kind == 2 else w

    marked = re.sub(r"[^\W_]+", word, text)
    return "\n".join(f'<p class="text">{line}</p>' for line in marked.split("\n"))


def escaped(text, at):
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode().replace(". ", ".&nbsp;").replace(", ", ",&#32;")


CHANGES = [
    ("cut to 70 %", cut(0.7)), ("cut to 50 %", cut(0.5)), ("cut to 30 %", cut(0.3)),
    ("50 % boilerplate added", wrapped(0.5)), ("100 % boilerplate added", wrapped(1)),
    ("scanning errors in 1 % of the characters", scanned(0.01)), ("in 3 %", scanned(0.03)), ("in 5 %", scanned(0.05)),
    ("typos in 5 % of the words", typed(0.05)), ("in 10 %", typed(0.1)),
    ("sentences and paragraphs shuffled", shuffled), ("HTML tags left in", tagged), ("HTML entities left in", escaped),
]  # fmt: skip


class At:
    """What changes draw from."""

    def __init__(self, seed, texts):
        self.draw = random.Random(seed)
        words = sorted({word for text in texts for word in text.split()[:200]})
        self.sites = [[self.draw.choice(words) for _ in range(2 * MOST_WORDS)] for _ in range(10)]


# ---- measuring -------------------------------------------------------------------------------------------------------


def read(path):
    """Texts of one document per cluster, of a fit length."""
    seen = set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            words = len(row["text"].split())
            if row.get("cluster") is not None and row["cluster"] in seen or not LEAST_WORDS <= words <= MOST_WORDS:
                continue
            seen.add(row.get("cluster"))
            yield row["text"]


def pairs_of(neardup, texts, flags):
    """The pairs that it finds, as places in the list."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"text": text}) + "\n")
        file.flush()
        done = subprocess.run([neardup, "find", file.name, "-q", "--pairs", "--format", "jsonl", *flags],
                              check=True, stdout=subprocess.PIPE, text=True)  # fmt: skip
    found = (json.loads(line) for line in done.stdout.splitlines())
    return {(pair["a"]["line"] - 1, pair["b"]["line"] - 1) for pair in found}


def share(found, whole):
    return "1" if found == whole else f"{found / whole:.3f}".lstrip("0").rstrip("0").rstrip(".") or "0"


def measure(neardup, texts, seed):
    """Rows of the table."""
    count = len(texts)
    for number, (name, change) in enumerate(CHANGES):
        at = At(f"{seed}/{number}", texts)
        changed = [change(text, at) for text in texts]
        cells = []
        for _, flags in QUESTIONS:
            found = pairs_of(neardup, texts + changed, flags)
            cells.append(share(sum((i, count + i) in found for i in range(count)), count))
        yield name, cells
    alike = [str(len(pairs_of(neardup, texts, flags))) for _, flags in QUESTIONS]
    whole = f"{count * (count - 1) // 2:,}".replace(",", " ")
    yield f"different documents called alike, of {whole} pairs", alike


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--neardup", required=True)
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--output")
    arguments.add_argument("corpora", nargs="+", metavar="NAME=FILE")
    given = arguments.parse_args()
    lines = []
    for corpus in given.corpora:
        name, _, path = corpus.partition("=")
        texts = list(read(path))
        random.Random(given.seed).shuffle(texts)
        texts = texts[: given.count]
        head = [f"{name}, {len(texts)} documents", *(question for question, _ in QUESTIONS)]
        lines += ["| " + " | ".join(head) + " |", "|---|" + "--:|" * len(QUESTIONS)]
        for row, cells in measure(given.neardup, texts, given.seed):
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
            print(lines[-1], file=sys.stderr, flush=True)
        lines.append("")
    text = "\n".join(lines)
    if given.output:
        with open(given.output, "w", encoding="utf-8") as out:
            out.write(HEAD + text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
