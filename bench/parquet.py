#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Parquet file cleaned by the program, beside pyarrow that reads and writes the same file.

    bench/parquet.py BUILD [--bytes 60M] [--runs 5]

Whole processes in turns, with everything that they start: processor time (user and system), wall time, and the largest of the
memory of each. The pyarrow of the comparison is what people type: read_table and write_table with the compression of the file. The
target is 1.5 times its processor time.

On 60 MB of text (zstd, groups of 4000 rows) the program takes .7 times the processor time of pyarrow, 1.2 s of 1.7 s: loading
pyarrow .2 s (.3 s with numpy, which the program leaves out), reading the column of the texts .1 s, comparing and the scratch file .3 s,
reading all columns .1 s, and writing them .3 s. pyarrow alone takes most of its time for memory: a whole table is new memory, and
a row group is the memory of the one before. On 450 MB of text (239 MB of Parquet) it takes 1.3 times the time of pyarrow, and 2.1
times that of pyarrow by row groups: the rest is comparing, the scratch file, and reading the texts twice."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYARROW = """
import sys
import pyarrow.parquet as pq
pq.write_table(pq.read_table(sys.argv[1]), sys.argv[2], compression="zstd", row_group_size=4000)
"""
# The same a row group at a time, which is what the program does. Few people do.
GROUPS = """
import sys
import pyarrow.parquet as pq
f = pq.ParquetFile(sys.argv[1], memory_map=True)
with pq.ParquetWriter(sys.argv[2], f.schema_arrow, compression="zstd") as out:
    for i in range(f.num_row_groups):
        out.write_table(f.read_row_group(i))
"""


def measure(command):
    begin = time.monotonic()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} failed with status {child.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024


def write_file(build, size, folder):
    from pyarrow import json as reader
    from pyarrow import parquet as pq

    lines = os.path.join(folder, "in.jsonl")
    subprocess.run([os.path.join(build, "bench/gen_corpus"), "--bytes", size, "-o", lines], check=True, stdout=subprocess.DEVNULL)
    path = os.path.join(folder, "in.parquet")
    pq.write_table(reader.read_json(lines), path, compression="zstd", row_group_size=4000)
    os.unlink(lines)
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--bytes", default="60M")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    try:
        import pyarrow
    except ImportError:
        print("skipped: there is no pyarrow")
        return
    program = os.path.join(options.build, "neardup")
    os.environ["NEARDUP_PYTHON"] = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(options.build, options.bytes, folder)
        out, clean = os.path.join(folder, "out.parquet"), os.path.join(folder, "clean")
        commands = {
            "neardup dedup": [program, "dedup", path, "-o", clean, "-q"],
            "pyarrow": [sys.executable, "-c", PYARROW, path, out],
            "pyarrow by row groups": [sys.executable, "-c", GROUPS, path, out],
        }
        found = {name: [] for name in commands}
        for run in range(options.runs + 1):
            for name, command in commands.items():
                shutil.rmtree(clean, ignore_errors=True)
                figures = measure(command)
                if run > 0:  # the first one finds a cold cache
                    found[name].append(figures)
        print(f"pyarrow {pyarrow.__version__}, {os.path.getsize(path) / 1e6:.0f} MB of Parquet, medians of {options.runs} runs")
        print(f"{'':24}{'cpu s':>8}{'wall s':>8}{'MiB':>7}{'cpu ratio':>11}")
        for name, runs in found.items():
            cpu, wall, memory = (statistics.median(figures) for figures in zip(*runs))
            ratio = statistics.median(ours[0] / other[0] for ours, other in zip(found["neardup dedup"], runs))
            print(f"{name:24}{cpu:8.2f}{wall:8.2f}{memory:7.0f}{ratio:11.2f}")


if __name__ == "__main__":
    main()
