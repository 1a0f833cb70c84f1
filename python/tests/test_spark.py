# SPDX-License-Identifier: MIT
"""neardup.spark gives the answer of neardup.dedup. One session, two threads, small texts: the figures are in doc/scale.md."""

import shutil
import sys

import pytest

pytest.importorskip("pyspark", reason="pip install pyspark")
pa = pytest.importorskip("pyarrow")
if shutil.which("java") is None:
    pytest.skip("pyspark needs Java", allow_module_level=True)

import neardup
from neardup import spark as ns
from test_steps import corpus

COUNT = 200


@pytest.fixture(scope="module")
def session():
    import os

    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false", "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2", "spark.ui.showConsoleProgress": "false",
        # Compiling the plans takes longer than running them.
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def template(count):
    """Pages of one template, below and above the threshold of each other: buckets that are large, and chains in them."""
    shared = " ".join(f"t{i}" for i in range(60))
    return [f"{shared} " + " ".join(f"p{i // 3 * (j % 2)}x{i if j < 4 else 0}" for j in range(10)) for i in range(count)]


@pytest.fixture(scope="module")
def documents():
    texts = corpus(COUNT, 5) + template(40)
    return pa.table({"id": [f"d{i}" for i in range(len(texts))], "row": range(len(texts)), "text": texts,
                     "score": [i * 7919 % 50 / 4 if i % 9 else None for i in range(len(texts))]})  # fmt: skip


def frame_of(session, table):
    return session.createDataFrame([tuple(row.values()) for row in table.to_pylist()], "id string, row long, text string, score double")


def rows_of(result):
    return sorted((d["id"], d["reason"], d["jaccard"], d["keeper"], d["keeper_in_reference"], d["cluster"]) for d in result.decisions.collect())


def expected_of(result):
    count = result.summary["documents"]  # references come after them
    return sorted((d["id"], d["reason"], d["jaccard"], d["keeper_id"], d["keeper"] >= count, d["cluster"]) for d in result.decisions)


@pytest.mark.parametrize(("partitions", "small"), [(1, 16), (7, 2)])
def test_the_answer_of_one_machine(session, documents, partitions, small, monkeypatch):
    """small: buckets of more texts take rounds of leaders, here with a cap on rounds of decisions."""
    monkeypatch.setattr(ns, "SMALL", small)
    documents = documents if small < 16 else documents.slice(0, COUNT)
    frame = frame_of(session, documents).repartition(partitions)
    result = ns.dedup(frame, order="row", on_driver=0 if small < 16 else 1000, rounds=2)
    expected = neardup.dedup(documents, text="text", id="id")
    assert rows_of(result) == expected_of(expected)
    assert {row["id"] for row in result.kept.collect()} == set(expected.filter(documents)["id"].to_pylist())
    assert (result.summary["large_buckets"] > 0) == (small < 16) and result.summary["empty"] == 1
    clusters = {row["cluster"]: row["removed"] for row in result.clusters.collect()}
    assert clusters == {cluster["number"]: len(cluster["members"]) for cluster in expected.clusters}
    with pytest.raises(ValueError, match="pairs=True"):
        result.pairs
    result.unpersist()


def test_references_keep_and_pairs(session, documents):
    """Of what is in the reference, too, nothing stays; ids may be those of the documents."""
    part = documents.slice(0, 60)
    frame, given = frame_of(session, documents.slice(40)), frame_of(session, part).select("id", "row", "text")
    result = ns.find(frame.repartition(3), order="row", reference=given.repartition(2), keep="max:score")
    expected = neardup.find(documents.slice(40), reference=part, text="text", id="id", keep="max:score")
    assert rows_of(result) == expected_of(expected)
    assert result.summary["references"] == 60 and any(d["keeper_in_reference"] for d in result.decisions.collect())
    names = [(id, False) for id in documents.slice(40)["id"].to_pylist()] + [(id, True) for id in part["id"].to_pylist()]
    pairs = sorted((*sorted([(p["a"], False), (p["b"], p["b_in_reference"])]), p["reason"], p["jaccard"]) for p in result.pairs.collect())
    assert pairs == sorted((*sorted([names[p["a"]], names[p["b"]]]), p["reason"], p["jaccard"]) for p in expected.pairs)
    result.unpersist()


def test_what_cannot_be_done(session):
    frame = session.createDataFrame([("a", "one text", 1), ("b", "another", 2), ("b", "a third", None), (None, None, 4)], "id string, text string, n long")
    with pytest.raises(ValueError, match="1 documents have no id: fill the column 'id'"):
        ns.dedup(frame)
    with pytest.raises(ValueError, match="ids occur several times, such as 'b'"):
        ns.dedup(frame.filter("id is not null"))
    with pytest.raises(ValueError, match="1 documents have no order: fill the column 'n'"):
        ns.dedup(frame.filter("id is not null"), order="n")
    with pytest.raises(ValueError, match="no column 'url' .it has id, text, n.: say which with id='COLUMN'"):
        ns.dedup(frame, id="url")
    with pytest.raises(ValueError, match="no column 'score'"):
        ns.dedup(frame, keep="max:score")
    with pytest.raises(ValueError, match="invalid value 'best' for keep: expected first"):
        ns.dedup(frame, keep="best")
    with pytest.raises(ValueError, match="a column of bigint has no texts"):
        ns.dedup(frame, text="n")
    with pytest.raises(ValueError, match="'id' of the reference is int, that of the DataFrame string: cast"):
        ns.dedup(frame, reference=session.createDataFrame([(1, "a")], "id int, text string"))
    with pytest.raises(TypeError, match="df is a list"):
        ns.dedup(["a text"])
    with pytest.raises(neardup.Error, match="threshold"):
        ns.dedup(frame, threshold=0.1)


def test_nothing_to_do(session):
    """No document at all, and none with a text."""
    frame = session.createDataFrame([("a", None), ("b", "")], "id string, text string")
    result = ns.dedup(frame.filter("id = 'c'"))
    assert result.kept.count() == 0 and result.summary["documents"] == 0
    result = ns.dedup(frame)
    assert result.kept.count() == 2 and result.decisions.isEmpty()
    assert (result.summary["unreadable"], result.summary["empty"], result.summary["kept"]) == (1, 1, 2)
