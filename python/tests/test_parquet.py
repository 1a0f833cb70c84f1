# SPDX-License-Identifier: MIT
"""Parquet and Arrow files by the program: the same decisions as for JSON Lines and for tables, and the same file but for some
rows."""

import decimal
import json
import os
import random
import subprocess
import sys

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


def nested(table):
    """What Arrow files have beyond the table above: columns that are views or whose lists are long."""
    more = {
        "view": table["text"].cast(pa.string_view()), "large": table["text"].cast(pa.large_string()),
        "union": pa.UnionArray.from_sparse(pa.array([i % 2 for i in range(600)], pa.int8()), [pa.array(range(600)), pa.array([str(i) for i in range(600)])]),
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([300, 600], pa.int32()), pa.array(["x", "y"])),
    }  # fmt: skip
    for name, column in more.items():
        table = table.append_column(pa.field(name, column.type, metadata={"of": name}), column)
    return table


def stream_batches(path):
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        return [(b.to_pylist(), None if m is None else dict(m)) for b, m in reader.iter_batches_with_custom_metadata()]


def file_batches(path):
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        all_of_them = (reader.get_batch_with_custom_metadata(i) for i in range(reader.num_record_batches))
        return [(b.to_pylist(), None if m is None else dict(m)) for b, m in all_of_them]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_is_written_again(table, tmp_path, kind, compression):
    table = nested(table)
    options = pa.ipc.IpcWriteOptions(compression=compression)
    opening = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    more = {"metadata": {"of": "the file"}} if kind == "file" else {}
    with opening(tmp_path / "x.arrow", table.schema, options=options, **more) as writer:
        for i, batch in enumerate(table.to_batches(max_chunksize=170)):
            writer.write_batch(batch, {"batch": str(i)} if i != 1 else None)
    run(tmp_path, "dedup", "x.arrow", "-o", "out", "--threshold", "0.5")
    removed = {x["line"] for x in lines_of((tmp_path / "out" / "decisions.jsonl").read_text())}
    assert 50 < len(removed) < 500
    batches = file_batches if kind == "file" else stream_batches
    kept, line = [], 0
    for rows, metadata in batches(tmp_path / "x.arrow"):
        kept.append(([row for i, row in enumerate(rows, line + 1) if i not in removed], metadata))
        line += len(rows)
    assert batches(tmp_path / "out" / "x.arrow") == kept
    with pa.memory_map(str(tmp_path / "out" / "x.arrow")) as source:
        reader = pa.ipc.open_file(source) if kind == "file" else pa.ipc.open_stream(source)
        assert reader.schema.equals(table.schema, check_metadata=True)
        if kind == "file":
            assert dict(reader.metadata) == {b"of": b"the file"}
    before, after = (os.path.getsize(tmp_path / name) for name in ("x.arrow", "out/x.arrow"))
    assert after < before * (1 - len(removed) / 600) * 1.5  # compressed as before
    run(tmp_path, "dedup", "out/x.arrow", "-o", "again", "--threshold", "0.5")
    assert (tmp_path / "again" / "x.arrow").read_bytes() == (tmp_path / "out" / "x.arrow").read_bytes()


def test_other_programs_read_arrow(table, tmp_path):
    texts = table.select(["id", "text", "site"])
    with pa.ipc.new_file(tmp_path / "x.arrow", texts.schema) as file:
        file.write_table(texts, max_chunksize=90)
    with pa.ipc.new_stream(tmp_path / "y.arrow", texts.schema) as stream:
        stream.write_table(texts, max_chunksize=90)
    feather = pytest.importorskip("pyarrow.feather")
    feather.write_feather(texts, tmp_path / "z.feather")
    plain = texts.select(["id", "text"])
    feather.write_feather(plain, tmp_path / "old.feather", version=1)
    run(tmp_path, "dedup", "x.arrow", "-o", "out")
    ids = pa.ipc.open_file(tmp_path / "out" / "x.arrow").read_all()["id"].to_pylist()
    for name in ("y.arrow", "z.feather", "old.feather"):
        run(tmp_path, "dedup", name, "-o", name + ".out")
    assert pa.ipc.open_stream(tmp_path / "y.arrow.out" / "y.arrow").read_all()["id"].to_pylist() == ids
    assert (tmp_path / "old.feather.out" / "old.feather").read_bytes().startswith(b"FEA1")
    readers = {
        "pyarrow": lambda m: feather.read_table(tmp_path / "old.feather.out" / "old.feather")["id"].to_pylist(),
        "pandas": lambda m: m.read_feather(tmp_path / "z.feather.out" / "z.feather")["id"].tolist(),
        "polars": lambda m: m.read_ipc(tmp_path / "out" / "x.arrow")["id"].to_list(),
        "datasets": lambda m: m.Dataset.from_file(str(tmp_path / "y.arrow.out" / "y.arrow"))["id"][:],
    }
    for name, read in readers.items():
        try:
            module = __import__(name)
        except ImportError:
            continue
        assert list(read(module)) == ids, name


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
    run(tmp_path, "dedup", "x.parquet", "-o", "-", status=2)
    run(tmp_path, "dedup", "x.arrow", "-o", "-", status=2)
    run(tmp_path, "dedup", "x.parquet", "-o", "no", "--annotate", "--unit", "paragraph", status=2)
    run(tmp_path, "find", "x.parquet", "--text-field", "nosuch", status=2)
    assert not (tmp_path / "no").exists()
    assert neardup.dedup(tmp_path / "x.parquet").summary["documents"] == neardup.dedup(table).summary["documents"]


def test_paragraphs_are_reported_and_not_cut(tmp_path):
    again = "a paragraph of more than eight words that is in every text of this table"
    texts = [f"{again}\n\ntext number {i}, which has {i} and {i * 7} and {i * 77} and {i * 777} in it" for i in range(9)]
    with pa.ipc.new_file(tmp_path / "x.arrow", pa.schema([("text", pa.string())])) as file:
        file.write_table(pa.table({"text": [*texts, texts[0]]}))
    run(tmp_path, "dedup", "x.arrow", "-o", "parts", "--unit", "paragraph")
    assert (tmp_path / "parts" / "x.arrow").read_bytes() == (tmp_path / "x.arrow").read_bytes()
    assert '"uncut": ' in (tmp_path / "parts" / "summary.json").read_text()
    run(tmp_path, "dedup", "x.arrow", "-o", "both", "--unit", "document,paragraph")
    assert pa.ipc.open_file(tmp_path / "both" / "x.arrow").read_all()["text"].to_pylist() == texts


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


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x.feather"])
def test_files_that_are_tables_by_name_only(tmp_path, name):
    for content in (b"", b"PAR1", b"PAR1PAR1", b"ARROW1", b"some words that look like a text"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(neardup.Error, match=f"none of the inputs could be read: {name}: pyarrow: "):
            neardup.find(tmp_path / name)


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
        assert "so nothing was written: pyarrow: " in failed.stderr
        assert run_program(tmp_path, "dedup", *inputs, "-o", "old", "--force").returncode == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.parquet", "good.parquet", "old"]
    assert [p.name for p in (tmp_path / "old").iterdir()] == ["mine.txt"]
    with pytest.raises(neardup.Error, match="nothing was written"):
        neardup.dedup(tmp_path / "bad.parquet", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    # A reference that is not read to its end would let duplicates of it stay.
    for reference in ("bad.parquet", "empty.parquet"):
        (tmp_path / "empty.parquet").write_bytes(b"PAR1" + bytes(100))
        failed = run_program(tmp_path, "dedup", "good.parquet", "--reference", reference, "-o", "out")
        assert failed.returncode == 2 and f"cannot read the reference '{reference}' to its end, so nothing was" in failed.stderr
        assert not (tmp_path / "out").exists()
    (tmp_path / "empty.parquet").unlink()
    # Nothing is written by the others: what was read is compared, and the file is one that was not read to its end.
    for command in ("find", "check"):
        partly = run_program(tmp_path, command, "bad.parquet")
        assert partly.returncode == 2 and "bad.parquet: error: " in partly.stderr
        assert "1 input file could not be read to the end; the rest was processed" in partly.stderr
    assert neardup.find(tmp_path / "bad.parquet").summary["failed_files"] == 1


READER = """#!{python}
import os, signal, sys, time
from neardup import tables
put, answers = tables.Answer.block, 0
def block(self, kind, count, parts):
    global answers
    put(self, kind, count, parts)
    answers += kind == tables.END
    if {when}:
        {what}
tables.Answer.block = block
status = tables.main()
{end}
sys.exit(status)
"""


@pytest.fixture
def with_reader(table, tmp_path, monkeypatch):
    """A program in place of Python, which does something to itself."""
    pq.write_table(table.select(["id", "text"]), tmp_path / "x.parquet", row_group_size=170)
    (tmp_path / "same.jsonl").write_text('{"text": "another text of a few words"}\n')

    def run_with(*arguments, when="False", what="os.kill(os.getpid(), signal.SIGKILL)", end=""):
        (tmp_path / "reader").write_text(READER.format(python=sys.executable, when=when, what=what, end=end))
        (tmp_path / "reader").chmod(0o755)
        monkeypatch.setenv("NEARDUP_PYTHON", str(tmp_path / "reader"))
        return run_program(tmp_path, *arguments)

    return run_with


def test_a_reader_that_is_killed(with_reader, tmp_path):
    killed = "was killed by signal 9 (Killed)"
    early = with_reader("dedup", "x.parquet", "same.jsonl", "-o", "early", when="kind == tables.READY")
    # It had given nothing: as a file that cannot be opened, it is left out.
    assert early.returncode == 2 and "x.parquet: error: " in early.stderr and killed in early.stderr
    assert (tmp_path / "early" / "same.jsonl").exists() and not (tmp_path / "early" / "x.parquet").exists()
    for arguments in (["x.parquet"], ["same.jsonl", "--reference", "x.parquet"]):
        rows = with_reader("dedup", *arguments, "-o", "out", when="kind == tables.ROWS")
        assert rows.returncode == 2 and killed in rows.stderr and "so nothing was written" in rows.stderr
    written = with_reader("dedup", "x.parquet", "-o", "out", "--threshold", "0.5", when="kind == tables.BYTES")
    assert written.returncode == 2 and "cannot remove rows from 'x.parquet': " in written.stderr and killed in written.stderr
    assert not (tmp_path / "out").exists()
    # After its answer nobody needs it: another one writes.
    good = with_reader("dedup", "x.parquet", "-o", "out", "--threshold", "0.5", when="answers == 1")
    assert good.returncode == 0 and "error" not in good.stderr
    assert pq.read_table(tmp_path / "out" / "x.parquet").num_rows < 600


def test_a_reader_that_does_not_end(with_reader):
    end = "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(10**6)"
    assert with_reader("find", "x.parquet", end=end).returncode == 0
    assert with_reader("find", "x.parquet", when="kind == tables.END", what=end).returncode == 0


def test_a_reader_that_says_something_else(with_reader):
    for kind in ("tables.READY", "tables.ROWS"):
        wrong = with_reader("dedup", "x.parquet", "-o", "out", when=f"kind == {kind}", what="os.write(1, b'hello, world! ' * 9)")
        assert wrong.returncode == 2 and "the program that reads tables gave something else than rows" in wrong.stderr


def test_pyarrow_that_cannot_be_loaded(table, tmp_path, monkeypatch):
    pq.write_table(table.select(["text"]), tmp_path / "x.parquet")
    script = f"#!{sys.executable}\nimport sys\nsys.modules['pyarrow.lib'] = None\nsys.argv.append('numpy')\n"
    (tmp_path / "reader").write_text(script + "from neardup import tables\nsys.exit(tables.main())\n")
    (tmp_path / "reader").chmod(0o755)
    monkeypatch.setenv("NEARDUP_PYTHON", str(tmp_path / "reader"))
    failed = run_program(tmp_path, "find", "x.parquet")
    assert failed.returncode == 2 and "cannot load pyarrow: " in failed.stderr
    (tmp_path / "reader").write_text(f"#!{sys.executable}\nraise SystemExit(3)\n")
    failed = run_program(tmp_path, "find", "x.parquet")
    assert failed.returncode == 2 and "pip install neardup pyarrow" in failed.stderr


def test_many_files(table, tmp_path):
    """One process reads many files, and writes them."""
    whole = table.select(["id", "text"])
    for i in range(12):
        pq.write_table(whole.slice(50 * i, 50), tmp_path / f"{i:02}.parquet")
    pq.write_table(whole, tmp_path / "whole.parquet")
    (tmp_path / "files").write_text("".join(f"{i:02}.parquet\n" for i in range(12)))
    run(tmp_path, "dedup", "--files-from", "files", "-o", "parts", "--threshold", "0.5")
    run(tmp_path, "dedup", "whole.parquet", "-o", "out", "--threshold", "0.5")
    kept = [x for i in range(12) for x in pq.read_table(tmp_path / "parts" / f"{i:02}.parquet")["id"].to_pylist()]
    assert kept == pq.read_table(tmp_path / "out" / "whole.parquet")["id"].to_pylist()


def test_modules_in_the_current_folder_are_not_loaded(table, tmp_path):
    (tmp_path / "pyarrow.py").write_text("open('loaded', 'w')")
    (tmp_path / "neardup").mkdir()
    (tmp_path / "neardup" / "__init__.py").write_text("open('loaded', 'w')")
    pq.write_table(table, tmp_path / "x.parquet")
    run(tmp_path, "find", "x.parquet")
    assert not os.path.exists(tmp_path / "loaded")
