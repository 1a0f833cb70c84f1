# SPDX-License-Identifier: MIT
"""Everything that people have documents in. Each test skips itself without its library."""

import json
import os
import shutil
import subprocess
import sys
import warnings

import pytest

import neardup
from test_neardup import OPTIONS, corpus, rows_of, table

TEXTS = corpus()


@pytest.fixture(scope="module")
def expected():
    return rows_of(neardup.dedup(TEXTS, threshold=0.6))


# ---- texts -----------------------------------------------------------------------------------------------------------


def test_iterables(expected):
    np = pytest.importorskip("numpy")
    for data in (
        TEXTS, tuple(TEXTS), iter(TEXTS), (x for x in TEXTS), [x.encode() for x in TEXTS], {x: i for i, x in enumerate(TEXTS)}.keys(),
        ((i, x) for i, x in enumerate(TEXTS)), list(enumerate(TEXTS)), map(str, TEXTS),
        np.array(TEXTS, dtype=object), np.array(TEXTS), np.array(TEXTS, dtype=object)[np.arange(len(TEXTS))],
    ):  # fmt: skip
        if type(data).__name__ == "dict_keys":
            assert len(neardup.dedup(data, threshold=0.6).decisions) > 0
        else:
            assert rows_of(neardup.dedup(data, threshold=0.6)) == expected, type(data)


def test_ids():
    texts = ["a b c d e f", "other words in this one here", "a b c d e f"]
    odd = ['"quoted" \\ back', "é\u2028\n\t", "\U0001f600"]
    for data in (zip(odd, texts), list(zip(odd, texts))):
        row = neardup.dedup(data).decisions.row(0)
        assert (row["id"], row["keeper_id"]) == (odd[2], odd[0])
    assert neardup.dedup(enumerate(texts)).decisions.row(0)["id"] == "2"
    pa = pytest.importorskip("pyarrow")
    for ids in (odd, [5, 6, 7], [1.5, 2.5, 3.5], [None, "x", None]):
        d = neardup.dedup(pa.table({"text": texts, "key": ids}), id="key").decisions.row(0)
        assert (d["id"], d["keeper_id"]) == tuple(None if x is None else str(x) for x in (ids[2], ids[0]))
    d = neardup.dedup(texts).decisions
    assert d.row(0)["id"] is None and d.to_arrow()["id"].null_count == 1


def test_failing_generators():
    def broken():
        yield "a b c"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        neardup.dedup(broken())
    with pytest.raises(TypeError, match="text 1 is not a str"):
        neardup.dedup(x for x in ["a", 7])
    with pytest.raises(TypeError, match="pairs"):
        neardup.dedup(x for x in [("a", "b", "c")])
    with pytest.warns(neardup.Warning):
        assert neardup.dedup(x for x in [None, "a b c", "a b c"]).removed == [2]
    r = neardup.dedup(x for x in [])
    assert r.kept == [] and len(r.decisions) == 0 and repr(r) and r._repr_html_()
    for wrong in (7, b"text", {"text": []}, None, object()):
        with pytest.raises(TypeError, match="expected a table, texts or paths"):
            neardup.dedup(wrong)


# ---- files -----------------------------------------------------------------------------------------------------------


def test_paths(tmp_path, expected):
    lines = [json.dumps({"id": i, "text": x}) + "\n" for i, x in enumerate(TEXTS)]
    (tmp_path / "a.jsonl").write_text("".join(lines[:150]))
    (tmp_path / "b.jsonl").write_text("".join(lines[150:]))
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for data in (tmp_path, str(tmp_path), paths, iter(paths), sorted(tmp_path.glob("*"))):
        r = neardup.dedup(data, threshold=0.6)
        assert rows_of(r) == expected
        assert r.decisions.row(0)["file"].startswith(str(tmp_path))
    with pytest.raises(TypeError, match="this one read files"):
        r.filter(TEXTS)
    with pytest.raises(neardup.Error, match="nowhere") as caught:
        neardup.dedup(tmp_path / "nowhere")
    assert caught.value.status == "NEARDUP_E_IO"
    (tmp_path / "p.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(neardup.Error, match="no verdict: some inputs could not be read: p.parquet: "):
        neardup.check(tmp_path)
    (tmp_path / "p.parquet").unlink()
    (tmp_path / "p.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.warns(neardup.Warning, match=r"p.txt: .*PNG image"):
        neardup.dedup(tmp_path, threshold=0.6)


def test_a_path_that_is_not_utf8(tmp_path):
    import os
    import pathlib

    name = os.fsencode(tmp_path) + b"/\xff.jsonl"
    try:
        with open(name, "wb") as file:
            file.write(b'{"text": "a b c d e f"}\n' * 2)
    except OSError:
        pytest.skip("the file system wants UTF-8")
    r = neardup.dedup(pathlib.Path(os.fsdecode(name)))
    assert r.removed == [1] and r.decisions.row(0)["file"].endswith(".jsonl")


# ---- Arrow -----------------------------------------------------------------------------------------------------------


def test_files_of_pyarrow(tmp_path, expected):
    pa = pytest.importorskip("pyarrow")
    ds = pytest.importorskip("pyarrow.dataset")
    pq = pytest.importorskip("pyarrow.parquet")
    t = table()
    pq.write_table(t, tmp_path / "t.parquet", row_group_size=61)
    data = ds.dataset(tmp_path / "t.parquet")
    for source in (data, data.scanner(), pq.ParquetFile(tmp_path / "t.parquet"), t.to_reader(31), t.to_batches()[0]):
        assert rows_of(neardup.dedup(source, **OPTIONS)) == expected, type(source)
    with pytest.raises(neardup.Error, match="no column 'txt'; its columns: url"):
        neardup.dedup(data, text="txt")
    pa.Table.validate(neardup.dedup(data, **OPTIONS).decisions.to_arrow(), full=True)


NAMES = [
    {"id": "x", "keep": "max:x"}, {"id": "x", "keep": "min:x", "group": "x"}, {"group": "x", "keep": "max:x"}, {"id": "s", "group": "s"},
    {"text": "text", "id": "text"}, {"text": "text", "id": "x", "group": "text"}, {"text": "text", "id": "text", "group": "text"},
    {"text": "a.b", "id": "n.i", "keep": "max:n.i"}, {"text": 'a"b', "id": "a[0]", "group": "a, b"}, {"text": "in.text", "id": "in.x"},
]  # fmt: skip


@pytest.mark.parametrize("fields", NAMES, ids=range(len(NAMES)))
def test_columns_of_any_name_and_use(fields, tmp_path):
    """One column for several things, and names that are paths in JSON: a table, a stream, and one that is written."""
    pa = pytest.importorskip("pyarrow")
    texts = corpus(60, seed=3)
    numbers = [(i * 37) % 61 + 2**60 for i in range(60)]  # a double has too few digits for them
    t = pa.table(
        {"text": texts, "x": numbers, "s": [str(i % 3) for i in range(60)], "a.b": texts, "n.i": numbers, 'a"b': texts,
         "a[0]": numbers, "a, b": numbers, "in": [{"text": a, "x": b} for a, b in zip(texts, numbers)]}
    )  # fmt: skip
    results = []
    for data in (t, t.to_reader(17)):
        for output in (None, tmp_path / str(len(results))):
            more = {"output": output} if output else {}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a text is the id of its copies
                results.append(neardup.dedup(data, threshold=0.5, **fields, **more))
            if data is not t:
                data = t.to_reader(17)
    assert 5 < len(results[0].removed) < 55
    for r in results[1:]:
        assert r.removed == results[0].removed and len(r.clusters) == len(results[0].clusters)


def test_a_failing_stream():
    pa = pytest.importorskip("pyarrow")
    t = table()

    def batches():
        yield from t.to_batches(100)[:2]
        raise RuntimeError("the network is down")

    for held in (False, True):
        data = reader = pa.RecordBatchReader.from_batches(t.schema, batches())
        if held:
            methods = {"__arrow_c_stream__": lambda _, __=None: reader.__arrow_c_stream__(), "__len__": lambda _: 1}
            data = type("Held", (), methods)()
        with pytest.raises((neardup.Error, RuntimeError), match="the network is down"):
            neardup.dedup(data, **OPTIONS)


def test_polars(expected):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(table().to_pydict())
    for data in (frame, frame.rechunk(), pl.concat([frame[:100], frame[100:]], rechunk=False), frame.lazy()):
        r = neardup.dedup(data, **OPTIONS)
        assert rows_of(r) == expected
        clean = r.filter(data)
        assert type(clean) is type(data) and clean.lazy().collect()["score"].to_list() == r.kept
    assert rows_of(neardup.dedup(frame["body"], threshold=0.6)) == expected
    assert rows_of(neardup.dedup(frame.with_columns(pl.col("body").cast(pl.Categorical)), **OPTIONS)) == expected
    assert r.decisions.to_polars()["row"].to_list() == r.removed
    assert pl.from_arrow(r.decisions.to_arrow()).height == len(r.decisions)


def test_pandas(expected):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(table().to_pydict())
    for data in (frame, frame.set_index("url", drop=False), frame.astype({"body": "category"}), frame.astype({"body": object})):
        r = neardup.dedup(data, **OPTIONS)
        assert rows_of(r) == expected and list(r.filter(data)["score"]) == r.kept
    assert rows_of(neardup.dedup(frame["body"], threshold=0.6)) == expected
    part = frame[50:300]
    assert rows_of(neardup.dedup(part, **OPTIONS)) == rows_of(neardup.dedup(list(part["body"]), threshold=0.6))
    missing = pd.DataFrame({"text": ["a b c d e f", None, float("nan"), "a b c d e f"]})
    with pytest.warns(neardup.Warning):
        assert neardup.dedup(missing).removed == [3]
    assert list(r.decisions.to_pandas()["row"]) == r.removed


def test_duckdb(expected):
    duckdb = pytest.importorskip("duckdb")
    t = table()
    connection = duckdb.connect()
    connection.register("t", t)
    relation = connection.sql("select url, body from t")
    r = neardup.dedup(relation, **OPTIONS)
    assert rows_of(r) == expected
    removed = r.decisions.to_arrow()
    assert connection.sql("select count(*) from removed where jaccard >= 0.6").fetchall() == [(len(removed),)]
    connection.register("kept", pytest.importorskip("pyarrow").table({"row": r.kept}))
    clean = connection.sql("select t.* from t positional join (select range as row from range(400)) semi join kept using (row)")
    assert len(clean.fetchall()) == len(r.kept)


def test_datasets(expected, tmp_path):
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict(table().to_pydict())
    assert rows_of(neardup.dedup(data, **OPTIONS)) == expected
    some = data.select(range(100, 300))
    shuffled = data.shuffle(seed=1)
    for part in (some, shuffled, data.filter(lambda row: row["score"] % 3 > 0)):
        r = neardup.dedup(part, **OPTIONS)
        assert rows_of(r) == rows_of(neardup.dedup(part["body"][:], threshold=0.6))
        assert r.filter(part)["score"][:] == [part["score"][i] for i in r.kept]
    assert rows_of(neardup.dedup(data.to_iterable_dataset(), **OPTIONS)) == expected
    with pytest.raises(TypeError, match="this has the splits train, test"):
        neardup.dedup(datasets.DatasetDict(train=data, test=data))
    c = neardup.check(splits=datasets.DatasetDict(train=data, test=some), text="body", id="url")
    assert not c and c.rules[0].part == c.rules[0].whole


def test_pyspark(monkeypatch):
    pytest.importorskip("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("pyspark needs Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)  # its workers need pyarrow, too
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    frame = spark.createDataFrame(list(enumerate(["a b c d e f", "x y z 1 2 3", "a b c d e f"])), ["id", "text"])
    r = neardup.dedup(frame)
    assert r.removed == [2]
    assert spark.createDataFrame(r.decisions.to_pandas()).count() == 1
    spark.stop()


# ---- memory ----------------------------------------------------------------------------------------------------------

MEASURE = """
import os, pathlib, neardup
import pyarrow as pa

def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10

def texts(count, size=2000):
    words = os.urandom(count * size * 4 // 9 + 9).hex(" ", 4)
    return [words[i * size : (i + 1) * size] for i in range(count)]

def batches(count):
    for _ in range(count):
        yield pa.record_batch({"text": texts(1000)})

"""


def measured(code):
    try:
        with open("/proc/self/clear_refs", "a"):
            pass
    except OSError:
        pytest.skip("the peak of memory cannot be measured here")
    done = subprocess.run([sys.executable, "-c", MEASURE + code], stdout=subprocess.PIPE, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


def test_tables_are_read_in_place():
    """The engine needs little beside a table of 100 MB: its texts are not copied."""
    pytest.importorskip("pyarrow")
    grown, removed = measured(
        "t = pa.Table.from_batches(batches(50))\n"
        "pathlib.Path('/proc/self/clear_refs').write_text('5')\n"
        "before = peak()\n"
        "r = neardup.dedup(t)\n"
        "print(peak() - before, len(r.removed))\n"
    )
    assert removed == 0 and grown < 60 << 20


@pytest.mark.parametrize("source", [
    "pa.RecordBatchReader.from_batches(pa.schema({'text': pa.string()}), batches(200))",
    "(x for _ in range(200) for x in texts(1000))",
], ids=["reader", "generator"])  # fmt: skip
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer holds what is freed")
def test_streams_are_larger_than_memory(source):
    """400 MB pass through a process that never has 250."""
    pytest.importorskip("pyarrow")
    most, records = measured(f"r = neardup.dedup({source}, memory='200M')\nprint(peak(), r.summary['records'])\n")
    assert records == 200000 and most < 250 << 20


def test_texts_that_a_command_makes(tmp_path):
    texts = corpus(60, seed=4)
    for i, text in enumerate(texts):
        (tmp_path / f"{i:02}.bin").write_text("\0" + text)
    made = neardup.dedup(tmp_path, pre="sed 's/^.//'", pre_glob=["*.bin", "!x*"], threshold=0.5)
    plain = neardup.dedup(texts, threshold=0.5)
    assert len(plain.decisions) == len(made.decisions) > 5
    with pytest.raises(ValueError, match="pre_glob requires pre"):
        neardup.dedup(tmp_path, pre_glob="*.bin")
    with pytest.raises(neardup.Error, match="cannot run './nosuch'"):
        neardup.dedup(tmp_path, pre="./nosuch")
