#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""neardup.spark beside what people use on Spark, in one session after a warm-up: seconds, task time, shuffled bytes, precision, recall.

    bench/spark.py [--limit DOCUMENTS] [--threshold 0.7] [--without mllib] FILE.jsonl

mllib      MinHashLSH of Spark MLlib: word 5-grams hashed to 2^20 features, 26 tables, approxSimilarityJoin
band join  the usual recipe: band keys joined, no verification, union-find on the driver; the keys are those of neardup
neardup    neardup.spark.dedup

Truth are the removals of an exact join on one machine (neardup.dedup with candidates="all"). precision: of the documents that a
method removes, those that have a kept document at the threshold; recall: of the removals of the exact join, those that it removes.
Requires the package with pyspark, Java and numpy."""

import argparse
import sys
import tempfile
import time

import neardup
import pyarrow.parquet as pq
from neardup import steps
from spark_matrix import session, texts_of


def union_find(pairs):
    """The first document of each component stays."""
    parent = {}

    def root(x):
        while parent.setdefault(x, x) != x:
            parent[x] = x = parent[parent[x]]
        return x

    for a, b in pairs:
        a, b = root(a), root(b)
        parent[max(a, b)] = min(a, b)
    return {x for x in parent if root(x) != x}


def with_mllib(frame, threshold):
    from pyspark.ml.feature import HashingTF, MinHashLSH, NGram, RegexTokenizer

    words = RegexTokenizer(inputCol="text", outputCol="words", pattern=r"\w+", gaps=False).transform(frame)
    grams = NGram(n=5, inputCol="words", outputCol="grams").transform(words).filter("size(grams) > 0")
    features = HashingTF(inputCol="grams", outputCol="features", numFeatures=1 << 20, binary=True).transform(grams)
    features = features.select("id", "features").persist()
    model = MinHashLSH(inputCol="features", outputCol="hashes", numHashTables=26, seed=1).fit(features)
    near = model.approxSimilarityJoin(features, features, 1 - threshold + 1e-9, "distance").filter("datasetA.id < datasetB.id")
    return union_find(near.selectExpr("datasetA.id as a", "datasetB.id as b").collect())


def with_band_join(frame, threshold):
    from neardup import spark as on_spark

    setup = steps.begin(threshold=threshold)
    extract = on_spark._extracting(setup)
    made = frame.select("id", "text").mapInArrow(extract, f"id long, {on_spark._EXTRACT}").filter("tokens > 0")
    keys = made.selectExpr("id", "posexplode(keys) as (band, key)").persist()
    pairs = keys.alias("a").join(keys.alias("b"), ["band", "key"]).filter("a.id < b.id").selectExpr("a.id as a", "b.id as b").distinct()
    return union_find(pairs.collect())


def with_neardup(frame, threshold):
    from neardup import spark as on_spark

    result = on_spark.dedup(frame, threshold=threshold)
    removed = {row["id"] for row in result.decisions.select("id").collect()}
    result.unpersist()
    return removed


METHODS = {"neardup": with_neardup, "band join": with_band_join, "mllib": with_mllib}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--without", action="append", default=[])
    options = parser.parse_args()
    table = texts_of(options.file, options.limit)
    spark = session(compiled=True)
    begin = time.perf_counter()
    native = neardup.dedup(table, text="text", id="id", threshold=options.threshold)
    print(f"{len(table)} documents, {table.nbytes / 1e6:.1f} MB; one machine: {time.perf_counter() - begin:.2f} s", flush=True)
    exact = neardup.find(table, text="text", id="id", threshold=options.threshold, candidates="all", pairs=True)
    truth, near = {d["row"] for d in exact.decisions}, {}
    for pair in exact.pairs:
        near.setdefault(pair["a"], []).append(pair["b"])
        near.setdefault(pair["b"], []).append(pair["a"])
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(table, f"{folder}/texts.parquet")
        frame = spark.read.parquet(f"{folder}/texts.parquet").repartition(4).persist()
        frame.count()
        with_neardup(frame.limit(100), options.threshold)  # starts the workers
        for name in (method for method in METHODS if method not in options.without):
            store = spark.sparkContext._jsc.sc().statusStore()
            before = store.executorSummary("driver")
            begin = time.perf_counter()
            removed = METHODS[name](frame, options.threshold)
            seconds = time.perf_counter() - begin
            time.sleep(1)  # the store hears of the last tasks
            after = store.executorSummary("driver")
            justified = sum(any(other not in removed for other in near.get(row, ())) for row in removed)
            print(
                f"{name:10} {seconds:8.1f} s  {(after.totalDuration() - before.totalDuration()) / 1000:8.1f} s in tasks  "
                f"{(after.totalShuffleWrite() - before.totalShuffleWrite()) / 1e6:8.2f} MB shuffled  {len(removed)} removed  "
                f"precision {justified / max(len(removed), 1):.4f}  recall {len(removed & truth) / max(len(truth), 1):.4f}", flush=True,
            )  # fmt: skip
    assert {d["row"] for d in native.decisions} or not truth
    return 0


if __name__ == "__main__":
    sys.exit(main())
