# SPDX-License-Identifier: MIT
"""Runs the cases tests/cli/COMMAND/NAME.case. A case is one file: a bash script and what it must print.

    # SPDX-License-Identifier: MIT
    # What the case is about.
    . "$CASES/lib.sh"
    corpus
    neardup find part-0.jsonl part-1.jsonl --format csv
    --- stdout
    cluster,size,...
    --- stderr
    documents      5  in 2 files, ...
    ...
    --- exit 1

The script runs in a fresh folder with the program on its PATH. Each section after it is optional:

    --- stdout                   standard output, exactly; without the section, nothing
    --- stdout no final newline  the same, but the last line does not end with a newline
    --- stdout patterns          standard output as patterns, for text that people read
    --- stderr                   standard error, always as patterns; without the section, nothing
    --- exit N                   the exit status; without the section, 0

A pattern matches one line, and `...` in it matches any characters. A line that is only `...` matches any number of lines.
No other character is special. An expected line that itself begins with `--- ` is written with a backslash before it.

A script that exits with status 77 skips its case; its standard error says why.

    tests/cli/run.sh [--update] [--program build/neardup] [-v] [--jobs N] [PART OF A NAME]...

`--update` rewrites the sections of the cases that fail. Patterns that still match stay as they are, and where a line
changes, the new pattern keeps each `...` that it can. Read the difference (git diff) before you commit it.
`--scripts FOLDER` writes the scripts of all cases into a folder, for shellcheck.
"""
import argparse
import concurrent.futures
import difflib
import doctest
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ANY = "..."
SKIPPED = 77
# A case takes seconds. The limit only ends a hang, on the slowest machine and under sanitizers.
WATCHDOG_SECONDS = 1800


# ---- the file of a case ----

def write_lines(path, lines):
    path.write_bytes("".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"))


def lines_of(path):
    """The lines of a file, and whether the last one ends with a newline."""
    lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    final_newline = lines[-1] == ""
    if final_newline:
        lines.pop()
    return lines, final_newline


class Case:
    """A case: `script`, `stdout` and `stderr` as lists of lines, and how they are compared."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(HERE).with_suffix(""))
        self.stdout, self.stderr, self.status = [], [], 0
        self.patterns = False
        self.final_newline = True
        lines = script = []
        sections = []
        for number, line in enumerate(lines_of(path)[0], 1):
            if not line.startswith("--- "):
                lines.append(line[1:] if lines is not script and re.match(r"\\+--- ", line) else line)
                continue
            mark, lines = line[4:], []
            sections.append((line, lines))
            if mark in ("stdout", "stdout patterns", "stdout no final newline"):
                self.stdout = lines
                self.patterns = mark.endswith("patterns")
                self.final_newline = not mark.endswith("newline")
            elif mark == "stderr":
                self.stderr = lines
            elif re.fullmatch("exit [0-9]+", mark):
                self.status = int(mark[5:])
            else:
                raise ValueError("%s:%d: unknown section '%s'" % (self.name, number, line))
        if any(lines for line, lines in sections if line.startswith("--- exit")):
            raise ValueError("%s: lines after the exit status" % self.name)
        self.script = script

    def write(self):
        lines = list(self.script)

        def section(mark, expected):
            lines.append("--- " + mark)
            lines.extend("\\" + line if re.match(r"\\*--- ", line) else line for line in expected)

        if self.stdout:
            section("stdout" + (" patterns" if self.patterns else "" if self.final_newline else " no final newline"),
                    self.stdout)
        if self.stderr:
            section("stderr", self.stderr)
        if self.status:
            section("exit %d" % self.status, [])
        write_lines(self.path, lines)


# ---- patterns ----

# Lines of a summary that differ from run to run: --update writes only their first word.
VOLATILE = r"time +[0-9.]+ s "

def matches_line(pattern, line):
    # Of four dots the last three are the pattern, so that "0...." is a number below 1.
    return re.fullmatch(".*".join(map(re.escape, re.split(r"\.\.\.(?!\.)", pattern))), line) is not None


def matches(patterns, lines):
    """Whether the lines match the patterns. After a mismatch, the last `...` takes one more line.

    >>> matches(["time ... s", "...", "end"], ["time 0.1 s", "a", "end", "b", "end"])
    True
    >>> matches(["...", "end"], ["end", "b"]) or matches(["a"], ["ab"]) or matches(["a"], []) or matches([], ["a"])
    False
    >>> matches(["[a*]? below 0...."], ["[a*]? below 0.25"]) and not matches(["0...."], ["1.5"])
    True
    """
    line = pattern = 0
    restart = None
    while line < len(lines) or pattern < len(patterns):
        if pattern < len(patterns) and patterns[pattern] == ANY:
            pattern += 1
            restart = (line, pattern)
        elif pattern < len(patterns) and line < len(lines) and matches_line(patterns[pattern], lines[line]):
            line, pattern = line + 1, pattern + 1
        elif restart is not None and restart[0] < len(lines):
            line, pattern = restart[0] + 1, restart[1]
            restart = (line, pattern)
        else:
            return False
    return True


def align(patterns, items):
    """The cheapest way to turn patterns into the items: pairs (pattern or None, item or None) in order, by dynamic
    programming. A new item in a pattern's place costs less than to drop the pattern and add the item, so that `...` does
    not swallow what it should not; what `...` itself matches is left out of the result."""
    keep, replace, drop, add, skip = 0, 2, 5, 4, 0.1
    rows, columns = len(patterns), len(items)
    best = [[(0, None)] * (columns + 1) for _ in range(rows + 1)]
    for p in range(rows, -1, -1):
        for i in range(columns, -1, -1):
            ways = []
            if p < rows and patterns[p] == ANY:
                ways.append((best[p + 1][i][0], "end"))
                if i < columns:
                    ways.append((skip + best[p][i + 1][0], "skip"))
            elif p < rows:
                ways.append((drop + best[p + 1][i][0], "drop"))
                if i < columns and matches_line(patterns[p], items[i]):
                    ways.append((keep + best[p + 1][i + 1][0], "both"))
                elif i < columns:
                    unlike = 1 - difflib.SequenceMatcher(None, patterns[p], items[i], False).ratio()
                    ways.append((replace + unlike + best[p + 1][i + 1][0], "both"))
            if i < columns:
                ways.append((add + best[p][i + 1][0], "add"))
            best[p][i] = min(ways, key=lambda way: way[0]) if ways else (0, None)
    p = i = 0
    while best[p][i][1]:
        way = best[p][i][1]
        if way == "end":
            yield ANY, None
        elif way in ("both", "add"):
            yield patterns[p] if way == "both" else None, items[i]
        p += way in ("end", "drop", "both")
        i += way in ("skip", "both", "add")


def renewed(patterns, items):
    """The patterns changed so that they match the items: what still matches stays, the rest becomes what the items say."""
    return [pattern if item is None or (pattern is not None and matches_line(pattern, item)) else (pattern, item)
            for pattern, item in align(patterns, items)]


def new_line(pattern, line):
    """A pattern for a line that the old pattern no longer matches: word by word, with each `...` that still fits."""
    if re.match(VOLATILE, line):
        return line.split()[0] + " " + ANY
    if pattern is None or ANY not in pattern:
        return line
    words = re.compile(r"\S+|\s+")
    parts = renewed(words.findall(pattern), words.findall(line))
    result = "".join(part if isinstance(part, str) else part[1] for part in parts)
    return result if matches_line(result, line) else line


def new_patterns(patterns, lines):
    """Patterns that the lines match, as close to the old ones as they can be.

    >>> new_patterns(["...", "time ... s", "kept 3"], ["a", "b", "elapsed 0.1 s", "kept 3"])
    ['...', 'elapsed ... s', 'kept 3']
    >>> new_patterns(["...", "hint: old"], ["a", "b", "hint: new"])
    ['...', 'hint: new']
    >>> new_patterns(["a...", "b", "c"], ["abc", "c", "d"])
    ['a...', 'c', 'd']
    >>> new_patterns(["a", "..."], ["...", "b"])
    ['...', '...']
    """
    result = [part if isinstance(part, str) else new_line(*part) for part in renewed(patterns, lines)]
    return result if matches(result, lines) else lines


# ---- a run ----

def difference(title, old, new):
    changes = difflib.unified_diff(old, new, "expected " + title, "actual " + title, lineterm="")
    return ["    " + line for line in list(changes)[:60]]


class Runner:
    def __init__(self, program, update):
        self.update = update
        # Not tempfile.mkdtemp: its names may contain "_", which a report in Markdown escapes.
        self.work = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
        (self.work / "bin").mkdir()
        (self.work / "bin" / "neardup").symlink_to(program)
        self.environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "NEARDUP_CPU")}
        self.environment.update(
            PATH="%s:%s" % (self.work / "bin", os.environ["PATH"]), LC_ALL="C.UTF-8", TERM="dumb", COLUMNS="100",
            NEARDUP_PYTHON="/nonexistent",  # tests of the Python package read Parquet files
            CASES=str(HERE))
        self.processes = set()

    def execute(self, case, folder):
        """Runs the script; the exit status, or None where the watchdog ended it."""
        room = folder / "room"
        room.mkdir()
        script = folder / "script"
        write_lines(script, case.script)
        with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
            process = subprocess.Popen(
                ["bash", str(script)], cwd=room, env=dict(self.environment, TMPDIR=str(room)),
                stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True)
        self.processes.add(process)
        try:
            status = process.wait(WATCHDOG_SECONDS)
            return status if status >= 0 else 128 - status
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None
        finally:
            self.processes.discard(process)

    def run(self, number, case):
        """The verdict on a case (passed, failed, skipped or updated), and lines to print about it."""
        folder = self.work / str(number)
        folder.mkdir()
        status = self.execute(case, folder)
        stdout, final_newline = lines_of(folder / "stdout")
        stderr, _ = lines_of(folder / "stderr")
        remove(folder)
        if status is None:
            return "failed", ["ended by the watchdog after %d seconds" % WATCHDOG_SECONDS]
        if status == SKIPPED:
            return "skipped", ["SKIPPED: %s: %s" % (case.name, " ".join(stderr))]

        notes = []
        if status != case.status:
            notes += ["exit status %d instead of %d" % (status, case.status)]
            notes += ["    stderr: " + line for line in stderr[:5]]
            case.status = status
        if case.patterns:
            if not matches(case.stdout, stdout):
                wanted = new_patterns(case.stdout, stdout)
                notes += ["standard output"] + difference("stdout", case.stdout, wanted)
                case.stdout = wanted
        elif stdout != case.stdout or final_newline != case.final_newline:
            notes += ["standard output" if stdout != case.stdout else "newline at the end of standard output"]
            notes += difference("stdout", case.stdout, stdout)
            case.stdout, case.final_newline = stdout, final_newline
        if not matches(case.stderr, stderr):
            wanted = new_patterns(case.stderr, stderr)
            notes += ["standard error"] + difference("stderr", case.stderr, wanted)
            case.stderr = wanted
        if not notes:
            return "passed", []
        if self.update:
            case.write()
            return "updated", notes
        return "failed", notes

    def stop(self):
        for process in list(self.processes):
            os.killpg(process.pid, signal.SIGKILL)
        remove(self.work)


def remove(folder):
    try:
        shutil.rmtree(folder)
    except OSError:
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


# ---- the command line ----

def main():
    parser = argparse.ArgumentParser(prog="tests/cli/run.sh", description="Runs the cases tests/cli/COMMAND/NAME.case.")
    parser.add_argument("--update", action="store_true", help="rewrite the sections of the cases that fail")
    parser.add_argument("--program", default=os.environ.get("NEARDUP", HERE.parent.parent / "build" / "neardup"))
    parser.add_argument("-v", "--verbose", action="store_true", help="also name the cases that pass")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at the same time [one per processor]")
    parser.add_argument("--scripts", metavar="FOLDER", help="write the scripts there, and run nothing")
    parser.add_argument("parts", nargs="*", metavar="PART", help="only cases with this in their name")
    arguments = parser.parse_args()

    paths = sorted(HERE.glob("*/*.case"))
    cases = [case for case in map(Case, paths)
             if not arguments.parts or any(part in case.name for part in arguments.parts)]
    if arguments.scripts:
        for case in cases:
            path = pathlib.Path(arguments.scripts, case.name + ".sh")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_lines(path, case.script)
        return 0

    program = pathlib.Path(arguments.program).resolve()
    if not os.access(program, os.X_OK):
        sys.exit("cannot run '%s': no such program" % program)
    runner = Runner(program, arguments.update)
    counts = dict.fromkeys(("passed", "failed", "skipped", "updated"), 0)
    if doctest.testmod(verbose=False)[0]:
        sys.exit("the patterns do not work: every verdict would be wrong")
    pool = concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs))
    try:
        # Results come in the order of the names, whatever case ends first.
        for case, (verdict, notes) in zip(cases, pool.map(runner.run, range(len(cases)), cases)):
            counts[verdict] += 1
            if verdict in ("failed", "updated"):
                print("%s %s: %s" % (verdict.upper() if verdict == "failed" else verdict, case.name, notes[0]))
                print("".join(line + "\n" for line in notes[1:]), end="")
            elif notes or arguments.verbose:
                print("\n".join(notes) if notes else "passed %s" % case.name)
            sys.stdout.flush()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        runner.stop()
    for word in ("skipped", "updated"):
        if counts[word]:
            print("%d %s" % (counts[word], word))
    print("%d passed, %d failed" % (counts["passed"] + counts["updated"], counts["failed"]))
    return counts["failed"] != 0


if __name__ == "__main__":
    sys.exit(main())
