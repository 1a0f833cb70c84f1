# SPDX-License-Identifier: MIT
"""Parquet and Arrow files for the program neardup, which runs this module as a program of its own:

    read FIELD... FILE   prints the columns of these fields, of which the first one is the text, as JSON Lines: one row per line
    write FILE           writes the Parquet file again to standard output, without the rows whose numbers (from 0, ascending,
                         64 bits each) are on standard input

pyarrow parses the file, here and not in the program: if a damaged file makes it crash, the file is unreadable, and that is
all. The row groups are read one after the other.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 4096  # in a piece: some megabytes of web pages


# ---- reading ---------------------------------------------------------------------------------------------------------


def _columns(names: list[str], fields: list[str]) -> list[str]:
    """The columns that the fields are in: a field may be a column, a path into one, or several with commas between."""
    known = dict.fromkeys(names)
    if fields[0] not in known and not any(fields[0].startswith((f"{name}.", f"{name}[")) for name in names):
        return names  # the message about the missing text lists what there is
    wanted = [name for name in fields if name in known]
    for field in fields:
        if field in known:
            continue
        if set(field) & set(",\\"):
            return names
        head = field.split("[")[0]
        while head and head not in known:
            head = head.rpartition(".")[0]
        if head:
            wanted.append(head)
    return list(dict.fromkeys(wanted))


def _batches(path: str, fields: list[str]) -> Iterator[pa.RecordBatch]:
    with open(path, "rb") as file:
        magic = file.read(8)
    if magic.startswith(b"PAR1"):
        with pq.ParquetFile(path, memory_map=True) as parquet:
            columns = _columns(parquet.schema_arrow.names, fields)
            # Without columns pyarrow gives no rows either, and a row without the text is a record that cannot be read.
            yield from parquet.iter_batches(_ROWS, columns=columns or parquet.schema_arrow.names[:1])
        return
    with pa.memory_map(path) as source:
        if magic.startswith(b"ARROW1"):
            reader = pa.ipc.open_file(source)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        elif magic.startswith(b"FEA1"):
            import pyarrow.feather

            batches = iter(pyarrow.feather.read_table(path).to_batches(_ROWS))
        else:
            reader = pa.ipc.open_stream(source)
            batches = iter(reader)
        for whole in batches:
            columns = _columns(whole.schema.names, fields)
            for at in range(0, whole.num_rows, _ROWS):
                yield whole.select(columns or whole.schema.names[:1]).slice(at, _ROWS)


def _joined(*parts: Any) -> pa.Array:
    """Strings one after another; null if one of them is."""
    return pc.binary_join_element_wise(
        *(pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in (*parts, ""))
    )


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES.update((chr(code), f"\\u{code:04x}") for code in range(0x20) if chr(code) not in _ESCAPES)
_PLAIN = bytes(code for code in range(0x100) if chr(code) not in _ESCAPES)


def _escaped(column: pa.Array) -> pa.Array:
    """Strings as they are inside of quotes. One pass over the bytes shows which characters must be escaped, and each of these
    takes another one: for most texts there are one or two. With a pass for each of the usual five, reading took 1.5 times
    as long."""
    offsets, text = column.buffers()[1:]
    ends = memoryview(offsets).cast("q")
    piece = memoryview(text if text is not None else b"")[ends[column.offset] : ends[column.offset + len(column)]]
    found = set(piece.tobytes().translate(None, _PLAIN))
    for plain, escaped in _ESCAPES.items():  # a backslash comes first
        if ord(plain) in found:
            column = pc.replace_substring(column, plain, escaped)
    return column


def _values(column: pa.Array) -> list[Any]:
    """A column as JSON values, in parts that are joined; nulls are null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        # Not decoded: of bytes that are not UTF-8 the program says how many there are and where.
        column = column.cast(pa.large_binary()).view(pa.large_string())
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        parts = ['"', _escaped(column.cast(pa.large_string())), '"']
        return parts if column.null_count == 0 else [pc.fill_null(_joined(*parts), "null")]
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return [pc.fill_null(column.cast(pa.large_string()), "null")]
    return [pa.array([json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()], pa.large_string())]


def _lines(batch: pa.RecordBatch) -> memoryview:
    """The rows as the bytes of JSON Lines."""
    parts: list[Any] = []
    for name, column in zip(batch.schema.names, batch.columns):
        parts.append(("{" if not parts else ",") + json.dumps(name, ensure_ascii=False) + ":")
        parts.extend(_values(column))
    lines = _joined(*parts, "}\n")
    offsets, text = lines.buffers()[1:]
    ends = memoryview(offsets).cast("q")
    return memoryview(text)[ends[lines.offset] : ends[lines.offset + len(lines)]]


def read(path: str, fields: list[str]) -> None:
    with os.fdopen(1, "wb", buffering=0, closefd=False) as out:
        for batch in _batches(path, fields):
            rest = _lines(batch) if batch.num_rows > 0 else memoryview(b"")
            while len(rest) > 0:
                rest = rest[out.write(rest) :]


# ---- writing ---------------------------------------------------------------------------------------------------------


def _layout(parquet: pq.ParquetFile) -> dict[str, Any]:
    """How the file is written, as far as it says so and pyarrow can write it again. The levels of compression are not in it."""
    meta = parquet.metadata
    layout: dict[str, Any] = {
        "version": meta.format_version, "store_schema": b"ARROW:schema" in (meta.metadata or {}), "compression": {},
        "use_dictionary": [], "column_encoding": {}, "write_statistics": [],
    }  # fmt: skip
    paths: list[str] = []
    group = meta.row_group(0) if meta.num_row_groups > 0 else None
    for i, column in enumerate(group.column(i) for i in range(meta.num_columns)) if group is not None else ():
        path, encodings = column.path_in_schema, set(column.encodings)
        paths.append(path)
        layout["compression"][path] = "NONE" if column.compression == "UNCOMPRESSED" else column.compression
        if column.has_dictionary_page or encodings & {"RLE_DICTIONARY", "PLAIN_DICTIONARY"}:
            layout["use_dictionary"].append(path)
        else:
            for name in encodings & {"DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"}:
                layout["column_encoding"][path] = name
        if column.is_stats_set:
            layout["write_statistics"].append(path)
        layout["write_page_index"] = layout.get("write_page_index", False) or column.has_offset_index
        decimal = column.physical_type in ("INT32", "INT64") and meta.schema.column(i).logical_type.type == "DECIMAL"
        layout["store_decimal_as_integer"] = layout.get("store_decimal_as_integer", False) or decimal
        int96 = column.physical_type == "INT96"
        layout["use_deprecated_int96_timestamps"] = layout.get("use_deprecated_int96_timestamps", False) or int96
    if group is not None and group.sorting_columns:
        layout["sorting_columns"] = list(group.sorting_columns)
    # Older writers call the elements of a list "item".
    layout["use_compliant_nested_type"] = not any(".list.item" in path for path in paths)
    if group is None:
        for name in ("compression", "use_dictionary", "column_encoding", "write_statistics"):
            del layout[name]
    elif not layout["column_encoding"]:
        del layout["column_encoding"]
    return layout


def _filtered(table: pa.Table, keep: pa.Array) -> pa.Table:
    try:
        return table.filter(keep)
    except pa.ArrowNotImplementedError:  # of some types, such as views, pyarrow can copy runs of rows only
        begin, pieces = 0, [table.slice(0, 0)]
        for stays, run in itertools.groupby(keep.to_pylist()):
            rows = len(list(run))
            pieces += [table.slice(begin, rows)] if stays else []
            begin += rows
        return pa.concat_tables(pieces)


def write(path: str) -> None:
    removed = memoryview(sys.stdin.buffer.read()).cast("Q")
    kept = done = at = 0
    with pq.ParquetFile(path, memory_map=True) as parquet, os.fdopen(1, "wb", closefd=False) as out:
        total = parquet.metadata.num_rows
        with pq.ParquetWriter(out, parquet.schema_arrow, **_layout(parquet)) as writer:
            for number in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(number).num_rows
                end = at
                while end < len(removed) and removed[end] < done + rows:
                    end += 1
                if end - at < rows:
                    table = parquet.read_row_group(number)
                    if end > at:
                        keep = bytearray(b"\x01" * rows)
                        for row in removed[at:end]:
                            keep[row - done] = 0
                        table = _filtered(table, pa.Array.from_buffers(pa.uint8(), rows, [None, pa.py_buffer(keep)]).cast("bool"))
                    writer.write_table(table, row_group_size=max(1, table.num_rows))
                    kept += table.num_rows
                at, done = end, done + rows
        if at != len(removed) or kept + len(removed) != total:
            raise ValueError("the rows to remove are not those of this file")


# ---- the program -----------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    try:
        if arguments[0] == "read":
            read(arguments[-1], arguments[1:-1])
        else:
            write(arguments[-1])
    except BrokenPipeError:
        os._exit(1)
    except Exception as error:
        print(str(error).strip().partition("\n")[0] or type(error).__name__, file=sys.stderr)
        return 1
    return 0
