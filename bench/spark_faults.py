#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""neardup.spark while executors are killed, and with a mass of pages of one template: the answer must be that of one machine.

    bench/spark_faults.py [--kill SECONDS] [--executor-memory 1024] [--pages N] [--limit N] [FILE.jsonl]

Runs in local-cluster[2,1,MEMORY]. --kill: each time after these seconds an executor is killed (SIGKILL), whatever it is doing. --pages: instead of
a file, pages of one template whose texts are similar to each other below the threshold, and every tenth is a near copy of the one
before it. Requires the package with pyspark, and Java."""

import argparse
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time

import neardup
import pyarrow as pa
import pyarrow.parquet as pq
from spark_matrix import SCHEMA, SETTINGS, texts_of


def pages(count):
    shared = " ".join(f"word{i}" for i in range(90))
    texts = [f"{shared} " + " ".join(f"w{(i - (i % 10 == 9)) * 31 % 1000003}x{j}" for j in range(30)) + (" end" if i % 10 == 9 else "") for i in range(count)]
    return pa.table({"id": pa.array(range(count), pa.int64()), "text": texts})


def executors(driver):
    """Processes of executors that this driver started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if b"CoarseGrainedExecutorBackend" in (entry / "cmdline").read_bytes() and parent == driver:
                found.append(int(entry.name))
        except (OSError, ValueError, IndexError):
            continue
    return sorted(found)


def kill_sometimes(driver, seconds, stop, killed):
    while not stop.wait(seconds):
        alive = executors(driver)
        if alive:
            os.kill(alive[len(killed) % len(alive)], signal.SIGKILL)
            killed.append(alive)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--kill", type=float)
    parser.add_argument("--executor-memory", type=int, default=1024)
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    options = parser.parse_args()
    table = pages(options.pages) if options.pages else texts_of(options.file, options.limit)
    begin = time.perf_counter()
    expected = neardup.dedup(table, text="text", id="id")
    want = sorted((d["row"], d["reason"], d["jaccard"], d["keeper"], d["cluster"]) for d in expected.decisions)
    native = time.perf_counter() - begin
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = {
        **SETTINGS, "spark.driver.memory": "1g",
        "spark.executor.memory": f"{options.executor_memory}m", "spark.task.maxFailures": "100", "spark.stage.maxConsecutiveAttempts": "100",
        "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""), "spark.deploy.maxExecutorRetries": "-1",
    }
    builder = SparkSession.builder.master(f"local-cluster[2,1,{options.executor_memory}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    from neardup import spark as on_spark

    driver = spark._jvm.java.lang.ProcessHandle.current().pid()
    stop, killed = threading.Event(), []
    with tempfile.TemporaryDirectory() as folder:
        spark.sparkContext.setCheckpointDir(f"{folder}/checkpoints")
        pq.write_table(table, f"{folder}/texts.parquet")
        frame = spark.read.schema(SCHEMA).parquet(f"{folder}/texts.parquet").repartition(8)
        if options.kill:
            threading.Thread(target=kill_sometimes, args=(driver, options.kill, stop, killed), daemon=True).start()
        begin = time.perf_counter()
        result = on_spark.dedup(frame)
        found = sorted((d["id"], d["reason"], d["jaccard"], d["keeper"], d["cluster"]) for d in result.decisions.collect())
        seconds = time.perf_counter() - begin
        stop.set()
    same = found == want
    print(
        f"{len(table)} documents, {len(want)} removed: {'equal' if same else 'DIFFERENT'}, {len(killed)} executors killed, {seconds:.1f} s "
        f"(native {native:.1f} s), {result.summary['large_buckets']} large buckets, {expected.summary['capped_buckets']} capped, "
        f"{result.summary['edges']} edges"
    )
    if not same:
        print("only on Spark:", [row for row in found if row not in set(want)][:5])
        print("only native:", [row for row in want if row not in set(found)][:5])
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
