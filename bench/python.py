#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python package beside the library and beside gaoya, rensa and datasketch, on texts in memory.

    bench/python.py BUILD [--rival-bytes 100M] [--bytes 1G] [--runs 5]

Needs pyarrow and the installed package; rivals that are not installed are left out. `make bench-python` sees to both.

First all answer the same question: which texts go, word 5-grams, Jaccard 0.7, with the bands and rows that neardup plans.
Each tool runs in a process of its own, on a list of str, and neardup on a table, too, which the rivals do not take. Precision and
recall compare with the exact join, where every pair is looked at. Then dedup(table) is compared with the library on the same
texts (bench/ready_texts.c), in turns."""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

THRESHOLD, NGRAM = 0.7, 5


# ---- the tools: texts in, rows of those that are removed out ---------------------------------------------------------


def run_neardup(texts, plan):
    import neardup

    return neardup.dedup(texts, threshold=THRESHOLD, ngram=NGRAM).removed


def run_truth(texts, plan):
    import neardup

    return neardup.dedup(texts, threshold=THRESHOLD, ngram=NGRAM, candidates="all").removed


def run_rival(name):
    """By the adapter of bench/peers."""

    def run(texts, plan):
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "tools"))
        return importlib.import_module(name + "_").remove(texts, {**plan, "threshold": THRESHOLD, "ngram": NGRAM, "advice": False})

    return run


RIVALS = {"table": run_neardup, "list": run_neardup, **{name: run_rival(name) for name in ("gaoya", "rensa", "datasketch")}}
TOOLS = {**RIVALS, "truth": run_truth, "library": run_neardup}
TAKE_TABLES = ("table", "library", "truth")


# ---- one tool in a process of its own --------------------------------------------------------------------------------


def read_table(path):
    import pyarrow

    with pyarrow.OSFile(path) as file:
        return pyarrow.ipc.open_file(file).read_all()


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_now_mib():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024


def child(tool, path, plan):
    table = read_table(path)
    texts = table if tool in TAKE_TABLES else table["text"].to_pylist()
    if tool == "library":
        import neardup  # noqa: F401 (the other side of that comparison does not load anything either)
    reset_peak()
    before = peak_now_mib()
    start = time.perf_counter()
    removed = TOOLS[tool](texts, plan)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "mib": peak_now_mib() - before, "removed": sorted(removed)}))


def measure(tool, path, plan):
    command = [sys.executable, __file__, "--child", tool, path, json.dumps(plan)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"{tool}: left out: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}")
        return None
    return json.loads(done.stdout)


# ---- the comparison --------------------------------------------------------------------------------------------------


def make_corpus(build, folder, size):
    """The generator's corpus as an Arrow file, and its texts with a NUL after each."""
    import pyarrow
    import pyarrow.json

    lines = os.path.join(folder, f"{size}.jsonl")
    subprocess.run([os.path.join(build, "bench/gen_corpus"), "--bytes", size, "-o", lines], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    table = pyarrow.json.read_json(lines).select(["text"])
    os.remove(lines)
    arrow, texts = os.path.join(folder, f"{size}.arrow"), os.path.join(folder, f"{size}.texts")
    with pyarrow.OSFile(arrow, "wb") as file, pyarrow.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with open(texts, "wb") as file:
        for chunk in table["text"].chunks:
            for text in chunk:
                file.write(text.as_buffer())
                file.write(b"\0")
    return arrow, texts, table.num_rows


def compare_rivals(build, folder, size, tools):
    import neardup

    p = neardup.plan(threshold=THRESHOLD)
    plan = {"bands": p.bands, "rows": p.rows}
    arrow, texts, rows = make_corpus(build, folder, size)
    os.remove(texts)
    truth = set(measure("truth", arrow, plan)["removed"])
    print(f"{rows} texts, {size} of JSON Lines; word {NGRAM}-grams, threshold {THRESHOLD}, {p.bands} bands of {p.rows}; "
          f"the exact join removes {len(truth)}")  # fmt: skip
    print(f"{'':12}{'seconds':>9}{'beside the first':>17}{'memory, MiB':>13}{'removed':>9}{'precision':>11}{'recall':>9}")
    own = None
    for tool in tools:
        found = measure(tool, arrow, plan)
        if found is None:
            continue
        own = own or found["seconds"]
        removed = set(found["removed"])
        right = len(removed & truth)
        name = f"dedup({tool})" if RIVALS[tool] == run_neardup else tool
        print(f"{name:12}{found['seconds']:9.2f}{found['seconds'] / own:16.1f}x{found['mib']:13.0f}{len(removed):9}"
              f"{right / max(1, len(removed)):11.4f}{right / max(1, len(truth)):9.4f}")  # fmt: skip


def compare_library(build, folder, size, runs):
    arrow, texts, rows = make_corpus(build, folder, size)
    ratios, package, library, memory = [], [], [], []
    for _ in range(runs):
        found = measure("library", arrow, {})
        done = subprocess.run([os.path.join(build, "bench/ready_texts"), texts], capture_output=True, text=True, check=True)
        seconds, removed = done.stdout.split()
        assert int(removed) == len(found["removed"]), (removed, len(found["removed"]))
        package.append(found["seconds"])
        library.append(float(seconds))
        memory.append(found["mib"])
        ratios.append(found["seconds"] / float(seconds))
    median = statistics.median
    limit = rows * 200 / 2**20 + 300
    print(f"\n{rows} texts in Arrow memory ({size} of JSON Lines), medians of {runs} pairs of runs:")
    print(f"neardup.dedup(table) {median(package):.2f} s, the library on ready texts {median(library):.2f} s, ratio "
          f"{median(ratios):.3f}; memory beyond the table {max(memory):.0f} MiB (limit {limit:.0f})")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rival-bytes", default="100M")
    parser.add_argument("--bytes", default="1G")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", default=",".join(RIVALS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.build) as folder:
        compare_rivals(arguments.build, folder, arguments.rival_bytes, arguments.tools.split(","))
        compare_library(arguments.build, folder, arguments.bytes, arguments.runs)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
    else:
        main()
