#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes odd CSV files, and checks that neardup agrees with Python's csv module.

Records: sketches of a CSV file are those of a JSON Lines file that Python made of it: ids, lines, tokens, signatures.
Output: what Python reads in the cleaned file are the rows that the same run keeps of the JSON Lines. With --unit
paragraph every row keeps its other columns."""
import csv
import json
import os
import random
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
FILES = 60  # per delimiter
DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|"}
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
ODD = ['"', '""', ",", ";", "|", "\t", "'", "\\", " ", "ä", "中文", "\u2028", "#", "\x01"]

csv.field_size_limit(10**9)
passed = failed = 0


def check(good, what):
    global passed, failed
    passed += good
    failed += not good
    if not good:
        print("failed:", what)


def text(rng):
    pieces = []
    for _ in range(rng.randrange(12)):
        pieces.append(rng.choice(WORDS))
        if rng.random() < 0.3:
            pieces.append(rng.choice(ODD))
        pieces.append(rng.choice([" ", " ", " ", "\n", "\r\n", "\n\n", "\r"]) if rng.random() < 0.9 else "")
    return "".join(pieces)


def cell(rng, value, delimiter):
    needed = value[:1] == '"' or any(c in value for c in (delimiter, "\n", "\r"))
    if needed or rng.random() < 0.3:
        return '"' + value.replace('"', '""') + '"'
    return value


def make(rng, delimiter):
    """The bytes of a file."""
    columns = ["id", "text"] + ["other", "na\"me", "long\nname"][: rng.randrange(4)]
    rng.shuffle(columns)
    ends = rng.choice([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]])
    seen = []
    out = ["\ufeff"] if rng.random() < 0.3 else []
    out.append(delimiter.join(cell(rng, c, delimiter) for c in columns) + rng.choice(ends))
    for number in range(rng.randrange(1, 30)):
        value = rng.choice(seen) if seen and rng.random() < 0.3 else text(rng)
        seen.append(value)
        row = []
        for c in columns:
            row.append({"id": rng.choice([str(number), f'a"{number}', ""]), "text": value}.get(c, rng.choice(ODD)))
        if rng.random() < 0.08:  # ragged
            row = row[: rng.randrange(1, len(row) + 1)] if rng.random() < 0.5 else row + ["more"]
        out.append(delimiter.join(cell(rng, c, delimiter) for c in row) + rng.choice(ends))
        if rng.random() < 0.05:
            out.append(rng.choice(ends))
    data = "".join(out)
    return (data.rstrip("\r\n") if rng.random() < 0.2 else data).encode()


def read(path, delimiter):
    """Column names, and the rows: (line, cells)."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter)
        rows, before = [], 0
        for row in reader:
            if row:
                rows.append((before + 1, row))
            before = reader.line_num
    return rows[0][1], rows[1:]


def run(*arguments, where):
    done = subprocess.run([PROGRAM, *arguments, "-q"], cwd=where, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def as_json(columns, row):
    """The record of a row as JSON Lines; None: a bad row."""
    place = columns.index("text")
    if len(row) > len(columns) or len(row) <= place:
        return None
    record = {"text": row[place]}
    ident = columns.index("id")
    if ident < len(row) and row[ident] != "":
        record["id"] = row[ident]
    return record


def sketches(output):
    return [json.loads(line) for line in output.splitlines()]


def shown(sketch):
    return {k: v for k, v in sketch.items() if k not in ("file", "line")}


def run_delimiter(name, delimiter, where):
    rng = random.Random(name)
    suffix = "tsv" if name == "tab" else "csv"
    options = ["--delimiter", delimiter] if name == "bar" else []  # others are recognised
    for folder in ("csv", "json"):
        os.makedirs(f"{where}/{folder}")
    tables = {}
    for i in range(FILES):
        path = f"{where}/csv/{i:03}.{suffix}"
        with open(path, "wb") as file:
            file.write(make(rng, delimiter))
        tables[i] = read(path, delimiter)
        with open(f"{where}/json/{i:03}.jsonl", "w", encoding="utf-8") as file:
            for _, row in tables[i][1]:
                record = as_json(tables[i][0], row)
                file.write((json.dumps(record) if record else "bad") + "\n")

    # Records.
    code, out, err = run("sketch", "csv", "--slots", "16", *options, where=where)
    check(code in (0, 4), f"{name}: sketch of CSV: {code} {err}")
    ours = sketches(out)
    theirs = sketches(run("sketch", "json", "--slots", "16", where=where)[1])
    check(len(ours) == len(theirs), f"{name}: {len(ours)} records, Python reads {len(theirs)}")
    lines = [(f"{i:03}.{suffix}", line) for i in tables for line, row in tables[i][1] if as_json(tables[i][0], row)]
    by_file = {}
    for our, their, place in zip(ours, theirs, lines):
        good = shown(our) == shown(their) and (our["file"], our["line"]) == place
        by_file[our["file"]] = by_file.get(our["file"], True) and good
    for file, good in by_file.items():
        check(good, f"{name}: records of {file}")

    # What is kept.
    for unit in ("document", "paragraph"):
        extra = ["--unit", unit]
        code, _, err = run("dedup", "csv", "-o", f"out-{unit}", *options, *extra, where=where)
        check(code in (0, 4), f"{name}: dedup --unit {unit}: {code} {err}")
        removed = set()
        if unit == "document":
            run("dedup", "json", "-o", "json-out", where=where)
            with open(f"{where}/json-out/decisions.jsonl", encoding="utf-8") as file:
                for line in file:
                    decision = json.loads(line)
                    removed.add((int(decision["file"][:3]), decision["line"]))
        for i, (columns, rows) in tables.items():
            kept_columns, kept = read(f"{where}/out-{unit}/{i:03}.{suffix}", delimiter)
            expected = [row for number, (_, row) in enumerate(rows, 1) if (i, number) not in removed]
            got = [row for _, row in kept]
            if unit == "paragraph":
                place = columns.index("text")
                blank = [row[:place] + row[place + 1 :] for row in expected]
                got = [row[:place] + row[place + 1 :] for row in got]
                check(columns == kept_columns and got == blank, f"{name}: other columns of {i:03} after cutting")
            else:
                check(columns == kept_columns and got == expected, f"{name}: rows kept of {i:03}")


with tempfile.TemporaryDirectory() as folder:
    for delimiter_name, character in DELIMITERS.items():
        run_delimiter(delimiter_name, character, f"{folder}/{delimiter_name}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
