# SPDX-License-Identifier: MIT
"""Runs the tests with gcov's counters and prints how many lines and branches of src/ ran, per file and in total.

    tests/tools/coverage.py BUILD [--no-run] [--suites "fault e2e cli"] [--missing PART]...

BUILD is made by `make MODE=coverage tests`; `make coverage` does both. `--no-run` prints the counters that are there.
`--missing PART` lists the lines and branches that did not run in files whose path contains PART; the complete list is
always written to BUILD/missing.txt.

A line or branch that no test can run, or that is not worth a test, is left out by a row of tests/tools/coverage_left.txt,
with the reason. A row of `both` that leaves out a condition, or the first line of a function, leaves out what it guards,
too: the lines below it that are indented more and that never ran. The table shows how many were left out. The goals are 97 % of the lines and 90 % of the branches; status 1
says that they were missed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEFT = ROOT / "tests/tools/coverage_left.txt"
LINES_GOAL, BRANCHES_GOAL = 97.0, 90.0
# page, install and symbols run the program and the library in no way of their own.
SUITES = "fault e2e reports cli criterion fuzz kill readme csv"


class Left:
    """A row of the list: which file, which lines, and why."""

    def __init__(self, files, what, pattern, reason):
        self.files, self.what, self.pattern, self.reason = re.compile(files), what, re.compile(pattern), reason
        self.used = 0

    def holds(self, name, what, text):
        return (self.what in (what, "both") and self.files.fullmatch(name) is not None and
                self.pattern.search(text) is not None)


def read_left():
    rows = []
    for number, line in enumerate(LEFT.read_text().splitlines(), 1):
        if line.strip() == "" or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 4 or parts[1] not in ("lines", "branches", "both"):
            sys.exit("%s:%d: expected FILES | lines, branches or both | PATTERN | REASON" % (LEFT, number))
        rows.append(Left(*parts))
    return rows


def counters(gcda):
    """What gcov says of one object: {file: {line: [count, [count of each branch]]}}."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", gcda.name], cwd=gcda.parent,
                          capture_output=True, check=True)
    found = {}
    for part in done.stdout.splitlines():
        for entry in json.loads(part)["files"]:
            name = entry["file"]
            if os.path.isabs(name) or not name.startswith("src/"):
                continue
            lines = found.setdefault(name, {})
            for line in entry["lines"]:
                add(lines, line["line_number"], line["count"], [b["count"] for b in line["branches"] if not b["throw"]])
    return found


def add(lines, number, count, branches):
    """A header is in many objects, and a template is many functions: a line has run if it ran in one of them, and so has a
    branch."""
    have = lines.setdefault(number, [0, []])
    have[0] += count
    if len(have[1]) == len(branches):
        have[1] = [a + b for a, b in zip(have[1], branches)]
    elif len(have[1]) < len(branches):
        have[1] = branches


def merge(all_found):
    total = {}
    for found in all_found:
        for name, lines in found.items():
            for number, (count, branches) in lines.items():
                add(total.setdefault(name, {}), number, count, branches)
    return total


def percent(ran, of):
    return 100.0 * ran / of if of else 100.0


def judge(total, left, missing):
    """Rows of the table; what is missing goes to the file object `missing`."""
    rows = []
    for name in sorted(total):
        text = (ROOT / name).read_text().splitlines()
        row = [name, 0, 0, 0, 0, 0]
        guard = None  # the row of the list that leaves out the condition above, and how far the condition is indented
        for number, (count, branches) in sorted(total[name].items()):
            source = text[number - 1] if number <= len(text) else ""
            indent = len(source) - len(source.lstrip())
            reasons = {what: next((r for r in left if r.holds(name, what, source)), None) for what in ("lines", "branches")}
            if guard is not None and (count > 0 or indent < guard[1] or (indent == guard[1] and source.strip() != "}")):
                guard = None
            if guard is not None:
                reasons = {"lines": guard[0], "branches": guard[0]}
            elif reasons["branches"] is not None and reasons["branches"] is reasons["lines"]:
                guard = (reasons["lines"], indent)
            if count > 0 or reasons["lines"] is None:
                row[2] += 1
                row[1] += count > 0
            else:
                reasons["lines"].used += 1
                row[5] += 1
            ran = sum(b > 0 for b in branches)
            if ran < len(branches) and (reasons["branches"] or (count == 0 and reasons["lines"])):
                (reasons["branches"] or reasons["lines"]).used += 1
                row[5] += len(branches) - ran
                branches = branches[:ran]
            row[3] += ran
            row[4] += len(branches)
            if (count == 0 and reasons["lines"] is None) or ran < len(branches):
                what = "line" if count == 0 else "%d of %d" % (len(branches) - ran, len(branches))
                missing.write("%s:%d: %s: %s\n" % (name, number, what, source.strip()))
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--suites", default=SUITES)
    parser.add_argument("--missing", action="append", default=[])
    given = parser.parse_args()
    os.chdir(ROOT)
    build = pathlib.Path(given.build)
    left = read_left()

    status = 0
    if not given.no_run:
        for gcda in build.rglob("*.gcda"):
            gcda.unlink()
        status = subprocess.run(["tests/run.sh", str(build), *given.suites.split()], check=False,
                                env=dict(os.environ, FAULT_PLACES="1")).returncode
        if status != 0:
            print("tests failed: what they ran counts nevertheless")
    objects = sorted((build / "obj/src").rglob("*.gcda"))
    # An object that no program of the tests contains, or that never ran, has no counters; its lines are all missing.
    objects += [o for o in sorted((build / "obj/src").rglob("*.gcno")) if not o.with_suffix(".gcda").exists()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        total = merge(pool.map(counters, objects))

    with open(build / "missing.txt", "w", encoding="utf-8") as missing:
        rows = judge(total, left, missing)
    print("%-40s %15s %7s %15s %7s %9s" % ("file", "lines", "%", "branches", "%", "left out"))
    whole = ["all", *(sum(row[i] for row in rows) for i in range(1, 6))]
    for name, lines_ran, lines, ran, branches, out in [*rows, whole]:
        print("%-40s %7d/%-7d %7.1f %7d/%-7d %7.1f %9d" % (name, lines_ran, lines, percent(lines_ran, lines), ran, branches,
                                                           percent(ran, branches), out))
    for row in left:
        if row.used == 0:
            print("coverage_left.txt: nothing is left out by: %s | %s" % (row.files.pattern, row.pattern.pattern))
    for line in (build / "missing.txt").read_text(encoding="utf-8").splitlines():
        if any(part in line.split(":")[0] for part in given.missing):
            print(line)
    reached = percent(*whole[1:3]) >= LINES_GOAL and percent(*whole[3:5]) >= BRANCHES_GOAL
    print("coverage: %.1f %% of lines (goal %g), %.1f %% of branches (goal %g); %d left out for a reason; %s/missing.txt "
          "lists the rest" % (percent(*whole[1:3]), LINES_GOAL, percent(*whole[3:5]), BRANCHES_GOAL, whole[5], build))
    return 1 if status != 0 or not reached else 0


if __name__ == "__main__":
    sys.exit(main())
