# SPDX-License-Identifier: MIT
"""Changes the code that decides, one operator at a time, and lists the changes that no test notices.

    tests/tools/mutants.py [--seed N] [--count N] [--files PART]... [--cli] [--list] [--only FILE:LINE:NUMBER]

A mutant is a file of src/match, src/cluster, src/engine, src/text or src/compare with one change: `<` becomes `<=`, `&&`
becomes `||`, a number becomes one more, a condition is negated, a statement is left out. The same seed gives the same
mutants of the same sources. For each, one object is compiled and the library for tests is linked (MODE=mutants in the
Makefile), in a copy of the tree under build-mutants. Then the Criterion programs run, fastest first, until one fails: the
mutant is killed. If all pass, the slow programs have their turn (not with `--fast`), and with `--cli` the cases of tests/cli.
It lives if all of them pass. A mutant that does not compile, or whose object is the same as before, does not count.

Each survivor is printed with its file, line and change. Write a test that kills it. If no test can, because the program does
the same with it, a row of tests/tools/mutants_left.txt says why: FILE | LINE OF THE SOURCE | CHANGE | REASON. The text of the
line identifies it, so that rows outlive other changes of the file. Status 1 means that a mutant lived and has no row.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEFT = ROOT / "tests/tools/mutants_left.txt"
BUILD = ROOT / "build-mutants"
TREE = BUILD / "tree"
FOLDERS = ("match", "cluster", "engine", "text", "compare")
SECONDS = BUILD / "seconds.json"
# CPU seconds. A program that takes longer without a mutant is slow.
SLOW_SECONDS = 4
# A mutant that waits for ever uses no CPU time.
WALL_SECONDS = 600

# ---- the changes ----

SWAPS = [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "), (" != ", " == "),
         (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "), (" += ", " -= "), (" -= ", " += "),
         (" * ", " + "), (" / ", " * "), (" % ", " / "), (" << ", " >> "), (" >> ", " << "), (" & ", " | "), (" | ", " & "),
         (" ^ ", " | "), ("true", "false"), ("false", "true"), ("continue;", "break;"), ("++", "--")]
# What only speaks of failures, frees, or is there for the compiler.
SKIPPED = re.compile(r"NDUP_TRY|ndup_error|_free\(|\bfree\(|_destroy\(|_close\(|_unlock\(|_lock\(|assert|NDUP_ARRAY|^\s*#|"
                     r"__attribute__|prefetch|ndup_progress|NULL, NULL\)")
# What a comparison function returns: only the sign counts, so that 2 is as good as 1.
SIGN = re.compile(r"\? -1 : |\? 1 : -1")
DECLARATION = re.compile(r"^\s*(static |const |struct |enum |union |unsigned |u?int\d*(_t)? |size_t |bool |char |double |"
                         r"float |void |typedef |extern |neardup_\w+ |\w+_t )")


def masked(source):
    """The source with comments and the insides of strings blanked: same length."""
    def blank(match):
        text = match.group(0)
        return re.sub(r"[^\n]", " ", text) if text.startswith("/") else text[0] + "_" * (len(text) - 2) + text[-1]
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, source, flags=re.S)


def closing(text, at):
    """The place of the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


class Mutant:
    def __init__(self, name, line, source_line, begin, end, new, change, number):
        self.name, self.line, self.source_line = name, line, source_line.strip()
        self.begin, self.end, self.new, self.change, self.number = begin, end, new, change, number
        self.id = "%s:%d:%d" % (name, line, number)


def mutants_of(name, source):
    """All changes of a file, in order."""
    text = masked(source)
    lines = source.splitlines(keepends=True)
    found = []
    offset = 0
    in_macro = False
    for number, line in enumerate(lines, 1):
        code = text[offset:offset + len(line)]
        sites = []
        macro = in_macro or code.lstrip().startswith("#")
        in_macro = macro and code.rstrip().endswith("\\")
        if not macro and not SKIPPED.search(line) and code.strip():
            for old, new in SWAPS:
                at = code.find(old)
                while at >= 0:
                    word = old.isalpha() and (code[at - 1:at].isalnum() or code[at - 1:at] == "_" or
                                              code[at + len(old):at + len(old) + 1].isalnum())
                    if not word:
                        sites.append((at, at + len(old), new, "%s -> %s" % (old.strip(), new.strip())))
                    at = code.find(old, at + 1)
            for match in re.finditer(r"(?<![\w.\[])(\d+)(?![\w.])", "" if SIGN.search(code) else code):
                more = str(int(match.group(1)) + 1)
                sites.append((match.start(), match.end(), more, "%s -> %s" % (match.group(1), more)))
            for match in re.finditer(r"\b(if|while) \(", code):
                end = closing(text, offset + match.end() - 1)
                if end > 0:
                    inner = source[offset + match.end():end]
                    sites.append((match.end(), end - offset, "!(%s)" % inner, "negated %s" % match.group(1)))
            statement = re.fullmatch(r"\s+([\w.\->\[\]*]+(\(.*\)| [-+*/|&^]?= .*)|[\w.\->\[\]]+(\+\+|--));\s*", code)
            if statement and not DECLARATION.match(code):
                begin = len(code) - len(code.lstrip())
                sites.append((begin, len(code.rstrip()), ";", "statement left out"))
        counts = {}
        for i, (begin, end, new, change) in enumerate(sorted(sites)):
            # The second `<` of a line has another name than the first.
            counts[change] = counts.get(change, 0) + 1
            if counts[change] > 1:
                change = "%s, place %d" % (change, counts[change])
            found.append(Mutant(name, number, line, offset + begin, offset + end, new, change, i))
        offset += len(line)
    return found


# ---- the copy of the tree, and what builds in it ----

def make(*arguments):
    return subprocess.run(["make", "-s", "MODE=mutants", *arguments], cwd=TREE, env=ENVIRONMENT, capture_output=True,
                          text=True, check=False)


ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "MODE")}


def copy_tree():
    """What git tracks, with the changes that are not committed; files that did not change keep their time."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for old in list(TREE.rglob("*")):
        name = str(old.relative_to(TREE))
        if old.is_file() and not name.startswith("build-mutants/") and name not in wanted:
            old.unlink()
            SECONDS.unlink(missing_ok=True)
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.exists() or source.read_bytes() != target.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
            SECONDS.unlink(missing_ok=True)  # what passes may have changed


def commands_for(name):
    """The commands that make the library for tests after a change of a file."""
    listed = subprocess.run(["make", "-n", "-j1", "V=1", "MODE=mutants", "-W", name, "build-mutants/libmutants.so"],
                            cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    wanted = [line for line in listed.replace("\\\n", " ").splitlines() if " -c " + name in line or "libmutants.so" in line]
    return "\n".join(line for line in wanted if not line.lstrip().startswith(("printf", "#")))


# ---- tests ----

def cpu_seconds(pid):
    """CPU seconds of a process and its children, those that have ended included."""
    try:
        fields = pathlib.Path("/proc/%d/stat" % pid).read_text(encoding="latin-1").rpartition(")")[2].split()
        children = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(cpu_seconds(int(child)) for child in children)


class Tests:
    """The Criterion programs, with the CPU seconds that each takes: what else the machine does has no say in them."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.seconds = {}
        known = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
        programs = ["build-mutants/" + str(source.relative_to(TREE).with_suffix(""))
                    for source in sorted(TREE.glob("tests/*/test_*.c"))]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            measured = pool.map(lambda p: known.get(p) or self.run(p, SLOW_SECONDS), programs)
        for program, outcome in zip(programs, measured):
            if outcome[0] == "failed":
                print("%s fails without a mutant: it is left out" % program)
                continue
            self.seconds[program] = outcome[1]
            known[program] = outcome
        SECONDS.write_text(json.dumps(known))
        self.slow = [p for p in self.seconds if known[p][0] == "slow" or known[p][1] > SLOW_SECONDS]
        self.programs = [p for p in self.seconds if p not in self.slow]

    @staticmethod
    def run(program, seconds, over=None):
        """How a program ends (passed, failed, slow: it took more CPU seconds), and its CPU seconds."""
        def limits():
            os.nice(5)
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        with subprocess.Popen([program, "--short-filename", "--fail-fast", "-j1"], cwd=TREE, env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              preexec_fn=limits, start_new_session=True) as process:
            begin = time.monotonic()
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid != 0:
                    process.returncode = os.waitstatus_to_exitcode(status)
                    return ("passed" if status == 0 else "failed", usage.ru_utime + usage.ru_stime)
                # Criterion runs each test in a process of its own, which /proc counts until it has ended.
                if (over is not None and over.is_set()) or time.monotonic() > begin + WALL_SECONDS or (
                        seconds is not None and cpu_seconds(process.pid) > seconds):
                    os.killpg(process.pid, 9)
                    process.wait()
                    return ("slow", seconds or WALL_SECONDS)
                time.sleep(0.02)

    def killer(self, name):
        """The test that notices the mutant in file `name`, or None. Tests that are named after its folder go first."""
        folder = name.split("/")[1]
        near = [p for p in self.programs if "/test_%s_" % folder in p or (folder == "engine" and "/test_job" in p)]
        order = near + [p for p in self.programs if p not in near]
        order.sort(key=lambda p: self.seconds[p] * (0.2 if p in near else 1))
        return self.first_failure(order, lambda p: 5 * self.seconds[p] + 10)

    def slow_killer(self):
        """The slow test that notices it. The time limit only ends a hang: how long they take is not known."""
        return self.first_failure(self.slow, lambda p: 300)

    def first_failure(self, order, limit):
        over = threading.Event()
        found = []

        def run(program):
            if over.is_set():
                return
            if self.run(program, limit(program), over)[0] != "passed" and not over.is_set():
                found.append(program)
                over.set()

        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(run, order))
        return found[0].removeprefix("build-mutants/tests/") if found else None


def failing_cases():
    """The names of the cases of tests/cli that fail; None if there is no program."""
    if make("build-mutants/neardup").returncode != 0:
        return None
    done = subprocess.run(["tests/cli/run.sh", "--program", "build-mutants/neardup"], cwd=TREE, env=ENVIRONMENT,
                          capture_output=True, text=True, errors="replace", check=False)
    return set(re.findall(r"^FAILED ([^:\n]+)", done.stdout, re.M))


# ---- the run ----

def read_left():
    rows = {}
    for number, line in enumerate(LEFT.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() == "" or line.startswith("#"):
            continue
        parts = line.split(" | ")
        if len(parts) != 4:
            sys.exit("%s:%d: expected FILE | LINE OF THE SOURCE | CHANGE | REASON" % (LEFT, number))
        rows[tuple(part.strip() for part in parts[:3])] = parts[3]
    return rows


def key(mutant):
    return (mutant.name, mutant.source_line.replace(" | ", " ¦ "), mutant.change.replace(" | ", " ¦ "))


def try_mutant(mutant, source, commands, tests, given):
    """`killed by ...`, `lives`, or why it does not count."""
    path = TREE / mutant.name
    built = TREE / "build-mutants/obj" / pathlib.Path(mutant.name).with_suffix(".o")
    before = built.read_bytes()
    path.write_text(source[:mutant.begin] + mutant.new + source[mutant.end:], encoding="utf-8")
    try:
        compiled = subprocess.run(["sh", "-ec", commands.splitlines()[0]], cwd=TREE, env=ENVIRONMENT, capture_output=True,
                                  check=False)
        if compiled.returncode != 0:
            return "does not compile"
        if built.read_bytes() == before:
            return "same object"
        subprocess.run(["sh", "-ec", commands], cwd=TREE, env=ENVIRONMENT, capture_output=True, check=True)
        by = tests.killer(mutant.name)
        if by is None and not given.fast:
            by = tests.slow_killer()
        if by is None and given.cli:
            failing = failing_cases()
            more = {"every case"} if failing is None else failing - given.failing
            by = "cli/" + min(more) if more else None
        return "killed by " + by if by else "lives"
    finally:
        path.write_text(source, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default="1", help="chooses the mutants (1); also a word, such as today's date")
    parser.add_argument("--count", type=int, default=50, help="how many of them; 0: all")
    parser.add_argument("--files", action="append", default=[], metavar="PART", help="only files whose path contains PART")
    parser.add_argument("--only", action="append", default=[], metavar="FILE:LINE:NUMBER", help="these mutants")
    parser.add_argument("--cli", action="store_true", help="survivors also run the cases of tests/cli")
    parser.add_argument("--fast", action="store_true", help="do not give survivors to the slow Criterion programs")
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()

    sources = {}
    mutants = []
    for folder in FOLDERS:
        for path in sorted((ROOT / "src" / folder).glob("*.c")):
            name = str(path.relative_to(ROOT))
            if all(part not in name for part in given.files) and given.files:
                continue
            sources[name] = path.read_text(encoding="utf-8")
            mutants += mutants_of(name, sources[name])
    everything = len(mutants)
    if given.only:
        mutants = [m for m in mutants if m.id in given.only]
    elif given.count:
        mutants = random.Random(given.seed).sample(mutants, min(given.count, len(mutants)))
    if given.list:
        for m in mutants:
            print("%s: %s: %s" % (m.id, m.change, m.source_line))
        return 0

    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    left = read_left()
    built = make("build-mutants/libmutants.so", "build-mutants/neardup",
                 *("build-mutants/" + str(p.relative_to(TREE).with_suffix("")) for p in sorted(TREE.glob("tests/*/test_*.c"))))
    if built.returncode != 0:
        sys.exit(built.stderr)
    tests = Tests(given.jobs)
    print("seed %s: %d of %d mutants, %d test programs, %d slow ones" % (
        given.seed, len(mutants), everything, len(tests.programs), len(tests.slow)), flush=True)

    given.failing = (failing_cases() or set()) if given.cli else set()
    if given.failing:
        print("these cases fail without a mutant: %s" % ", ".join(sorted(given.failing)))
    commands = {}
    count = {"killed": 0, "equivalent": 0, "lives": 0, "not counted": 0}
    for m in sorted(mutants, key=lambda m: (m.name, m.begin)):
        if key(m) in left:
            count["equivalent"] += 1
            continue
        if m.name not in commands:
            # Whatever the mutant before it left behind.
            if make("build-mutants/libmutants.so").returncode != 0:
                sys.exit("cannot build the library for tests")
            commands[m.name] = commands_for(m.name)
        verdict = try_mutant(m, sources[m.name], commands[m.name], tests, given)
        kind = "killed" if verdict.startswith("killed") else "lives" if verdict == "lives" else "not counted"
        count[kind] += 1
        if kind == "lives":
            print("LIVES   %s: %s: %s" % (m.id, m.change, m.source_line), flush=True)
        else:
            print("%-7s %s: %s (%s)" % ("killed" if kind == "killed" else "-", m.id, m.change, verdict), flush=True)
    print("mutants: %d killed, %d live, %d left for a reason (tests/tools/mutants_left.txt), %d not counted; seed %s" % (
        count["killed"], count["lives"], count["equivalent"], count["not counted"], given.seed))
    return 1 if count["lives"] else 0


if __name__ == "__main__":
    sys.exit(main())
