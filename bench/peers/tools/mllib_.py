# SPDX-License-Identifier: MIT
"""Spark MLlib: MinHashLSH over hashed word n-grams, and its approxSimilarityJoin, which computes the true distance of the pairs it
finds. A text is removed if it is near an earlier one that stays. It has one row per table, so that bands of several rows cannot be
asked for: the common question gets as many tables as neardup has bands, the advice the 5 of its documentation."""

from common import main, shingles, texts_of
from pyspark.ml.feature import HashingTF, MinHashLSH
from pyspark.sql import SparkSession


def run(corpus, ask):
    session = (
        SparkSession.builder.master("local[%d]" % ask["threads"]).config("spark.driver.memory", "8g")
        .config("spark.ui.enabled", "false").config("spark.local.dir", ask["folder"]).getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    rows = [(row, shingles(text, ask["ngram"])) for row, text in enumerate(texts_of(corpus))]
    table = session.createDataFrame(rows, "row long, shingles array<string>")
    hashed = HashingTF(inputCol="shingles", outputCol="set", numFeatures=1 << 18, binary=True).transform(table).select("row", "set")
    model = MinHashLSH(inputCol="set", outputCol="hashes", numHashTables=5 if ask["advice"] else ask["bands"], seed=42).fit(hashed)
    pairs = model.approxSimilarityJoin(hashed, hashed, 1 - ask["threshold"] + 1e-9)
    found = sorted((p[1], p[0]) for p in pairs.selectExpr("datasetA.row", "datasetB.row").where("datasetA.row < datasetB.row").collect())
    removed = set()
    for later, earlier in found:
        if earlier not in removed:
            removed.add(later)
    return sorted(removed)


if __name__ == "__main__":
    main(run)
