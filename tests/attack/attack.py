# SPDX-License-Identifier: MIT
"""Attacks the whole program: random corpora of which the right result is known, and hostile files, options and settings.

    tests/attack/attack.py [--program PATH] [--minutes M] [--seed S] [--only SEED] [--kinds KIND,...] [--workers N] [--keep]

`make attack` runs it with AddressSanitizer and UBSan for ATTACK_MINUTES=2. Each round has a seed of its own and one kind:

  corpus    a random corpus of JSON Lines, in several files and folders, with invalid records. Another computation, in Python,
            says which documents go and how similar each is to its keeper: decisions and output must agree with it, byte for
            byte. The bytes are the same for any number of threads, memory budget and instruction set, for every codec, and
            for the same records in pieces. A second run over the output removes nothing.
  parts     paragraphs and lines: a record in the output is the record of the input without what the decisions cut, and a
            second run with other threads writes the same bytes.
  files     every command over garbage: binary data, damaged streams, deep JSON, odd names, links, empty files.
  run       report, explain and check over a finished run, a baseline or an allow list with random changes.
  options   every command with random options of its own and random values.
  settings  check and dedup with a random neardup.toml.

Everywhere: the program ends by itself, with status 0, 1 (check) or 2; status 2 has a message; nothing crashes; no input is
changed; an output folder is complete or not there; a terminal gets no control characters. A failure prints its seed and the
command, and keeps its folder; `--only SEED` runs that round again.
"""
import argparse
import concurrent.futures
import csv
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HANGS_AFTER = 300  # seconds; sanitizers and a busy machine included
COMMANDS = ("dedup", "find", "report", "explain", "compare", "check", "plan", "sketch")
# What must not reach a terminal: controls but newline and tab, and what changes the direction of the text.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Wrong(Exception):
    """What a round found."""


def fingerprint(folder):
    """Every file of a folder with its bytes, and every link with its target; not summary.json, which holds times."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found.append((str(path.relative_to(folder)), os.readlink(path)))
        elif path.is_file() and path.name != "summary.json":
            found.append((str(path.relative_to(folder)), hashlib.md5(path.read_bytes()).hexdigest()))
    return found


class Round:
    """One round: a folder, a source of chance, and the program."""

    def __init__(self, program, seed, kind, folder):
        self.program, self.seed, self.kind, self.folder = program, seed, kind, folder
        self.chance = random.Random("%s %s" % (kind, seed))
        self.line = ""

    def run(self, *arguments, statuses=(0, 2), stdin=b"", **environment):
        """Runs the program; Wrong if it does not end as a program should."""
        command = [self.program, *(str(a) if isinstance(a, pathlib.Path) else a for a in arguments)]
        self.line = " ".join("'%s'" % (a if isinstance(a, str) else a.decode("utf-8", "backslashreplace")) for a in command)
        try:
            done = subprocess.run(command, cwd=self.folder, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=HANGS_AFTER, check=False,
                                  env=dict(ENVIRONMENT, **{k: str(v) for k, v in environment.items()}))
        except subprocess.TimeoutExpired:
            raise Wrong("it hangs") from None
        said = done.stderr.decode("utf-8", "replace")
        if self.kind == "settings" or any(isinstance(a, str) and a.startswith("--color") for a in command):
            said = re.sub("\x1b\\[[0-9;]*m", "", said)
        if re.search("Sanitizer|runtime error:", said):
            raise Wrong("a sanitizer's report:\n" + said[:3000])
        if done.returncode not in statuses:
            raise Wrong("status %d\n%s" % (done.returncode, said[:1500]))
        if done.returncode == 2 and "error: " not in said:
            raise Wrong("status 2 without a message\n" + said[:1500])
        unsafe = UNSAFE.search(said)
        if unsafe:
            raise Wrong("a message contains %r: %r" % (unsafe.group(0), said[max(0, unsafe.start() - 80):][:160]))
        return done

    def expect(self, good, what, *details):
        if not good:
            raise Wrong(what + "".join("\n    %s" % (d,) for d in details))

    def some(self, choices):
        return self.chance.choice(choices)

    def maybe(self, probability):
        return self.chance.random() < probability


# ---- another computation of the result ----

def fold(word):
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def tokens_of(text):
    """Words of letters and digits, and each Han character alone: as doc/format.md says, for the letters of this corpus."""
    return [fold(t) for t in re.findall(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+", unicodedata.normalize("NFC", text))]


def shingles_of(tokens, n):
    if len(tokens) < n:
        return {tuple(tokens)}
    return {tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1)}


def jaccard(a, b):
    return len(a & b) / len(a | b)


# ---- random corpora ----

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ODD_WORDS = ["naïve", "Übung", "Москва", "ΑΘΗΝΑ", "été", "smörgås", "中", "文", "字", "語", "2026", "x1"]
BREAKS = [" ", " ", " ", " ", ", ", ". ", "\n", "  ", " - ", "! ", "\u00a0", "… "]


# At the beginning of a file these make it a JSON array, or records over several lines; later they are invalid records.
OPENERS = (b"{\n", b"[\n")


class Corpus:
    """Documents with the lines that hold them. `files` maps a name to its lines (bytes); a document is (file, line)."""

    def __init__(self, r, documents):
        self.r = r
        vocabulary = ["".join(r.some(LETTERS) for _ in range(r.chance.randint(1, 8))) for _ in range(r.some((30, 300, 3000)))]
        vocabulary += ODD_WORDS
        self.texts = []
        for _ in range(documents):
            if self.texts and r.maybe(0.6):
                self.texts.append(self.edited(r.some(self.texts), vocabulary))
            else:
                words = [r.some(vocabulary) for _ in range(r.some((1, 3, 4, 5, 6, 12, 40, 120)))]
                self.texts.append([(w, r.some(BREAKS)) for w in words])
        self.texts = ["".join(w + b for w, b in text) for text in self.texts]
        names = ["a.jsonl", "b.jsonl", "deep/c.jsonl", "deep/er/ü d.jsonl"][:r.chance.randint(1, 4)]
        self.files = {name: [] for name in names}
        self.documents = []
        for i, text in enumerate(self.texts):
            name = names[i * len(names) // len(self.texts)]
            while r.maybe(0.05):
                openers = list(OPENERS) if self.files[name] else []
                self.files[name].append(r.some(openers + [b"null\n", b'{"text":5}\n', b'{"id":"x"}\n', b'{"text":"a"}}\n',
                                                b'{"text":"... !"}\n', b"nonsense\n"]))
            record = {"id": i if r.maybe(0.5) else "d%d" % i, "text": text}
            if r.maybe(0.3):
                record = {"extra": [1, {"text": "no"}], **record, "score": r.chance.random()}
            line = json.dumps(record, ensure_ascii=r.maybe(0.5), separators=r.some([(",", ":"), (", ", ": ")]))
            self.files[name].append(line.encode() + r.some([b"\n", b"\n", b"\r\n"]))
            self.documents.append((name, len(self.files[name])))
        if r.maybe(0.3):
            last = self.files[names[-1]]
            last[-1:] = [line.rstrip(b"\r\n") for line in last[-1:]]

    def edited(self, text, vocabulary):
        text = list(text)
        for _ in range(self.r.some((0, 0, 1, 1, 2, 5))):
            at = self.r.chance.randrange(len(text))
            change = self.r.some("rid")
            if change == "d" and len(text) > 1:
                del text[at]
            else:
                text[at:at + (change == "r")] = [(self.r.some(vocabulary), " ")]
        if self.r.maybe(0.3):
            text = [(w.upper() if self.r.maybe(0.5) else w, self.r.some(BREAKS)) for w, _ in text]
        return text

    def write(self, folder, packing=""):
        for name, lines in self.files.items():
            path = folder / (name + packing)
            path.parent.mkdir(parents=True, exist_ok=True)
            data = b"".join(lines)
            path.write_bytes(packed(data, packing))


# What compresses standard input, and what undoes it.
TOOLS = {".gz": ("gzip", "gzip -d"), ".zst": ("zstd -q -c", "zstd -q -d -c"), ".bz2": ("bzip2", "bzip2 -d"),
         ".xz": ("xz -1", "xz -d"), ".lzma": ("xz -1 --format=lzma", "xz --format=lzma -d"),
         ".lz4": ("lz4 -q -c -", "lz4 -q -d -c -"), ".br": ("brotli -q 3 -c -", "brotli -d -c -")}


def piped(data, command):
    return subprocess.run(command.split(), input=data, stdout=subprocess.PIPE, check=True).stdout


def packed(data, packing):
    if packing == "":
        return data
    pack = TOOLS[packing][0]
    if packing in (".lzma", ".br"):
        return piped(data, pack)
    return piped(data[:len(data) // 2], pack) + piped(data[len(data) // 2:], pack)


def unpacked(path):
    data = path.read_bytes()
    return piped(data, TOOLS[path.suffix][1]) if path.suffix in TOOLS else data


def decisions_of(folder):
    path = folder / "decisions.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def outputs_of(folder, files, packing=""):
    """What is left of each input, wherever in the output folder; nothing where the file is not there."""
    return {name: unpacked(folder / (name + packing)) if (folder / (name + packing)).exists() else b"" for name in files}


def expect_contained(r, corpus, number, tokens, shingles, options):
    """Documents that longer ones contain, with every shingle sampled: what is removed is contained, and what stays is not."""
    share = r.some((0.5, 0.6, 0.8, 0.9, 1))
    r.run("dedup", "in", "-o", "contained", "--contained", str(share), "--contained-min-tokens", "0", *options, statuses=(0,))
    removed, leads = {}, set()
    for d in decisions_of(r.folder / "contained"):
        names = [place["file"][3:] if place["file"].startswith("in/") else place["file"] for place in (d, d["keeper"])]
        i, k = number[names[0], d["line"]], number[names[1], d["keeper"]["line"]]
        removed[i] = k
        leads.add(k)
        if d["reason"] != "contained":
            continue
        shared = len(set(shingles[i]) & set(shingles[k]))
        r.expect(abs(d["containment"] - shared / len(set(shingles[i]))) < 1e-5, "a containment is wrong", d)
        r.expect(shared / len(set(shingles[i])) >= share, "a document is removed that is not contained", d)
        r.expect(len(set(shingles[k])) >= len(set(shingles[i])), "the keeper is shorter", d)
    r.expect(not set(removed.values()) & set(removed), "a keeper of a contained document is removed", corpus.documents)
    kept = [i for i in range(len(tokens)) if tokens[i] and i not in removed]
    for i in kept:
        own = set(shingles[i])
        holders = [k for k in kept if len(set(shingles[k])) > len(own) and len(own & set(shingles[k])) / len(own) >= share]
        r.expect(i in leads or not holders, "a contained document stays", corpus.documents[i], [corpus.documents[k] for k in holders])


def attack_corpus(r):
    corpus = Corpus(r, r.some((1, 2, 5, 30, 120)))
    corpus.write(r.folder / "in")
    before = fingerprint(r.folder / "in")
    n, threshold, keep = r.some((1, 2, 3, 5, 8)), r.some((0.3, 0.5, 0.7, 0.8, 0.95, 1)), r.some(("first", "last"))
    options = ["--ngram", str(n), "--threshold", str(threshold), "--keep", keep, "--candidates", "all", "-q",
               "--max-unreadable", "100%"]
    if not r.knows("--max-unreadable"):
        options = options[:-2]
    r.run("dedup", "in", "-o", "out", *options, statuses=(0,))
    out = r.folder / "out"

    # Decisions and scores.
    tokens = [tokens_of(text) for text in corpus.texts]
    shingles = [shingles_of(t, n) for t in tokens]
    order = range(len(tokens)) if keep == "first" else range(len(tokens) - 1, -1, -1)
    # Documents with the same tokens are one text, which is decided at the place of its first document in the order.
    kept, expected, texts = [], {}, {}
    for i in order:
        if not tokens[i]:
            continue
        text = tuple(tokens[i])
        if text in texts:
            expected[i] = texts[text]
            continue
        keepers = [jaccard(shingles[i], shingles[k]) for k in kept if jaccard(shingles[i], shingles[k]) >= threshold]
        texts[text] = max(keepers, default=1)
        if keepers:
            expected[i] = texts[text]
        else:
            kept.append(i)
    number = {place: i for i, place in enumerate(corpus.documents)}
    removed = {}
    for d in decisions_of(out):
        name = d["file"][3:] if d["file"].startswith("in/") else d["file"]
        keeper_name = d["keeper"]["file"][3:] if d["keeper"]["file"].startswith("in/") else d["keeper"]["file"]
        i, k = number[name, d["line"]], number[keeper_name, d["keeper"]["line"]]
        r.expect(i not in removed, "a document has two decisions", d)
        removed[i] = k
        true = 1 if tokens[i] == tokens[k] else jaccard(shingles[i], shingles[k])
        r.expect(abs(d["jaccard"] - true) < 1e-5, "a score is wrong", d, "it is %g" % true)
        r.expect(d["tokens"] == len(tokens[i]), "tokens are counted wrongly", d, tokens[i])
        r.expect(d["reason"] in ("exact", "near") and (d["reason"] != "exact" or tokens[i] == tokens[k]), "a wrong reason", d)
    r.expect(set(removed) == set(expected), "other documents are removed than those that must be",
             "too many: %s" % [corpus.documents[i] for i in set(removed) - set(expected)][:5],
             "too few: %s" % [corpus.documents[i] for i in set(expected) - set(removed)][:5])
    for i, k in removed.items():
        true = 1 if tokens[i] == tokens[k] else jaccard(shingles[i], shingles[k])
        r.expect(k not in removed, "a keeper is removed", corpus.documents[k])
        r.expect(true >= expected[i] - 1e-9, "the keeper is not the most similar one", corpus.documents[i])

    # Kept and removed are everything, byte for byte.
    gone = {corpus.documents[i] for i in removed}
    rest = {name: b"".join(line for at, line in enumerate(lines, 1) if (name, at) not in gone)
            for name, lines in corpus.files.items()}
    r.expect(outputs_of(out, rest) == rest, "the output is not the input without what was removed")
    summary = json.loads((out / "summary.json").read_bytes())
    r.expect(summary["kept"] + len(removed) == summary["documents"] == sum(bool(t) for t in tokens), "the summary miscounts", summary)
    r.expect(fingerprint(r.folder / "in") == before, "an input has changed")

    if r.knows("--contained"):
        expect_contained(r, corpus, number, tokens, shingles, options)

    # The same bytes in other ways.
    result = fingerprint(out)
    for name, more, environment in (("threads", ["--threads", r.some(("1", "2", "5"))], {}), ("memory", ["--memory", "64M"], {}),
                                    ("scalar", ["--threads", "3"], {"NEARDUP_CPU": "scalar"})):
        r.run("dedup", "in", "-o", name, *options, *more, statuses=(0,), **environment)
        r.expect(fingerprint(r.folder / name) == result, "other bytes with other %s" % name)
    packing = r.some(tuple(TOOLS))
    corpus.write(r.folder / "packed", packing)
    r.run("dedup", "packed", "-o", "repacked", *options, statuses=(0,))
    r.expect(outputs_of(r.folder / "repacked", rest, packing) == rest, "other records from %s" % packing)
    said = [(out / "decisions.jsonl").read_bytes(), (r.folder / "repacked/decisions.jsonl").read_bytes()]
    plain = [[(d["line"], d["jaccard"], d["keeper"]["line"]) for d in map(json.loads, part.splitlines())] for part in said]
    r.expect(plain[0] == plain[1], "other decisions from %s" % packing)

    # Pieces of the same records, standard input, and the output again.
    whole = b"".join(b"".join(lines) + (b"" if lines[-1].endswith(b"\n") else b"\n") for lines in corpus.files.values() if lines)
    all_lines = whole.splitlines(keepends=True)
    cut = r.chance.randint(0, len(all_lines))
    while cut < len(all_lines) and all_lines[cut] in OPENERS:
        cut += 1
    (r.folder / "p0.jsonl").write_bytes(b"".join(all_lines[:cut]))
    (r.folder / "p1.jsonl").write_bytes(b"".join(all_lines[cut:]))
    pieces = r.run("dedup", "p0.jsonl", "p1.jsonl", "-o", "-", *options, statuses=(0,)).stdout
    # Without a name only the first bytes show the format, and these may be a record that is not one.
    stream = r.run("dedup", "-", "-o", "-", "--input-format", "jsonl", *options, statuses=(0,), stdin=whole).stdout
    r.expect(stream == pieces, "other records from standard input than from two pieces")
    joined = b"".join(rest[name] for name in corpus.files)
    r.expect(stream.rstrip(b"\n") == joined.rstrip(b"\n"), "other records from standard input than from files")
    (r.folder / "again.jsonl").write_bytes(stream)
    second = r.run("dedup", "again.jsonl", "-o", "-", *options, statuses=(0,)).stdout if stream and not stream.startswith(OPENERS) else stream
    r.expect(second == stream, "a second run removes more")

    # The same verdict and the same fingerprints each time: allow lists and baselines hold them.
    verdicts = []
    for threads in ("1", "4"):
        r.run("check", "in", "--no-config", "--max-exact", "0", "--threshold", str(threshold), "--candidates", "all", "--threads", threads,
              "--report", "json:verdict.json", "-q", *(["--max-unreadable", "100%"] if r.knows("--max-unreadable") else []),
              statuses=(0, 1))
        verdicts.append(json.loads((r.folder / "verdict.json").read_bytes())["findings"])
    r.expect(verdicts[0] == verdicts[1], "check finds something else the second time", *(v[:1] for v in verdicts))

    # What is read out of the run.
    for kind in ("json", "html", "markdown", "csv"):
        r.run("report", "out", "-o", "report." + kind, "--format", kind, statuses=(0,))
    if removed:
        done = r.run("explain", "out", "%s:%d" % corpus.documents[r.some(sorted(removed))], statuses=(0, 2))
        r.expect(done.returncode == 2 or UNSAFE.search(done.stdout.decode("utf-8", "replace")) is None, "explain prints controls")


def attack_parts(r):
    corpus = Corpus(r, r.some((1, 5, 40)))
    stock = corpus.texts
    for i in range(len(corpus.texts)):
        text = r.some(["\n\n", "\n\n\n", "\n \n"]).join(r.some(stock) for _ in range(r.chance.randint(1, 5)))
        name, at = corpus.documents[i]
        old = corpus.files[name][at - 1]
        end = old[len(old.rstrip(b"\r\n")):]
        record = json.loads(old)
        record["text"] = text
        corpus.files[name][at - 1] = json.dumps(record, ensure_ascii=r.maybe(0.5)).encode() + end
    corpus.write(r.folder / "in")
    before = fingerprint(r.folder / "in")
    options = ["--unit", r.some(("paragraph", "line", "document,paragraph", "document,line")), "-q"]
    if r.knows("--max-unreadable"):
        options += ["--max-unreadable", "100%"]
    for choice in (["--containment", "0.6"], ["--max-copies", "2"], ["--keep-one", "--max-copies", "3"], ["--min-tokens", "2"],
                   ["--often", "2"], ["--within"], ["--threshold", "0.5"]):
        if r.maybe(0.3) and r.knows(choice[0]):
            options += choice
    first = r.run("dedup", "in", "-o", "out", *options, "--threads", "1")
    r.expect(fingerprint(r.folder / "in") == before, "an input has changed")
    if first.returncode != 0:
        r.expect(not (r.folder / "out").exists(), "half an output folder")
        return
    cuts = {}
    gone = set()
    for d in decisions_of(r.folder / "out"):
        place = (d["file"][3:] if d["file"].startswith("in/") else d["file"], d["line"])
        if d.get("unit", "document") == "document" or d["reason"] == "emptied":
            gone.add(place)
        else:
            begin, end = d["cut"]
            for stays_begin, stays_end in d.get("kept", []):
                r.expect(begin <= stays_begin < stays_end <= end, "kept bytes outside of their cut", *place)
                cuts.setdefault(place, []).append((begin, stays_begin))
                begin = stays_end
            cuts.setdefault(place, []).append((begin, end))
    for name, lines in corpus.files.items():
        rest = outputs_of(r.folder / "out", [name])[name].splitlines(keepends=True)
        wanted = [(at, line) for at, line in enumerate(lines, 1) if (name, at) not in gone]
        r.expect(len(rest) == len(wanted), "other records are left than the decisions say", name)
        for (at, line), left in zip(wanted, rest):
            if (name, at) not in cuts:
                r.expect(left == line, "a record without a cut has changed", name, at)
                continue
            old, new = json.loads(line), json.loads(left)
            text, kept, at_byte = old["text"].encode(), b"", 0
            for begin, end in sorted(cuts[name, at]):
                r.expect(begin >= at_byte, "cuts overlap", name, at)
                kept += text[at_byte:begin]
                at_byte = end
            kept += text[at_byte:]
            r.expect(new["text"] == kept.decode(), "a text is not what was there without its cuts", name, at)
            r.expect({**old, "text": ""} == {**new, "text": ""}, "another field has changed", name, at)
    r.run("dedup", "in", "-o", "threads", *options, "--threads", "4", statuses=(0,))
    r.expect(fingerprint(r.folder / "threads") == fingerprint(r.folder / "out"), "other bytes with other threads")
    r.run("report", "out", "-o", "report.html", statuses=(0,))


# ---- garbage ----

def damaged(r, data):
    data = bytearray(data)
    for _ in range(r.some((1, 1, 2, 5, 20))):
        at = r.chance.randrange(len(data) + 1)
        change = r.some("fidtcs")
        if change == "f" and data:
            data[at % len(data)] ^= 1 << r.chance.randrange(8)
        elif change == "i":
            data[at:at] = r.some([b"\0", b"\xff", b"\"", b"{", b"}", b"[", b"\n", b"\r", b"-1", b"1e999", b"\\u0000", b"\xed\xa0\x80",
                                  b"99999999999999999999", b"null", b"../../../etc/hostname", b"\x1b[31m", "\u202e".encode()])
        elif change == "d":
            del data[at:at + r.some((1, 3, 50))]
        elif change == "t" and r.maybe(0.3):
            del data[at:]
        elif change == "c":
            data[at:at] = data[at:at + r.some((1, 20, 300))]
        elif data:
            data[at % len(data):at % len(data) + 1] = bytes([r.chance.randrange(256)])
    return bytes(data)


def garbage(r):
    text = "some words of a text that is here twice, or nearly so\n"
    records = b"".join(json.dumps({"id": i, "text": text * (i % 3 + 1)}).encode() + b"\n" for i in range(20))
    return r.some([
        lambda: bytes(r.chance.randrange(256) for _ in range(r.some((1, 7, 500, 5000)))),
        lambda: b"",
        lambda: b"\n" * r.some((1, 1000)),
        lambda: b"\0" * r.some((1, 4096)),
        lambda: text.encode(r.some(("utf-16", "utf-16-le", "utf-32", "utf-8-sig"))) * 5,
        lambda: "Привет, мир! Это текст.\n".encode("cp1251") * 20,
        lambda: b'{"text":' + b"[" * r.some((10, 2000, 200000)) + b"}",
        lambda: b'{"text":"' + b"a " * r.some((10, 300000)) + b'"}\n',
        lambda: b'{"text":"a","text":"b","id":1,"id":{}}\n' * 3,
        lambda: b"id,text\n1,\"never closed\n2,\"b\"\n" * 10,
        lambda: b"id,text\n=1+1,\"=cmd()\"\n-1,\"+x\"\n" * 4,
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3,
        lambda: b"PK\x03\x04" + bytes(200),
        lambda: b"PAR1" + bytes(100) + b"PAR1",
        lambda: gzip.compress(records)[:r.chance.randrange(10, 120)],
        lambda: gzip.compress(bytes(3000000)),
        lambda: b"\x1f\x8b",
        lambda: damaged(r, packed(records, r.some(tuple(TOOLS)))),
        lambda: packed(records, r.some(tuple(TOOLS)))[:r.chance.randrange(1, 120)],
        lambda: packed(bytes(3000000), r.some(tuple(TOOLS))),
        lambda: b"\x28\xb5\x2f\xfd" + bytes(r.chance.randrange(256) for _ in range(40)),
        lambda: json.dumps([json.loads(line) for line in records.splitlines()], indent=r.some((None, 2))).encode(),
        lambda: records.replace(b"\n", b"\r"),
        lambda: records.replace(b"\n", b" "),
        lambda: "\u202eevil\u202c \x1b[2J\x07 \u0085 text\n".encode() * 4,
        lambda: damaged(r, records),
        lambda: damaged(r, gzip.compress(records)),
        lambda: damaged(r, b"id,text\n" + b"".join(b'%d,"word %d ""q"", more"\n' % (i, i % 3) for i in range(30))),
        lambda: records,
    ])()


NAMES = ["a.jsonl", "b.txt", "c.csv", "d.tsv", "e.jsonl.gz", "f.jsonl.zst", "f.jsonl.xz", "f.jsonl.br", "f.txt.lz4", "g.json", "h", "-x.txt", " space .txt", "new\nline.jsonl",
         "esc\x1b[31m.txt", "bidi\u202e.jsonl", b"not\xffutf8.txt", "summary.json", "decisions.jsonl", "x.parquet", "y.zip", "n" * 250,
         "%s%n%d.txt", "deep/a.jsonl", "deep/deeper/b.md", ".hidden.txt", "neardup.toml.txt", "comma,\"quote\".txt", "=1+1.csv"]


def make_garbage(r, folder):
    folder.mkdir()
    made = []
    for name in r.chance.sample(NAMES, r.chance.randint(1, 6)):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(garbage(r))
        made.append(path)
    if r.maybe(0.3):
        (folder / "dangling").symlink_to("nowhere")
    if r.maybe(0.3):
        (folder / "loop").symlink_to(".")
    if r.maybe(0.2):
        os.link(made[0], folder / "hard.jsonl")
    if r.maybe(0.2):
        (folder / "empty").mkdir()
    return made


def check_output(r, done, out, before):
    if done.returncode == 2 and out.exists() and before is None:
        r.expect((out / "summary.json").exists() or not any(p.is_file() for p in out.rglob("*")), "half an output folder",
                 list(out.rglob("*"))[:5])
    left = [p for p in r.folder.rglob("*") if p.name.endswith((".tmp", ".neardup"))]
    r.expect(not left, "temporary files left", left)


def check_untouched(r, folder, out):
    """A file without a decision, whatever it is, has the same bytes in the output. Hidden files are not read in folders."""
    decided = {d["file"] for d in decisions_of(out)}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        own = {"summary.json", "decisions.jsonl"}  # the run has files of these names itself
        shown = os.fsencode(name).decode("utf-8", "replace")  # as JSON has it
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".") and shown not in decided | own:
            r.expect((out / name).is_file() and (out / name).read_bytes() == path.read_bytes(), "a file has changed", name)


def attack_files(r):
    made = make_garbage(r, r.folder / "in")
    before = fingerprint(r.folder / "in")
    inputs = ["in"] if r.maybe(0.5) else [os.fsdecode(b"in/" + os.path.relpath(p, os.fsencode(r.folder / "in"))) for p in made]
    unit = r.some(([], [], ["--unit", "paragraph"], ["--unit", "line"], ["--unit", "document,paragraph"]))
    reading = r.some(([], [], [], ["--input-format", r.some(("jsonl", "json", "csv", "tsv", "warc", "arc", "html", "file", "paragraph", "line"))], ["--strict"],
                      ["--drop-invalid"], ["--threads", "3"]))
    for name in r.chance.sample(("dedup", "find", "check", "sketch", "compare", "report", "explain"), 4):
        if name == "dedup":
            out = r.folder / "out"
            done = r.run("dedup", *inputs, "-o", "out", *unit, *reading)
            check_output(r, done, out, None)
            if done.returncode == 0:
                if inputs == ["in"] and reading != ["--drop-invalid"]:
                    check_untouched(r, r.folder / "in", out)
                for kind in ("html", "json", "markdown", "csv"):
                    r.run("report", "out", "--format", kind, "-o", "report." + kind)
                for d in decisions_of(out)[:2]:
                    r.run("explain", "out", "%s:%d" % (d["file"], d["line"]))
        elif name == "find":
            only = [a for a in reading if a != "--drop-invalid"]
            kind = r.some(("table", "jsonl", "csv"))
            shape = r.some(([], ["--pairs"], ["--csv-rows", "removed"] if kind == "csv" else []))
            done = r.run("find", *inputs, "--format", kind, *unit, *only, *shape)
            printed = done.stdout.decode("utf-8", "replace")
            r.expect(kind == "jsonl" or UNSAFE.search(printed.replace("\r\n", "\n")) is None, "find --format %s prints controls" % kind,
                     UNSAFE.findall(printed)[:5])
            if kind == "csv":
                cells = [cell for row in csv.reader(io.StringIO(printed)) for cell in row]
                r.expect(not any(cell[:1] in ("=", "+", "-", "@") for cell in cells), "a cell that is a formula",
                         [c for c in cells if c[:1] in ("=", "+", "-", "@")][:3])
            if kind == "jsonl":
                for line in printed.splitlines():
                    json.loads(line)
        elif name == "check":
            done = r.run("check", *inputs, "--no-config", "--max-exact", "0", "--report", "json:check.json", statuses=(0, 1, 2))
            if done.returncode != 2:
                json.loads((r.folder / "check.json").read_bytes())
        elif name == "sketch":
            r.run("sketch", *inputs, "--method", r.some(("minhash", "simhash")))
        elif name == "compare":
            place = r.some(("", ":1", ":2", ":0", ":x", "/a.jsonl:3", "/d.tsv:2"))
            done = r.run("compare", inputs[0] + place, inputs[-1] + r.some(("", ":1", place)))
            r.expect(UNSAFE.search(done.stdout.decode("utf-8", "replace")) is None, "compare prints controls")
        elif name == "report":
            r.run("report", inputs[0])
        else:
            r.run("explain", inputs[0], r.some(["a", "1", "", "x:1", "\udcff"]))
        r.expect(fingerprint(r.folder / "in") == before, "%s has changed an input" % name)


def attack_run(r):
    corpus = Corpus(r, 30)
    corpus.write(r.folder / "in")
    unit = r.some(([], [], ["--unit", "document,paragraph"], ["--method", "simhash"]))
    r.run("dedup", "in", "-o", "out", "-q", *unit, *r.some(([], ["--pairs"])))
    if not (r.folder / "out/summary.json").exists():
        return
    r.run("check", "in", "--no-config", "--baseline", "base", "--update-baseline", "-q")
    for _ in range(6):
        shutil.rmtree(r.folder / "bad", ignore_errors=True)
        shutil.copytree(r.folder / "out", r.folder / "bad")
        victim = r.folder / "bad" / r.some(("summary.json", "summary.json", "decisions.jsonl", "clusters.jsonl"))
        victim.write_bytes(damaged(r, victim.read_bytes()))
        kind = r.some(("html", "json", "markdown", "csv"))
        done = r.run("report", "bad", "--format", kind, "-o", "-")
        if done.returncode == 0 and kind == "json":
            json.loads(done.stdout)
        if done.returncode == 0 and kind in ("markdown", "csv"):
            printed = done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")
            r.expect(UNSAFE.search(printed) is None, "report --format %s prints controls" % kind, UNSAFE.findall(printed)[:5])
        r.run("report", "bad", "--threshold", r.some(("0.9", "0.71", "1")), "-o", "-")
        done = r.run("explain", "bad", r.some(["d1", "1", "a.jsonl:1", "in/a.jsonl:2"]))
        r.expect(UNSAFE.search(done.stdout.decode("utf-8", "replace")) is None, "explain prints controls")
        (r.folder / "bad.base").write_bytes(damaged(r, (r.folder / "base").read_bytes()))
        r.run("check", "in", "--no-config", "--baseline", "bad.base", "--max-new", "0", "-q", statuses=(0, 1, 2))


# ---- options and settings ----

VALUES = ["", "0", "1", "-1", "2", "0.5", "1.0000001", "nan", "inf", "-0", "1e308", "99999999999999999999", "18446744073709551616", "0x10",
          "64M", "1K", "5%", "101%", "%", "in", "in/a.jsonl", "nowhere", ".", "..", "/dev/null", "/dev/full", "-", "--", "a" * 5000,
          "\udcff", "\n", "\u202e", "text", "text,id", "messages[].content", "a.b.c", "max:score", "min:", "exact", "all", "document",
          "paragraph", "json:x.json", "sarif:-", ":", "=", "a=b", "train=in", "train=in/a.jsonl", "first", "csv", "html", "simhash", "word",
          "char", "[", "*", "ш", "3", "7", "100"]


def attack_options(r):
    Corpus(r, 8).write(r.folder / "in")
    before = fingerprint(r.folder / "in")
    for _ in range(8):
        name = r.some(COMMANDS)
        names, choices = r.options(name)
        operands = {"plan": [], "compare": ["in/a.jsonl", "in/a.jsonl"], "report": ["in"], "explain": ["in", "d1"]}.get(name, ["in"])
        arguments = [a for a in operands if r.maybe(0.9)]
        for option in r.chance.sample(names, min(len(names), r.chance.randint(1, 4))):
            if option in ("--threads", "--help"):
                continue
            value = r.some(choices[option]) if choices.get(option) and r.maybe(0.6) else r.some(VALUES)
            arguments += [option + "=" + value] if r.maybe(0.3) else [option] if r.maybe(0.2) else [option, value]
        if r.maybe(0.5) and name == "dedup":
            arguments += ["-o", "out"]
        arguments = [a.replace("\0", "") for a in arguments]
        r.run(name, *arguments, statuses=(0, 1, 2) if name == "check" else (0, 2))
        r.expect(fingerprint(r.folder / "in") == before, "an input has changed")
        shutil.rmtree(r.folder / "out", ignore_errors=True)


def attack_settings(r):
    Corpus(r, 8).write(r.folder / "in")
    before = fingerprint(r.folder / "in")
    names, choices = r.options("check")

    def value(depth=0):
        plain = [lambda: '"%s"' % r.some(VALUES[:40]).replace("\n", "\\n").replace("\udcff", "x"), lambda: r.some(("true", "false")),
                 lambda: str(r.some((0, 1, -1, 7, 10**18, 10**25))), lambda: r.some(("0.5", "1e400", "nan", "inf", "1979-05-27", "0b1"))]
        nested = [lambda: "[%s]" % ", ".join(value(depth + 1) for _ in range(r.some((0, 1, 3)))),
                  lambda: "{%s}" % ", ".join("k%d = %s" % (i, value(depth + 1)) for i in range(r.some((0, 1, 2))))]
        return r.some(plain + (nested if depth < 4 else []))()

    for _ in range(6):
        lines = ["inputs = %s" % r.some(('["in"]', '"in"', "[]", "5", '["in", "nowhere"]'))] if r.maybe(0.8) else []
        for option in r.chance.sample(names, r.chance.randint(0, 5)):
            key = option[2:]
            known = ['"%s"' % c for c in choices.get(option, [])]
            lines.append("%s = %s" % (key, r.some(known) if known and r.maybe(0.6) else value()))
            if r.maybe(0.15):
                lines.append(r.some(("[check]", "[limits]", "[[x]]", "[split]", "[a.b.c]", "[" + ".".join("a" * 50) + "]", "junk")))
        data = "\n".join(lines).encode() + b"\n"
        (r.folder / "neardup.toml").write_bytes(damaged(r, data) if r.maybe(0.4) else data)
        r.run("check", *r.some(([], ["in"])), *r.some(([], ["--print-config"])), statuses=(0, 1, 2))
        r.run("dedup", "in", "-o", "out", "-q")
        r.expect(fingerprint(r.folder / "in") == before, "an input has changed")
        shutil.rmtree(r.folder / "out", ignore_errors=True)


# ---- rounds ----

KINDS = {"corpus": attack_corpus, "parts": attack_parts, "files": attack_files, "run": attack_run, "options": attack_options,
         "settings": attack_settings}
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "MALLOC_PERTURB_")}
ENVIRONMENT.update(ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1:detect_leaks=1",
                   UBSAN_OPTIONS="print_stacktrace=1", LC_ALL="C.UTF-8")


class Attack:
    def __init__(self, given):
        self.given = given
        self.known = {name: self.read_help(name) for name in COMMANDS}
        self.done = dict.fromkeys(given.kinds, 0)
        self.failed = 0
        self.lock = threading.Lock()
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="neardup-attack-"))
        Round.knows = lambda _, option: any(option in names for names, _ in self.known.values())
        Round.options = lambda _, name: self.known[name]

    def read_help(self, name):
        """The long options of a command, and the words that each may take."""
        text = subprocess.run([self.given.program, name, "--help"], stdout=subprocess.PIPE, check=True, env=ENVIRONMENT).stdout.decode()
        rows = re.findall(r"^ +(?:-., )?(--[a-z-]+)(?: ([a-z0-9]+(?:\|[a-z0-9]+)+))?", text, re.M)
        return [row[0] for row in rows], {option: words.split("|") for option, words in rows if words}

    def one(self, seed, kind):
        folder = self.top / ("%s-%s" % (kind, seed))
        folder.mkdir()
        r = Round(self.given.program, seed, kind, folder)
        try:
            KINDS[kind](r)
        except (Wrong, OSError, KeyError, ValueError, IndexError) as wrong:
            with self.lock:
                self.failed += 1
                print("FAILED  %s, seed %s: %s%s\n    in %s\n    command: %s\n    again: tests/attack/attack.py --program %s --only %s --kinds %s"
                      % (kind, seed, "" if isinstance(wrong, Wrong) else type(wrong).__name__ + ": ", wrong, folder,
                         r.line[:2000], self.given.program, seed, kind), flush=True)
            return
        finally:
            with self.lock:
                self.done[kind] += 1
        if not self.given.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self):
        given = self.given
        if given.only is not None:
            for kind in given.kinds:
                self.one(given.only, kind)
            return
        print("attack: %g minutes, seed %d, %s" % (given.minutes, given.seed, ", ".join(given.kinds)), flush=True)
        end = time.monotonic() + 60 * given.minutes

        def work(worker):
            number = worker
            while time.monotonic() < end and self.failed < 20:
                self.one("%d.%d" % (given.seed, number), given.kinds[number // given.workers % len(given.kinds)])
                number += given.workers

        with concurrent.futures.ThreadPoolExecutor(given.workers) as pool:
            list(pool.map(work, range(given.workers)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(ROOT / "build-asan/neardup"))
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("ATTACK_MINUTES", "2")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ATTACK_SEED") or time.time()))
    parser.add_argument("--only", help="run the round with this seed again")
    parser.add_argument("--kinds", type=lambda s: s.split(","), default=list(KINDS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--keep", action="store_true", help="keep the folders of rounds without a failure, too")
    given = parser.parse_args()
    given.program = str(pathlib.Path(given.program).resolve())
    attack = Attack(given)
    attack.run()
    if not attack.failed and not given.keep:
        shutil.rmtree(attack.top, ignore_errors=True)
    print("rounds: " + ", ".join("%s %d" % item for item in attack.done.items()))
    print("%d passed, %d failed" % (sum(attack.done.values()) - attack.failed, attack.failed))
    return 1 if attack.failed else 0


if __name__ == "__main__":
    sys.exit(main())
