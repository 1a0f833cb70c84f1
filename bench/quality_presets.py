#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What each preset finds beside the defaults: on labelled corpora, and on copies with errors that are made here. Called by
bench/quality.sh; Python 3 standard library and the zstd program. Functions are those of Python's standard library and of src/."""
import argparse
import ast
import glob
import json
import keyword
import os
import random
import re
import sys
import sysconfig

import quality_simhash

LABELLED = [("titles", "er"), ("pages", "webis-gov"), ("pages", "psdocs"), ("pages", "lohelp-en"), ("books", "gesetze-history"),
            ("books", "terms"), ("chinese", "tang"), ("chinese", "aozora"), ("code", "refine")]
CONTAINED = ["psdocs", "lohelp-en", "webis-gov", "clough-stevenson", "articles", "gesetze-history", "terms"]
COPIES = 1000
# With spaces around them: a "-" without is often part of a word or a number.
OPERATORS = [(" + ", " - "), (" - ", " + "), (" == ", " != "), (" != ", " == "), (" < ", " <= "), (" >= ", " > "), (" * ", " / "),
             (" && ", " || "), (" || ", " && "), (" & ", " | ")]
KEYWORDS = set(keyword.kwlist) | set("char const double enum extern float include inline long return short signed sizeof static "
                                     "struct switch typedef union unsigned void volatile while".split())


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


def python_functions(root):
    for path in sorted(glob.glob(os.path.join(root, "**", "*.py"), recursive=True)):
        if "-packages" in path:
            continue
        try:
            with open(path, encoding="utf-8") as file:
                source = file.read()
            tree = ast.parse(source)
        except (UnicodeDecodeError, SyntaxError, ValueError):
            continue
        lines = source.splitlines(keepends=True)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield "".join(lines[node.lineno - 1 : node.end_lineno])


def c_functions(root):
    for path in sorted(glob.glob(os.path.join(root, "*", "*.c"))):
        with open(path, encoding="utf-8") as file:
            yield from re.findall(r"^[a-z][^;{}]*\)\n\{\n.*?^\}\n", file.read(), re.M | re.S)


def functions():
    src = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src")
    found = [*python_functions(sysconfig.get_paths()["stdlib"]), *c_functions(src)]
    return [text for text in dict.fromkeys(found) if len(text) >= 100]


def other_operator(text, draw):
    there = [(a, b) for a, b in OPERATORS if a in text]
    if not there:
        return None
    a, b = draw.choice(there)
    at = draw.choice([m.start() for m in re.finditer(re.escape(a), text)])
    return text[:at] + b + text[at + len(a):]


def other_case(text, draw):
    """One name has a capital, wherever it is."""
    names = sorted(set(re.findall(r"\b[a-z]{4,}\b", text)) - KEYWORDS)
    if not names:
        return None
    name = draw.choice(names)
    return re.sub(r"\b%s\b" % name, name.capitalize(), text)


def other_space(text, _draw):
    """As another formatter would print it."""
    return re.sub(r"\n( *)", lambda m: "\n" + m.group(1).replace("    ", "\t"), text).replace(", ", ",").replace(" = ", "=")


def code_rows(args):
    texts, draw = functions(), random.Random(1)
    for what, change in (("one operator is another one", other_operator), ("one name has a capital", other_case),
                         ("another formatter", other_space)):
        made = [(t, c) for t, c in ((t, change(t, draw)) for t in draw.sample(texts, 3 * COPIES)) if c is not None and c != t]
        made, cells = made[:COPIES], []
        for options in ([], ["--preset", "code"]):
            pairs = scored(args, write(args, "code", [t for pair in made for t in pair]), options)
            hits = [pairs.get((2 * i + 1, 2 * i + 2)) for i in range(len(made))]
            cells.append("%.3f | %.3f" % (sum(h == 1 for h in hits) / len(hits), sum(h is not None for h in hits) / len(hits)))
        yield "| functions: %s | %d | %s |" % (what, len(made), " | ".join(cells))
    cells = []
    for options in ([], ["--preset", "code"]):
        pairs = scored(args, write(args, "code", texts), options)
        cells.append("%d | %d" % (sum(s == 1 for s in pairs.values()), len(pairs)))
    yield "| functions as they are (pairs) | %d | %s |" % (len(texts), " | ".join(cells))


def write(args, name, texts):
    path = os.path.join(args.work, name + ".made.jsonl")
    with open(path, "w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    return path


def scored(args, path, options):
    text = quality_simhash.run(args.neardup, "find", path, "--pairs", "-q", "--format", "jsonl", *options)
    return {(p["a"]["line"], p["b"]["line"]): p["jaccard"] for p in map(json.loads, text.split("\n")[:-1])}


def found(args, path, options):
    return set(scored(args, path, options))


def labelled_row(args, preset, name):
    corpus = quality_simhash.Corpus(args, name)
    cells = ["%.3f | %.3f | **%.3f**" % corpus.scores(found(args, corpus.path, options))
             for options in ([], ["--preset", preset])]
    return "| `%s` | %s | %d | %s |" % (preset, name, corpus.count, " | ".join(cells))


def made_row(args, preset, name, what, originals, copies):
    path = write(args, name, originals + copies)
    n, cells = len(originals), []
    for options in ([], ["--preset", preset]):
        pairs = found(args, path, options)
        right = sum(b == a + n for a, b in pairs)
        others = {tuple(sorted(((a - 1) % n, (b - 1) % n))) for a, b in pairs if (a - b) % n != 0}
        cells.append("%.3f | %d" % (right / n, len(others)))
    return "| `%s` | %s: %s | %d | %s |" % (preset, name, what, n, " | ".join(cells))


def contained_row(args, name):
    corpus = quality_simhash.Corpus(args, name)
    cells = []
    for options in ([], ["--preset", "pages"], ["--preset", "books"]):
        for more in ([], ["--contained", "0.8"]):
            cells.append("%.3f" % corpus.scores(found(args, corpus.path, options + more))[2])
    return "| %s | %s |" % (name, " | ".join(cells))


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
    lines += ["", "Functions of Python's standard library (%d.%d) and of this repository, and made copies. Those that differ in one operator or in"
              % sys.version_info[:2],
              "the case of one name are not the same; those that a formatter printed are. `1`: the share that has a similarity of 1, *found*:",
              "of 0.7 and more. The last row counts pairs.", "",
              "| what | made | 1, defaults | found | 1, `code` | found |", "|---|---|---|---|---|---|"]
    for row in code_rows(args):
        lines.append(row)
        print(row, file=sys.stderr)
    lines += ["", "No preset sets `--contained`. F1 with and without `--contained 0.8`: it adds pages that are little more than their template, which",
              "costs `pages` more than it gives, and for editions of long texts the lower threshold of `books` finds nearly all that it",
              "would add. A chapter of a book is not an edition of it, either. `suggest` advises it where it finds much (clough-stevenson).", "",
              "| corpus | defaults | contained | `pages` | contained | `books` | contained |", "|---|---|---|---|---|---|---|"]
    for name in CONTAINED:
        if there(name):
            lines.append(contained_row(args, name))
            print(lines[-1], file=sys.stderr)
    with open(args.output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
