#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""neardup.spark against neardup.dedup, row for row: a corpus, and numbers of partitions.

    bench/spark_matrix.py [--partitions 1,2,7,200] [--keep RULE] [--limit DOCUMENTS] FILE.jsonl ...

Files have a field `text`; documents are named by their row. Prints a line per run, and fails at the first difference. Requires the
package with pyspark and Java: pip install "neardup[spark]"."""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

import neardup
import pyarrow as pa

SETTINGS = {
    "spark.ui.enabled": "false", "spark.driver.memory": "2g", "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    # Small corpora: compiling the plans would take longer than running them.
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}  # fmt: skip
SCHEMA = "id long, text string"


def session(compiled=False):
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        if not (compiled and "codegen" in name):
            builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def texts_of(path, limit):
    with open(path, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for _, line in zip(range(limit), lines)]
    return pa.table({"id": pa.array(range(len(texts)), pa.int64()), "text": texts})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--partitions", default="1,2,7,200")
    parser.add_argument("--keep", default="first")
    parser.add_argument("--preset")
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    options = parser.parse_args()
    spark = session()
    from neardup import spark as on_spark

    for path in options.files:
        table = texts_of(path, options.limit)
        begin = time.perf_counter()
        expected = neardup.dedup(table, text="text", id="id", keep=options.keep, preset=options.preset)
        native = time.perf_counter() - begin
        want = sorted((d["row"], d["reason"], d["jaccard"], d["keeper"], d["cluster"]) for d in expected.decisions)
        parquet = pathlib.Path(tempfile.gettempdir()) / f"spark_matrix_{os.getpid()}.parquet"
        import pyarrow.parquet

        pyarrow.parquet.write_table(table, parquet)
        for partitions in map(int, options.partitions.split(",")):
            begin = time.perf_counter()
            frame = spark.read.schema(SCHEMA).parquet(str(parquet)).repartition(partitions)
            result = on_spark.dedup(frame, keep=options.keep, preset=options.preset)
            found = sorted((d["id"], d["reason"], d["jaccard"], d["keeper"], d["cluster"]) for d in result.decisions.collect())
            seconds = time.perf_counter() - begin
            kept = result.kept.count()
            same = found == want and kept == len(table) - len(want)
            print(
                f"{pathlib.Path(path).name}: {len(table)} documents, {len(want)} removed, {partitions} partitions: "
                f"{'equal' if same else 'DIFFERENT'}, {seconds:.1f} s (native {native:.1f} s), "
                f"{result.summary['large_buckets']} large buckets, {expected.summary['capped_buckets']} capped", flush=True,
            )  # fmt: skip
            result.unpersist()
            if not same:
                print("only on Spark:", [row for row in found if row not in set(want)][:5])
                print("only native:", [row for row in want if row not in set(found)][:5])
                return 1
        parquet.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
