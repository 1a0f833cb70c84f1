#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""neardup beside its rivals: the same question, the same JSON Lines, from the file to the rows of the texts that are removed.

    bench/peers/peers.py install BUILD [TOOL]...          environments of their own in BUILD/peers, with the versions of pins/
    bench/peers/peers.py measure BUILD [--size 10M]... [--corpus NAME=FILE.jsonl]... [--tools A,B] [--threads 1,2] [--runs 3]
    bench/peers/peers.py table RESULTS.jsonl [--plot FILE.svg]

The question: word 5-grams, Jaccard 0.7, with the bands and rows that neardup plans. Each rival answers it with these values,
and a second time as its own documentation advises. `measure` writes a JSON line per run to BUILD/peers/results.jsonl; tools
take turns, so that a busy moment meets all of them.

How right an answer is, is judged by the pairs of an independent join (truth.py), whichever text of a pair a tool keeps:
  recall     of the true pairs, the share of which at least one text is removed
  precision  of the removed texts, the share that has a true partner
  justified  of the removed texts, the share that has a true partner which stays
  lost       groups of texts linked by true pairs of which nothing stays
Threads are bounded by the processors that the tool may use. Memory is the peak of the tool's largest process."""

import argparse
import ctypes
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
THRESHOLD, NGRAM = 0.7, 5
RIVALS = {"rensa": "rensa", "gaoya": "gaoya", "fastsketchlsh": "FastSketchLSH", "datasketch": "datasketch",
          "mllib": "Spark MLlib", "textdedup": "text-dedup", "datatrove": "datatrove"}  # fmt: skip
# Bytes of the largest corpus that a slow tool gets: it is compared with neardup on the same corpus.
LARGEST = {"datasketch": 10**7, "textdedup": 10**7, "datatrove": 10**7, "mllib": 10**7}
# No run may take longer; it is recorded as "too long".
LIMIT_SECONDS = 1800
TRUTH_BYTES = 2 * 10**8


# ---- environments ----


def environment(build, tool):
    return pathlib.Path(build).resolve() / "peers" / tool


def install(build, tools):
    for tool in tools:
        folder = environment(build, tool)
        if (folder / "ready").exists():
            continue
        shutil.rmtree(folder, ignore_errors=True)
        begin = time.monotonic()
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        done = subprocess.run([str(folder / "bin/pip"), "--disable-pip-version-check", "--quiet", "install", "-r",
                               str(HERE / "pins" / (tool + ".txt"))], check=False)  # fmt: skip
        if done.returncode != 0:
            print("%s is left out: it cannot be installed" % tool, file=sys.stderr)
            continue
        size = sum(f.lstat().st_size for f in folder.rglob("*") if f.is_file())
        (folder / "ready").write_text(json.dumps({"seconds": time.monotonic() - begin, "bytes": size}))


# ---- one run ----

PR_SET_CHILD_SUBREAPER = 36


def reap():
    """Waits for the processes that a tool left behind (the virtual machine of Spark): what they used counts."""
    end = time.monotonic() + 30
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0 and time.monotonic() > end:
            subprocess.run(["pkill", "-9", "-P", str(os.getpid())], check=False)
        time.sleep(0.02 if pid == 0 else 0)


def run(command, threads):
    """Runs a command on so many processors. Wall and CPU seconds, and the peak of its largest process in bytes."""
    processors = sorted(os.sched_getaffinity(0))[:threads]
    names = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    variables = dict(os.environ, TOKENIZERS_PARALLELISM="false", HF_DATASETS_OFFLINE="1", **{n: str(threads) for n in names})
    begin = time.monotonic()
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, processors), start_new_session=True) as process:  # fmt: skip
        try:
            error = process.communicate(timeout=LIMIT_SECONDS)[1].strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            error = ["too long"]
    wall = time.monotonic() - begin
    reap()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"status": "ok" if process.returncode == 0 else " ".join(error) or str(process.returncode), "wall": wall,
            "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}  # fmt: skip


def measured(command, threads):
    """run() in a process of its own, whose children are the command's processes alone."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.write(write, json.dumps(run(command, threads)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = json.loads(pipe.read())
    os.waitpid(child, 0)
    return answer


def removed_by_neardup(output):
    with open(output, encoding="utf-8") as clusters:
        return [member["line"] - 1 for line in clusters for member in json.loads(line)["members"]]


def removed_rows(output):
    with open(output, encoding="ascii") as rows:
        return [int(row) for row in rows]


def try_tool(build, tool, corpus, ask):
    scratch = environment(build, "scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    output = scratch / "removed"
    if tool == "neardup":
        command = [os.path.join(build, "neardup"), "find", corpus, "-q", "-o", str(output), "--format", "jsonl",
                   "--threads", str(ask["threads"]), "--threshold", str(THRESHOLD)]  # fmt: skip
    else:
        command = [str(environment(build, tool) / "bin/python"), str(HERE / "tools" / (tool + "_.py")), corpus, str(output),
                   json.dumps({**ask, "folder": str(scratch)})]  # fmt: skip
    answer = measured(command, ask["threads"])
    if answer["status"] == "ok":
        rows = removed_by_neardup(output) if tool == "neardup" else removed_rows(output)
        answer["removed"] = sorted(rows)
    shutil.rmtree(scratch, ignore_errors=True)
    return answer


# ---- how right it is ----


def read_truth(build, corpus):
    path = pathlib.Path(str(corpus) + ".pairs")
    if not path.exists() or path.stat().st_mtime < os.path.getmtime(corpus):
        python = environment(build, "truth") / "bin/python"
        subprocess.run([str(python), str(HERE / "truth.py"), str(corpus), str(path) + ".tmp", str(THRESHOLD), str(NGRAM)],
                       check=True)  # fmt: skip
        os.replace(str(path) + ".tmp", path)
    with open(path, encoding="ascii") as lines:
        return [tuple(map(int, line.split()[:2])) for line in lines]


def groups_of(pairs):
    root = {}

    def find(x):
        while root.setdefault(x, x) != x:
            root[x] = root[root[x]]
            x = root[x]
        return x

    for a, b in pairs:
        root[find(a)] = find(b)
    groups = {}
    for x in list(root):
        groups.setdefault(find(x), []).append(x)
    return groups.values()


def judge(removed, pairs):
    removed, partner, justified, hit = set(removed), set(), set(), 0
    for a, b in pairs:
        hit += a in removed or b in removed
        for x, other in ((a, b), (b, a)):
            if x in removed:
                partner.add(x)
                if other not in removed:
                    justified.add(x)
    lost = sum(all(x in removed for x in group) for group in groups_of(pairs))
    count = max(1, len(removed))
    return {"recall": hit / max(1, len(pairs)), "precision": len(partner) / count, "justified": len(justified) / count,
            "lost": lost}  # fmt: skip


# ---- measuring ----


def planned(build):
    done = subprocess.run([os.path.join(build, "neardup"), "plan", "--format", "json", "--threshold", str(THRESHOLD)],
                          stdout=subprocess.PIPE, check=True)  # fmt: skip
    plan = json.loads(done.stdout)
    return plan["bands"], plan["rows"]


def generated(build, size, words):
    name = "generated-%s-%d-words" % (size, words)
    path = environment(build, "corpora") / (name + ".jsonl")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([os.path.join(build, "bench/gen_corpus"), "--bytes", size, "--mean-words", str(words), "--reformat", "0",
                        "-o", str(path) + ".tmp"], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        os.replace(str(path) + ".tmp", path)
    return name, str(path)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    return "%s, %d processors" % (model, os.cpu_count())


def measure(given):
    build = given.build
    bands, rows = planned(build)
    corpora = [generated(build, size, words) for size in given.size for words in given.words]
    corpora += [tuple(item.split("=", 1)) for item in given.corpus]
    results = environment(build, "results.jsonl")
    tools = [t for t in given.tools.split(",") if t == "neardup" or (environment(build, t) / "ready").exists()]
    with open(results, "a", encoding="utf-8") as out:
        for name, corpus in corpora:
            size = os.path.getsize(corpus)
            pairs = read_truth(build, corpus) if size <= TRUTH_BYTES else None
            for tool, advice, threads in turns(given, tools, size):
                ask = {"threshold": THRESHOLD, "ngram": NGRAM, "bands": bands, "rows": rows, "threads": threads, "advice": advice}
                answer = try_tool(build, tool, corpus, ask)
                removed = answer.pop("removed", None)
                row = {"corpus": name, "bytes": size, "tool": tool, "advice": advice, "threads": threads, **answer,
                       "machine": machine(), "date": time.strftime("%F")}  # fmt: skip
                if removed is not None:
                    row["removed"] = len(removed)
                    row["digest"] = hash(tuple(removed)) & 0xFFFFFFFF
                    if pairs is not None:
                        row.update(judge(removed, pairs))
                out.write(json.dumps(row) + "\n")
                out.flush()
                print("%-28s %-14s %-7s %d thread%s  %s" % (name, tool, "advice" if advice else "", threads, "s"[: threads > 1],
                      summary(row)), flush=True)  # fmt: skip
    print(results)


def turns(given, tools, size):
    for _ in range(given.runs):
        for threads in map(int, given.threads.split(",")):
            for tool in tools:
                if size > LARGEST.get(tool, size):
                    continue
                for advice in (False, True) if tool != "neardup" else (False,):
                    yield tool, advice, threads


def summary(row):
    if "removed" not in row:
        return "left out: " + row["status"]
    text = "%8.2f s %8.2f CPU s %6.0f MB %8d removed" % (row["wall"], row["cpu"], row["peak"] / 1e6, row["removed"])
    if "recall" in row:
        text += "  recall %.4f precision %.4f justified %.4f lost %d" % (row["recall"], row["precision"], row["justified"], row["lost"])
    return text


# ---- the table and the plot ----


def grouped(path):
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    groups = {}
    for row in rows:
        groups.setdefault((row["corpus"], row["threads"], row["tool"], row["advice"]), []).append(row)
    return groups


def medians(rows):
    done = [row for row in rows if "removed" in row]
    if not done:
        return None
    middle = dict(done[0])
    for field in ("wall", "cpu", "peak"):
        middle[field] = statistics.median(row[field] for row in done)
    middle["runs"] = len(done)
    middle["agree"] = len({row["digest"] for row in done}) == 1
    return middle


def table(given):
    groups = grouped(given.results)
    for corpus, threads in sorted({key[:2] for key in groups}, key=str):
        ours = medians(groups.get((corpus, threads, "neardup", False), []))
        print("\n**%s, %d thread%s**\n" % (corpus, threads, "s" if threads > 1 else ""))
        print("| tool | question | seconds | CPU s | beside neardup | peak MB | removed | recall | precision | justified | groups lost | runs agree |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        for tool in ("neardup", *RIVALS):
            for advice in (False, True):
                rows = groups.get((corpus, threads, tool, advice))
                if rows is not None:
                    print(line_of(tool, advice, medians(rows), ours, rows))
    if given.plot:
        plot(groups, given.plot)


def line_of(tool, advice, m, ours, rows):
    name, question = RIVALS.get(tool, tool), "its own" if advice else "common"
    if m is None:
        return "| %s | %s | %s |" % (name, question, rows[0]["status"])
    right = ["%.3f" % m[f] if f in m else "" for f in ("recall", "precision", "justified")]
    times = "%.1f x" % (m["cpu"] / ours["cpu"]) if ours else ""
    return "| %s | %s | %.2f | %.2f | %s | %.0f | %d | %s | %s | %s |" % (
        name, question, m["wall"], m["cpu"], times, m["peak"] / 1e6, m["removed"], " | ".join(right), m.get("lost", ""),
        ("yes" if m["agree"] else "no") if m["runs"] > 1 else "")  # fmt: skip


def plot(groups, path):
    """Speed against recall of the common question and of each tool's own, with one thread, over all corpora, as SVG."""
    points = []
    for (_, threads, tool, advice), rows in groups.items():
        m = medians(rows)
        if threads == 1 and m is not None and "recall" in m:
            points.append((m["bytes"] / 1e6 / m["cpu"], m["recall"], RIVALS.get(tool, tool), advice))
    width, height, left, bottom = 760, 420, 60, 50
    low, high = 0.01, 1000

    def x_of(speed):
        return left + (width - left - 130) * math.log(max(low, speed) / low) / math.log(high / low)

    def y_of(recall):
        return 20 + (height - bottom - 20) * (1 - recall)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">' % (width, height),
             '<rect width="100%" height="100%" fill="white"/>']  # fmt: skip
    for tick in (0.01, 0.1, 1, 10, 100, 1000):
        parts.append('<line x1="%.1f" y1="20" x2="%.1f" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>'
                     % (x_of(tick), x_of(tick), height - bottom, x_of(tick), height - bottom + 18, tick))  # fmt: skip
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append('<line x1="%d" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>'
                     % (left, y_of(tick), x_of(high), y_of(tick), left - 6, y_of(tick) + 4, tick))  # fmt: skip
    parts.append('<text x="%d" y="%d">MB of JSON Lines per CPU second</text><text x="8" y="14">recall</text>' % (left + 180, height - 12))
    for speed, recall, name, advice in points:
        fill = "#c0392b" if name == "neardup" else "#2c3e50"
        shape = '<circle cx="%.1f" cy="%.1f" r="4" fill="%s" stroke="%s"/>' % (x_of(speed), y_of(recall), "white" if advice else fill, fill)
        parts.append(shape + '<text x="%.1f" y="%.1f" fill="%s">%s</text>' % (x_of(speed) + 7, y_of(recall) + 4, fill, name))
    parts.append("</svg>")
    pathlib.Path(path).write_text("\n".join(parts) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    part = verbs.add_parser("install")
    part.add_argument("build")
    part.add_argument("tools", nargs="*")
    part = verbs.add_parser("measure")
    part.add_argument("build")
    part.add_argument("--size", action="append", default=[])
    part.add_argument("--words", type=int, action="append", default=[])
    part.add_argument("--corpus", action="append", default=[], metavar="NAME=FILE")
    part.add_argument("--tools", default=",".join(["neardup", *RIVALS]))
    part.add_argument("--threads", default="1,2")
    part.add_argument("--runs", type=int, default=3)
    part = verbs.add_parser("table")
    part.add_argument("results")
    part.add_argument("--plot")
    given = parser.parse_args()
    if given.verb == "install":
        install(given.build, given.tools or ["truth", *RIVALS])
    elif given.verb == "measure":
        given.words = given.words or [400]
        measure(given)
    else:
        table(given)


if __name__ == "__main__":
    main()
