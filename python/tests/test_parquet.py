# SPDX-License-Identifier: MIT
"""Parquet files by the program: the same decisions as for JSON Lines and for tables, and the same file but for some rows."""

import decimal
import json
import os
import random
import subprocess

import pytest

import neardup
from test_neardup import corpus
from test_program import PROGRAM, lines_of, run

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(scope="module")
def table():
    texts = corpus(600, seed=8)
    texts[3], texts[5], texts[7] = None, "", 'quotes " \\ and\tcontrol \x01 characters\r\n\u2028 é'
    rng, n = random.Random(1), len(texts)
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False), pa.field("text", pa.string(), metadata={"what": "the text"}),
            ("meta", pa.struct([("tags", pa.list_(pa.string())), ("body", pa.string())])), ("price", pa.decimal128(9, 2)),
            ("raw", pa.binary()), ("site", pa.dictionary(pa.int32(), pa.string())), ("when", pa.timestamp("us", "UTC")),
            ("vector", pa.list_(pa.float32(), 3)), ("flag", pa.bool_()), ("map", pa.map_(pa.string(), pa.int32())),
        ],
        metadata={"owner": "tests", "huggingface": "{}"},
    )  # fmt: skip
    columns = [
        range(n), texts, [{"tags": ["a", None], "body": x} if i % 9 else None for i, x in enumerate(texts)],
        [decimal.Decimal(i) / 4 for i in range(n)], [b"\0\xff" * (i % 3) for i in range(n)], [rng.choice("abc") for _ in range(n)],
        [i * 10**6 for i in range(n)], [[i, 0.5, None] for i in range(n)], [None if i % 7 == 0 else i % 2 == 0 for i in range(n)],
        [[("k", i)] for i in range(n)],
    ]  # fmt: skip
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, schema)], schema=schema)


WRITTEN = [
    {"row_group_size": 170, "compression": "zstd"},
    {"row_group_size": 600, "compression": {"text": "gzip", "id": "none", "price": "snappy"}, "use_dictionary": ["site"]},
    {"row_group_size": 64, "version": "1.0", "write_statistics": False, "use_dictionary": False},
    {"column_encoding": {"id": "DELTA_BINARY_PACKED", "raw": "DELTA_BYTE_ARRAY"}, "use_dictionary": ["text"]},
    {"row_group_size": 100, "store_schema": False, "write_page_index": True, "store_decimal_as_integer": True},
    {"use_compliant_nested_type": False, "sorting_columns": [pq.SortingColumn(0)]},
]


def layout(parquet):
    """All that a file says about its columns."""
    for i in range(parquet.metadata.num_columns):
        column = parquet.metadata.row_group(0).column(i)
        encodings = set(column.encodings) - {"PLAIN"}  # of pages that an older dictionary page became too large for
        yield column.path_in_schema, column.physical_type, column.compression, encodings, column.has_dictionary_page
        yield column.is_stats_set, column.has_offset_index


@pytest.mark.parametrize("options", WRITTEN, ids=range(len(WRITTEN)))
def test_written_again(table, tmp_path, options):
    pq.write_table(table, tmp_path / "in.parquet", **options)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"id": r["id"], "text": r["text"]}) + "\n" for r in table.to_pylist()))
    run(tmp_path, "dedup", "in.parquet", "-o", "clean", "--threshold", "0.5")
    run(tmp_path, "dedup", "in.jsonl", "-o", "lines", "--threshold", "0.5")
    before, after = pq.ParquetFile(tmp_path / "in.parquet"), pq.ParquetFile(tmp_path / "clean" / "in.parquet")
    removed = [d["id"] for d in lines_of((tmp_path / "clean" / "decisions.jsonl").read_text())]
    lines = lines_of((tmp_path / "lines" / "decisions.jsonl").read_text())
    assert removed == [d["id"] for d in lines] and 50 < len(removed) < 500
    kept = sorted(set(range(table.num_rows)) - set(removed))
    assert neardup.dedup(table, threshold=0.5).filter(table)["id"].to_pylist() == kept
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    assert after.schema.equals(before.schema)
    # As lists: the codes of a dictionary depend on the row groups.
    assert after.read().to_pylist() == before.read().take(kept).to_pylist()
    assert list(layout(after)) == list(layout(before))
    groups = [before.metadata.row_group(i).num_rows for i in range(before.num_row_groups)]
    assert after.num_row_groups == len(groups) and after.metadata.format_version == before.metadata.format_version
    assert after.metadata.row_group(0).sorting_columns == before.metadata.row_group(0).sorting_columns
    run(tmp_path, "dedup", "clean/in.parquet", "-o", "again", "--threshold", "0.5")
    assert (tmp_path / "again" / "in.parquet").read_bytes() == (tmp_path / "clean" / "in.parquet").read_bytes()


def test_other_programs_read_it(table, tmp_path):
    # datasets has no maps, and what is under this name of the metadata is its own.
    known = table.drop_columns(["map"]).replace_schema_metadata({"owner": "tests"})
    pq.write_table(known, tmp_path / "in.parquet", row_group_size=100)
    run(tmp_path, "dedup", "in.parquet", "-o", "clean")
    path = tmp_path / "clean" / "in.parquet"
    ids = pq.read_table(path)["id"].to_pylist()
    readers = {
        "pandas": lambda m: m.read_parquet(path)["id"].tolist(),
        "polars": lambda m: m.read_parquet(path, columns=["id"])["id"].to_list(),
        "duckdb": lambda m: [row[0] for row in m.sql(f"SELECT id FROM '{path}'").fetchall()],
        "datasets": lambda m: m.load_dataset(str(path.parent), data_files="*.parquet", split="train", cache_dir=tmp_path)["id"][:],
    }
    for name, read in readers.items():
        try:
            module = __import__(name)
        except ImportError:
            continue
        assert list(read(module)) == ids, name


def test_fields_and_kinds(table, tmp_path):
    pq.write_table(table, tmp_path / "x.parquet")
    with pa.ipc.new_file(tmp_path / "x.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=90)
    with pa.ipc.new_stream(tmp_path / "x.arrows", table.schema) as stream:
        stream.write_table(table)
    options = ["--text-field", "meta.body", "--format", "jsonl", "-q", "--keep", "max:id"]
    found = [run(tmp_path, "find", name, *options).replace(name, "x") for name in ("x.parquet", "x.arrow", "x.arrows")]
    assert found[0] == found[1] == found[2] and len(found[0]) > 1000
    run(tmp_path, "dedup", "x.arrow", "-o", "no", status=2)
    run(tmp_path, "dedup", "x.parquet", "-o", "-", status=2)
    run(tmp_path, "dedup", "x.parquet", "-o", "no", "--unit", "paragraph", status=2)
    run(tmp_path, "find", "x.parquet", "--text-field", "nosuch", status=2)
    assert not (tmp_path / "no").exists()
    assert neardup.dedup(tmp_path / "x.parquet").summary["documents"] == neardup.dedup(table).summary["documents"]


def test_bytes_that_are_not_utf_8_are_counted(tmp_path):
    texts = [b"one two three four five six seven eight nine ten " * 9 + (b"\xff \"x\"" if i == 1 else b"") for i in range(3)]
    pq.write_table(pa.table({"text": pa.array(texts, pa.binary())}), tmp_path / "x.parquet")
    run(tmp_path, "dedup", "x.parquet", "-o", "out")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["invalid_utf8"] == 1
    assert pq.read_table(tmp_path / "out" / "x.parquet").num_rows == 1
    run(tmp_path, "find", "x.parquet", "--strict", status=2)


def test_views_are_written_again(table, tmp_path):
    texts = table["text"].cast(pa.string_view())
    pq.write_table(pa.table({"text": texts, "raw": table["raw"].cast(pa.binary_view())}), tmp_path / "x.parquet", row_group_size=170)
    run(tmp_path, "dedup", "x.parquet", "-o", "out")
    removed = {x["line"] for x in lines_of((tmp_path / "out" / "decisions.jsonl").read_text())}
    kept = pq.read_table(tmp_path / "out" / "x.parquet")
    assert kept["text"].to_pylist() == [x for i, x in enumerate(texts.to_pylist(), 1) if i not in removed] and removed
    assert kept.schema == pq.read_schema(tmp_path / "x.parquet")


def test_decimals_are_numbers(tmp_path):
    price = pa.array([None if i == 2 else decimal.Decimal(i) for i in (9, 10, 2)], pa.decimal128(9, 2))
    pq.write_table(pa.table({"text": ["one two three four five six seven"] * 3, "price": price}), tmp_path / "x.parquet")
    run(tmp_path, "dedup", "x.parquet", "-o", "out", "--keep", "max:price")
    assert pq.read_table(tmp_path / "out" / "x.parquet")["price"].to_pylist() == [decimal.Decimal(10)]


def test_damage(table, tmp_path):
    pq.write_table(table, tmp_path / "good.parquet", row_group_size=50, compression="snappy")
    data = (tmp_path / "good.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: len(data) // 2])
    (tmp_path / "zeros.parquet").write_bytes(data[:9000] + bytes(9000) + data[18000:])
    pq.write_table(table.slice(0, 0), tmp_path / "empty.parquet")
    run(tmp_path, "dedup", "good.parquet", "cut.parquet", "empty.parquet", "zeros.parquet", "-o", "out", status=2)
    assert not (tmp_path / "out" / "cut.parquet").exists()
    assert (tmp_path / "out" / "empty.parquet").read_bytes() == (tmp_path / "empty.parquet").read_bytes()


def run_program(folder, *arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)


def test_damage_after_rows_were_handed_over(tmp_path):
    """The rows that were read are in the decisions, but cannot be removed from the file: so nothing is written."""
    texts = corpus(300, seed=9)
    texts = [f"{texts[i % 300]} {i} {i + 1} {i + 2}" if i % 7 else texts[0] for i in range(5100)]
    table = pa.table({"id": range(len(texts)), "text": texts})
    # The first row group is more than one batch of pyarrow.
    pq.write_table(table, tmp_path / "good.parquet", row_group_size=5000, use_dictionary=False)
    column = pq.ParquetFile(tmp_path / "good.parquet").metadata.row_group(1).column(1)
    data = bytearray((tmp_path / "good.parquet").read_bytes())
    begin, length = column.data_page_offset, column.total_compressed_size
    data[begin : begin + length] = bytes(length)
    (tmp_path / "bad.parquet").write_bytes(data)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "mine.txt").write_text("mine")
    for inputs in (["bad.parquet"], ["good.parquet", "bad.parquet"]):
        failed = run_program(tmp_path, "dedup", *inputs, "-o", "out")
        assert failed.returncode == 2 and not failed.stdout
        assert "cannot remove rows from 'bad.parquet', so nothing was written: " in failed.stderr
        assert "failed with status 1" in failed.stderr
        assert run_program(tmp_path, "dedup", *inputs, "-o", "old", "--force").returncode == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.parquet", "good.parquet", "old"]
    assert [p.name for p in (tmp_path / "old").iterdir()] == ["mine.txt"]
    with pytest.raises(neardup.Error, match="nothing was written"):
        neardup.dedup(tmp_path / "bad.parquet", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    # Nothing is written by the others: what was read is compared, and the file is one that was not read to its end.
    for command in ("find", "check"):
        partly = run_program(tmp_path, command, "bad.parquet")
        assert partly.returncode == 2 and "bad.parquet: error: " in partly.stderr
        assert "1 input file could not be read to the end; the rest was processed" in partly.stderr
    assert neardup.find(tmp_path / "bad.parquet").summary["failed_files"] == 1


def test_modules_in_the_current_folder_are_not_loaded(table, tmp_path):
    (tmp_path / "pyarrow.py").write_text("open('loaded', 'w')")
    (tmp_path / "neardup").mkdir()
    (tmp_path / "neardup" / "__init__.py").write_text("open('loaded', 'w')")
    pq.write_table(table, tmp_path / "x.parquet")
    run(tmp_path, "find", "x.parquet")
    assert not os.path.exists(tmp_path / "loaded")
