# SPDX-License-Identifier: MIT
"""Makes the N-th allocation, read, write, open, close and so on of a small run of each command fail, once and from then on.

    tests/fault/run.sh [--all | --limit N] [--places] [--seed WORD] [--jobs PART,...] [--kinds KIND,...] [--workers N] [--at N]

The program must always end by itself: with the right status and output if it did not need the call, or with status 2, a message
and no output left behind. Never a crash, a hang or half a result. Short counts and interruptions by signals are not failures:
the run must succeed.

Of each kind --limit (FAULT_LIMIT, 6) calls are tried: a random sample, chosen by a seed that is printed (FAULT_SEED; the
commit otherwise, so that each commit tries others). `--all` tries every call: `make nightly` does. `--places` (FAULT_PLACES)
tries also one call of each place in the program that no job before has tried: `make coverage` does. A place is a line and the
functions that led to it. A failure prints the command; `--jobs JOB --kinds KIND --at N` tries it again.
"""
import argparse
import concurrent.futures
import difflib
import gzip
import hashlib
import io
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
NEARDUP = os.environ.get("NEARDUP", str(BUILD / "neardup"))
LIBRARY = BUILD / "tests/fault/libfault.so"
KINDS = ("alloc", "read", "write", "open", "close", "rename", "stat", "sync", "folder", "remove", "lock", "thread", "short",
         "eintr")
# No failures: the run must succeed.
HARMLESS = ("short", "eintr")
HANGS_AFTER = 120  # seconds; a run takes some milliseconds


def fingerprint(folder):
    """All files of an output folder with their bytes, but summary.json, which holds times, and the program's work folder,
    which the next run removes."""
    found = []
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if path.is_file() and path.name != "summary.json" and ".neardup" not in path.parts:
            found.append((str(path.relative_to(folder)), hashlib.md5(path.read_bytes()).hexdigest()))
    return found


def read(path):
    return path.read_bytes() if path.exists() else None


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()


# ---- inputs, the same for all workers ----

def make_inputs(work):
    def generate(path, documents, seed):
        subprocess.run([BUILD / "bench/gen_corpus", "--documents", str(documents), "--mean-words", "60", "--duplicates", "0.5",
                        "--seed", str(seed), "-o", path], check=True, stdout=subprocess.DEVNULL)

    (work / "in/deep").mkdir(parents=True)
    generate(work / "in/a.jsonl", 60, 1)
    generate(work / "b", 20, 2)
    (work / "in/b.jsonl.gz").write_bytes(gzip.compress((work / "b").read_bytes(), mtime=0))
    subprocess.run(["zstd", "-q", work / "b", "-o", work / "in/deep/c.jsonl.zst"], check=True)

    # Paragraphs that repeat in and between documents, lines that repeat, an opening that is contained.
    numbers = random.Random(5)
    pool = [" ".join("w%d" % numbers.randrange(900) for _ in range(20)) for _ in range(10)]
    lines = []
    for i in range(40):
        text = "\\n\\n".join([pool[i % 10], numbers.choice(pool), "credit\\ncredit", pool[i % 10][:70],
                             "own %d %d %d" % (i, i * i, i + 1)])
        lines.append('{"id":%d,"site":"s%d","text":"%s"}\n' % (i, i % 3, text))
    (work / "parts").mkdir()
    (work / "parts/a.jsonl").write_text("".join(lines))
    (work / "parts/a.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    (work / "mixed").mkdir()
    (work / "mixed/a.jsonl").write_text("".join(lines[:12]))
    (work / "mixed/b.csv").write_text("id,text\n" + "".join('%d,"%s"\n' % (i, pool[i % 10]) for i in range(12)))
    (work / "mixed/c.txt").write_text("\n\n".join(pool[:4] + pool[2:6]) + "\n")

    (work / "codecs").mkdir()
    for suffix, command in (("bz2", "bzip2"), ("xz", "xz"), ("lzma", "xz --format=lzma"), ("lz4", "lz4 -q -c -"), ("br", "brotli -c -")):
        (work / ("codecs/a.jsonl." + suffix)).write_bytes(subprocess.run(
            command.split(), input="".join(lines[:20]).encode(), stdout=subprocess.PIPE, check=True).stdout)

    # A web archive in gzip members, and in one.
    def record(kind, block, names=b""):
        return (b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://a.example/%d\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n"
                % (kind, len(block), names, len(block), block))

    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=koi8-r\r\nContent-Encoding: gzip\r\n\r\n"
    records = [record(b"request", b"GET / HTTP/1.1\r\n\r\n")]
    for i in range(12):
        block = page + gzip.compress(b"<p>\xf4" + pool[i % 7].encode() * 9, mtime=0)
        records.append(record(b"response", block, b"WARC-Record-ID: <%d>\r\n" % i))
        records.append(record(b"revisit", b"", b"WARC-Refers-To: <%d>\r\n" % i))
    (work / "web").mkdir()
    (work / "web/a.warc.gz").write_bytes(b"".join(gzip.compress(r, mtime=0) for r in records))
    (work / "web/b.warc.gz").write_bytes(gzip.compress(b"".join(records), mtime=0))

    # Archives: members that stay, that go, and that change.
    (work / "archives").mkdir()
    members = [("a.txt", pool[0] * 3), ("b.txt", pool[0] * 3), ("c.jsonl", "".join(lines[:12]))]
    with zipfile.ZipFile(work / "archives/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    with tarfile.open(work / "archives/b.tar.gz", "w:gz") as archive:
        for name, text in members + [("c.jsonl", "".join(lines[10:20]))]:
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        entry = tarfile.TarInfo("d.txt")
        entry.type, entry.linkname = tarfile.LNKTYPE, "b.txt"
        archive.addfile(entry)

    # A folder that files are chosen from, in a repository.
    (work / "chosen/.git").mkdir(parents=True)
    (work / "chosen/.gitignore").write_text("b.*\n")
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        (work / "chosen" / name).write_text("".join(lines[:12]))

    # References: some of it, and texts that are all near to each other.
    (work / "known").mkdir()
    (work / "known/a.jsonl.gz").write_bytes(gzip.compress("".join(lines[:15]).encode(), mtime=0))
    (work / "known/b.jsonl").write_text("".join(
        '{"text":"number %d%s"}\n' % (i, "".join(" w%d" % w for w in range(60))) for i in range(100)))
    (work / "allow").write_text("0123456789abcdef0123456789abcdef  # nothing\n")
    (work / "list").write_text("%s\n%s\n" % (work / "in/a.jsonl", work / "in/b.jsonl.gz"))


def run_plainly(*arguments, statuses=(0,)):
    done = subprocess.run([NEARDUP, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in statuses:
        sys.exit("without a fault: %s: %s" % (arguments, done.stderr.decode()))
    return done.stdout


# ---- a job: a command, and how its result is judged ----

class Job:
    """`arguments` may contain {w}, the folder of the worker, and {i}, the inputs. `files` are what it may write."""

    def __init__(self, name, arguments, program=NEARDUP, files=(), right=0, said="neardup: error: ", ready=None, kinds=KINDS,
                 lenient=None, environment=()):
        self.name, self.arguments, self.program = name, arguments, program
        self.files, self.right, self.said, self.ready, self.kinds, self.lenient = files, right, said, ready, kinds, lenient
        self.environment = dict(environment)
        self.expected = self.before = None

    def command(self, work, inputs):
        return [self.program, *(a.format(w=work, i=inputs) for a in self.arguments)]

    def prepare(self, work, inputs):
        for name in self.files:
            remove(work / name)
            for left in work.glob(name + ".*"):
                remove(left)
        if self.ready:
            self.ready(work, inputs)

    def result(self, work):
        """What the run left."""
        return [fingerprint(work / name) if (work / name).is_dir() else read(work / name) for name in self.files]

    def judge(self, kind, done, work):
        """None, or what is wrong."""
        said = done.stderr.decode("utf-8", "replace")
        aborted = done.returncode == -6 and kind == "alloc" and "std::bad_alloc" in said
        result = self.result(work)
        if done.returncode == self.right:
            if (done.stdout, result) != self.expected and not (self.lenient and self.lenient(kind, done, said)):
                return "other output"
        elif kind in HARMLESS:
            return "it should succeed"
        elif aborted:
            # simdjson 3.0 makes its tables on first use, in functions that are noexcept: when that allocation (one, of some
            # forty bytes) fails, the C++ library ends the process before anybody can catch it.
            return None
        elif done.returncode != 2 or re.search("^" + re.escape(self.said), said, re.M) is None:
            return "no message, or another status"
        else:
            for name, now, before in zip(self.files, result, self.before):
                wrong = self.judge_rest(work / name, now, before, kind, said)
                if wrong:
                    return wrong
        left = [str(p.relative_to(work)) for p in work.rglob("*") if re.search(r"\.tmp|/scratch/.", str(p))]
        return "left behind: %s" % left if left and kind != "remove" else None

    def judge_rest(self, path, now, before, kind, said):
        """Status 2: what was there is there, or nothing is, or the result, perhaps without an input that could not be read."""
        if now in (before, None, []) or now in self.expected[1]:
            return None
        if "the rest was processed" in said and (not path.is_dir() or (path / "summary.json").exists()):
            return None
        # Renames that fail from some time on cannot be undone: the next command completes or undoes them.
        if kind == "rename" and (path / ".neardup").exists():
            return None
        return "half a result: %s" % path.name


def jobs_of(work):
    def older_run(folder, inputs):
        run_plainly("dedup", inputs / "in", "-o", folder / "out", "--threshold", "0.9", "-q")

    def older_baseline(folder, _):
        shutil.copy(work / "baseline", folder / "baseline")

    def dedup(name, source, *options, ready=None):
        return Job(name, ["dedup", "{i}/" + source, "-o", "{w}/out", "--threads", "2", "--scratch", "{w}/scratch", "-q", *options],
                   files=("out",), ready=ready)

    def not_shown(kind, done, said):
        return kind != "alloc" and re.search(rb"not shown: |incomplete: ", done.stdout) is not None

    def not_read_again(kind, done, said):
        return kind != "alloc" and b"(cannot be read)" in done.stdout

    def warned(kind, done, said):
        return "warning: " in said

    run_plainly("dedup", work / "mixed/a.jsonl", "-o", work / "run", "--unit", "document,paragraph", "--threshold", "0.9", "-q")
    run_plainly("dedup", work / "in/a.jsonl", "-q", "-o", work / "explained")
    run_plainly("check", work / "in/a.jsonl", "--no-config", "--baseline", work / "baseline", "--update-baseline", "-q")
    removed = re.search(r'"id":"([^"]*)"', (work / "explained/decisions.jsonl").read_text()).group(1)
    kept = re.search(r'"id":"([^"]*)"', (work / "explained/a.jsonl").read_text()).group(1)

    jobs = [
        dedup("dedup documents", "in"),
        dedup("dedup over an older run", "in", "--force", ready=older_run),
        dedup("dedup paragraphs", "parts", "--unit", "document,paragraph", "--max-copies", "20", "--drop-emptied",
              "--min-remaining", "30"),
        dedup("dedup contained documents", "in", "--contained", "0.5", "--contained-min-tokens", "0", "--threshold", "0.9",
              "--memory", "64M"),
        dedup("dedup formats", "mixed", "--pairs", "--contained", "0.8"),
        dedup("dedup codecs", "codecs"),
        dedup("dedup chosen files", "chosen", "--gitignore", "--exclude", "{{c,d}}.*"),
        dedup("dedup archives", "archives"),
        dedup("dedup web archives", "web", "--group-field", "host"),
        dedup("dedup annotate", "parts", "--unit", "line", "--annotate", "--memory", "64M"),
        dedup("dedup references", "parts", "--unit", "document,paragraph", "--reference", "{i}/known", "--keep", "last"),
        dedup("dedup fingerprints", "parts", "--method", "simhash", "--distance", "16", "--reference", "{i}/known"),
        Job("dedup without O_TMPFILE", ["dedup", "{i}/in", "-o", "{w}/out", "--scratch", "{w}/scratch", "-q"], files=("out",),
            environment={"FAULT_NO_TMPFILE": "1"}),
        Job("dedup to standard output", ["dedup", "{i}/in/a.jsonl", "-o", "-", "--scratch", "{w}/scratch", "-q"]),
        Job("find", ["find", "--files-from", "{i}/list", "--format", "jsonl", "-o", "{w}/found", "-q"], files=("found",)),
        Job("find pairs", ["find", "{i}/in/a.jsonl", "--pairs", "--format", "csv", "--candidates", "all", "-q"]),
        Job("find table", ["find", "{i}/parts/a.jsonl", "--unit", "paragraph", "--format", "table", "-q"],
            lenient=not_read_again),
        Job("check", ["check", "{i}/in", "--no-config", "--baseline", "{i}/baseline", "--allow", "{i}/allow", "--split",
                      "train={i}/in/a.jsonl", "--split", "test={i}/in/deep", "--report", "json:{w}/check.json", "--report",
                      "sarif:{w}/check.sarif", "--threads", "2", "--scratch", "{w}/scratch", "-q"],
            files=("check.json", "check.sarif"), right=1, said="neardup: "),
        Job("check, new baseline", ["check", "{i}/in/a.jsonl", "--no-config", "--baseline", "{w}/baseline", "--update-baseline",
                                    "--threshold", "0.8", "-q"], files=("baseline",), ready=older_baseline),
        Job("compare", ["compare", "{i}/mixed/a.jsonl", "{i}/mixed/c.txt"]),
        Job("compare page", ["compare", "{i}/mixed/b.csv", "{i}/mixed/c.txt", "-o", "{w}/page.html", "--format", "html"],
            files=("page.html",)),
        Job("plan", ["plan", "--documents", "1M"]),
        Job("suggest", ["suggest", "{i}/in", "--format", "json", "--threads", "2", "--review", "{w}/pairs.html", "-q"], files=("pairs.html",)),
        Job("help", ["help", "dedup"]),
        Job("manual page", ["help", "--man"]),
        Job("settings", ["check", "{i}/in", "--no-config", "--print-config"]),
    ]
    jobs += [Job("sketch " + m, ["sketch", "{i}/in", "--method", m, "--threads", "2", "-o", "{w}/lines", "-q"], files=("lines",))
             for m in ("minhash", "simhash")]
    jobs += [Job("report " + f, ["report", "{i}/run", "-o", "{w}/report." + f, "--format", f], files=("report." + f,),
                 lenient=warned) for f in ("html", "json", "markdown", "csv")]
    jobs += [Job("explain " + name, ["explain", "{i}/explained", which, "--threads", "2", "-q"], lenient=not_shown)
             for name, which in (("removed", removed), ("kept", kept))]

    # A finished run, read back by the fuzz target, which aborts where a failure has no message (2: it could not go on). The
    # library: documents from memory, results as columns; sketches saved and loaded.
    corpus = ROOT / "tests/fuzz/corpus/replay"
    jobs.append(Job("reading back", [str(corpus / "documents-pairs"), str(corpus / "both")], said="",
                    program=str(BUILD / "tests/fuzz/fuzz_replay"), kinds=("alloc", "read", "open", "short", "eintr")))
    ladder = work / "ladder"
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c17", "-O1", "-I", ROOT / "include", ROOT / "tests/fault/ladder.c",
                    BUILD / "libneardup.so", "-Wl,-rpath," + str(BUILD), "-o", ladder], check=True)
    jobs += [Job("library, " + act, [act, "{w}/stored"], program=str(ladder), files=("stored",), said="ladder: error: ")
             for act in ("source", "reread", "sketches")]
    return jobs


# ---- trying ----

def attempt(job, work, inputs, kind="", at=0, sticky=False):
    job.prepare(work, inputs)
    remove(work / "scratch")  # with what a remove that failed has left
    (work / "scratch").mkdir()
    # The C library reads the files of a locale, and a program does not need them.
    environment = dict(os.environ, LC_ALL="C", LD_PRELOAD=str(LIBRARY), MALLOC_PERTURB_="0", FAULT_KIND=kind, FAULT_AT=str(at),
                       FAULT_STICKY="1" if sticky else "", FAULT_REPORT=str(work / "calls"), **job.environment)
    command = job.command(work, inputs)
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=HANGS_AFTER, cwd=work, check=False)
    except subprocess.TimeoutExpired:
        return None


class Runner:
    def __init__(self, given, top):
        self.given, self.top, self.inputs = given, top, top / "inputs"
        self.passed = self.failed = 0
        self.places = set()
        self.lock = threading.Lock()
        self.local = threading.local()

    def folder(self):
        """The work folder of this thread; its path is equally long for all of them, and so are the messages."""
        if not hasattr(self.local, "folder"):
            self.local.folder = pathlib.Path(tempfile.mkdtemp(dir=self.top))
        return self.local.folder

    def one(self, job, kind, at, sticky):
        work = self.folder()
        done = attempt(job, work, self.inputs, kind, at, sticky)
        wrong = "it hangs" if done is None else job.judge(kind, done, work)
        with self.lock:
            if wrong is None:
                self.passed += 1
                return
            self.failed += 1
            status = "" if done is None else " (status %d)" % done.returncode
            print("failed: %s: %s number %d (%s)%s: %s" % (job.name, kind, at, "from then on" if sticky else "once", status, wrong))
            lines = done.stderr.decode("utf-8", "replace").splitlines()[:5] if done else []
            if wrong.startswith("half a result"):
                lines += ["%s: %s" % (name, now) for name, now in zip(job.files, job.result(work))]
            if wrong == "other output":
                plain, now = (text.decode("utf-8", "replace").splitlines() for text in (job.expected[0], done.stdout))
                lines += list(difflib.unified_diff(plain, now, "plain", "now", n=0, lineterm=""))[:8]
            for line in lines:
                print("    " + line[:200])
            sys.stdout.flush()

    def tries(self, job, kind, places):
        """`places`: of each call, in order."""
        numbers = range(1, len(places) + 1)
        if self.given.at:
            numbers = [self.given.at]
        elif not self.given.all and len(places) > self.given.limit:
            chosen = set(random.Random("%s %s %s" % (self.given.seed, job.name, kind)).sample(numbers, self.given.limit))
            for number, place in enumerate(places, 1):
                if self.given.places and kind not in HARMLESS and (job.program, kind, place) not in self.places:
                    self.places.add((job.program, kind, place))
                    chosen.add(number)
            numbers = sorted(chosen)
        return [(job, kind, n, sticky) for n in numbers for sticky in (False, True) if not (sticky and kind == "eintr")]

    def run(self, pool, job):
        work = self.folder()
        job.prepare(work, self.inputs)
        job.before = job.result(work)
        plain = attempt(job, work, self.inputs)
        job.expected = (plain.stdout, job.result(work)) if plain else None
        if plain is None or plain.returncode != job.right:
            self.failed += 1
            print("failed: %s without a fault: %s" % (job.name, plain.stderr.decode() if plain else "it hangs"))
            return
        counts, todo = [], []
        for kind in self.given.kinds:
            if kind not in job.kinds:
                continue
            remove(work / "calls")
            attempt(job, work, self.inputs, kind)
            places = (read(work / "calls") or b"").split()
            counts.append("%s %d" % (kind, len(places)))
            todo += self.tries(job, kind, places)
        before = self.failed
        list(pool.map(lambda t: self.one(*t), todo))
        print("%s: %d tried, %d failed, of these calls: %s" % (job.name, len(todo), self.failed - before, ", ".join(counts)),
              flush=True)


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "1"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", default=os.environ.get("FAULT_LIMIT") == "all")
    parser.add_argument("--limit", type=int, default=os.environ.get("FAULT_LIMIT", "6").replace("all", "0"))
    parser.add_argument("--places", action="store_true", default=os.environ.get("FAULT_PLACES", "") != "")
    parser.add_argument("--seed", default=os.environ.get("FAULT_SEED") or commit())
    parser.add_argument("--jobs", default="", help="parts of names, with commas")
    parser.add_argument("--kinds", type=lambda s: s.split(","), default=list(KINDS))
    parser.add_argument("--at", type=int, default=0, metavar="N", help="only the N-th call")
    parser.add_argument("--workers", type=int, default=int(os.environ.get("FAULT_WORKERS", "2")))
    given = parser.parse_args()
    os.environ.pop("LD_PRELOAD", None)
    with tempfile.TemporaryDirectory() as top:
        top = pathlib.Path(top)
        (top / "inputs").mkdir()
        make_inputs(top / "inputs")
        runner = Runner(given, top)
        print("tests/fault: %s, seed %s" % ("every call" if given.all else "%d of each kind" % given.limit, given.seed))
        with concurrent.futures.ThreadPoolExecutor(given.workers) as pool:
            for job in jobs_of(top / "inputs"):
                if not given.jobs or any(part.strip() in job.name for part in given.jobs.split(",")):
                    runner.run(pool, job)
    print("%d passed, %d failed" % (runner.passed, runner.failed))
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
