# SPDX-License-Identifier: MIT
"""Parquet and Arrow files, read and written for the program neardup (see tables.py).

pyarrow parses the file, here and not in the program: if a damaged file makes it crash, the file is unreadable, and that is
all. The row groups and batches of a file are read one after the other.
"""

from __future__ import annotations

import bisect
import io
import itertools
import json
import os
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .tables import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tables import Answer

_ROWS = 4096  # in a batch: some megabytes of web pages
_BLOCK = 1 << 20  # bytes of texts, or of a file that is written, in a block


def give_memory_back() -> None:
    pa.default_memory_pool().release_unused()


# ---- where the fields are --------------------------------------------------------------------------------------------


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


class _Place(NamedTuple):
    """A column, and the members of structs below it."""

    column: str
    members: list[str]


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    t = pa.types
    return any(
        is_one(kind)
        for is_one in (t.is_string, t.is_large_string, t.is_string_view, t.is_binary, t.is_large_binary, t.is_binary_view)
    )


def _place(schema: pa.Schema, field: str) -> tuple[_Place | None, pa.DataType | None]:
    """None: there is no such field. LookupError: it may be something that only JSON shows."""
    if field in schema.names:
        return _Place(field, []), schema.field(field).type
    if set(field) & set(",[\\"):
        raise LookupError
    column, *members = field.split(".")
    if column not in schema.names:
        return None, None
    kind = schema.field(column).type
    for member in members:
        if not pa.types.is_struct(kind):
            raise LookupError
        if kind.get_field_index(member) < 0:
            return None, None
        kind = kind.field(member).type
    return _Place(column, members), kind


def _places(schema: pa.Schema, fields: list[str]) -> list[_Place | None] | None:
    """Where the text, the id, the group and the value to keep by are. None: the rows are handed over as JSON, which the program
    understands in all its forms: texts of several columns or elements, and texts that are missing or are not strings."""
    if len(set(schema.names)) < len(schema.names):
        return None
    try:
        found = [_place(schema, field) if field else (None, None) for field in fields]
    except LookupError:
        return None
    kind = found[0][1]
    return [place for place, _ in found] if kind is not None and _is_text(kind) else None


# ---- reading ---------------------------------------------------------------------------------------------------------


# By the first bytes of a file. A stream has the length of its schema there.
_KINDS = (b"PAR1", b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")
_SUFFIXES = {".parquet": b"PAR1", ".arrow": b"ARROW1", ".feather": b"ARROW1"}


def _kind_of(path: str) -> bytes:
    with open(path, "rb") as file:
        first = file.read(8)
    for kind in _KINDS:
        if first.startswith(kind):
            return kind
    kind = _SUFFIXES.get(os.path.splitext(path)[1].lower(), b"")
    if kind:
        name = "a Parquet" if kind == b"PAR1" else "an Arrow"
        raise ValueError(f"the file is empty or damaged: its first bytes are not those of {name} file")
    return kind


def _open_batches(path: str) -> tuple[pa.Schema, Any]:
    """The schema, and a function from columns to batches."""
    magic = _kind_of(path)
    if magic == b"PAR1":
        parquet = pq.ParquetFile(path, memory_map=True)
        return parquet.schema_arrow, lambda columns: parquet.iter_batches(_ROWS, columns=columns)
    source = pa.memory_map(path)
    if magic == b"ARROW1":
        reader = pa.ipc.open_file(source)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
    elif magic == b"FEA1":
        import pyarrow.feather

        reader = pyarrow.feather.read_table(path)
        batches = iter(reader.to_batches(_ROWS))
    else:
        reader = pa.ipc.open_stream(source)
        batches = iter(reader)

    def pieces(columns: list[str]) -> Iterator[pa.RecordBatch]:
        for whole in batches:
            for at in range(0, whole.num_rows, _ROWS):
                yield whole.select(columns).slice(at, _ROWS)

    return reader.schema, pieces


def read(answer: Answer, path: str, fields: list[str]) -> None:
    schema, batches = _open_batches(path)
    places = _places(schema, fields)
    if places is None:
        # Without columns pyarrow gives no rows either, and a row without the text is a record that cannot be read.
        columns = _columns(schema.names, [field for field in fields if field]) or schema.names[:1]
        for batch in batches(columns):
            if batch.num_rows > 0:
                answer.write(_lines(batch))
        return
    for batch in batches(list(dict.fromkeys(place.column for place in places if place is not None))):
        _put_rows(answer, batch, places)


# ---- rows as the buffers of pyarrow ----------------------------------------------------------------------------------

_NONE, _STRINGS, _JSON, _NULLS = 0, 1, 2, 4


def _strings(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    # Not decoded: of bytes that are not UTF-8 the program says how many there are and where.
    return column.cast(pa.large_binary()).view(pa.large_string())


def _name(value: Any) -> str | None:
    """A string or number as JSON, which is all that an id, a group and a value to keep by can be."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text[0] in '"-0123456789' and text != "-Infinity" else None


def _column(batch: pa.RecordBatch, place: _Place | None) -> tuple[int, pa.Array | None]:
    if place is None:
        return _NONE, None
    column = batch.column(place.column)
    for member in place.members:
        column = pc.struct_field(column, member)
    if _is_text(column.type):
        return _STRINGS, _strings(column)
    if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        return _JSON, column.cast(pa.large_string())
    return _JSON, pa.array([_name(value) for value in column.to_pylist()], pa.large_string())


class _Strings:
    """The buffers of a column of strings."""

    def __init__(self, form: int, column: pa.Array):
        offsets, data = column.buffers()[1:]
        self.data = memoryview(data if data is not None else b"")
        self.offsets = memoryview(offsets).cast("q")[column.offset : column.offset + len(column) + 1]
        self.form = form
        self.there = None
        if column.null_count > 0:
            self.form |= _NULLS
            self.there = memoryview(column.is_valid().cast(pa.uint8()).buffers()[1])

    def parts(self, begin: int, end: int) -> list[memoryview]:
        there = [] if self.there is None else [self.there[begin:end]]
        return [*there, self.offsets[begin : end + 1].cast("B"), self.data[self.offsets[begin] : self.offsets[end]]]


def _put_rows(answer: Answer, batch: pa.RecordBatch, places: list[_Place | None]) -> None:
    if batch.num_rows == 0:
        return
    columns = [None if column is None else _Strings(form, column) for form, column in (_column(batch, p) for p in places)]
    forms = struct.pack("=4I", *(_NONE if column is None else column.form for column in columns))
    text, *names = columns
    assert text is not None
    begin = 0
    while begin < batch.num_rows:
        end = max(begin + 1, bisect.bisect_right(text.offsets, text.offsets[begin] + _BLOCK) - 1)
        parts = [part for column in (*names, text) if column is not None for part in column.parts(begin, end)]
        answer.block(ROWS, end - begin, [forms, *parts])
        begin = end


# ---- rows as JSON Lines ----------------------------------------------------------------------------------------------


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
    if _is_text(kind):
        parts = ['"', _escaped(_strings(column)), '"']
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


# ---- writing Parquet -------------------------------------------------------------------------------------------------


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


def _write_parquet(out: Any, path: str, removed: _Removed) -> None:
    with pq.ParquetFile(path, memory_map=True) as parquet:
        with pq.ParquetWriter(out, parquet.schema_arrow, **_layout(parquet)) as writer:
            for number in range(parquet.num_row_groups):
                keep = removed.mask(parquet.metadata.row_group(number).num_rows)
                if keep is None or keep.true_count > 0:
                    table = parquet.read_row_group(number)
                    table = table if keep is None else _filtered(table, keep)
                    writer.write_table(table, row_group_size=max(1, table.num_rows))


# ---- writing Arrow ---------------------------------------------------------------------------------------------------

_BATCH_MESSAGE = 3
_CODECS = {0: "lz4", 1: "zstd"}


def _member(data: bytes, table: int, number: int, form: str) -> int | None:
    """A member of a table of a flatbuffer (https://flatbuffers.dev/internals): its value, or where the table is that it refers
    to. None: its value is the default."""
    directory = table - struct.unpack_from("<i", data, table)[0]
    at = 4 + 2 * number
    place = struct.unpack_from("<H", data, directory + at)[0] if at < struct.unpack_from("<H", data, directory)[0] else 0
    if place == 0:
        return None
    value: int = struct.unpack_from("<" + form.replace("o", "I"), data, table + place)[0]
    return table + place + value if form == "o" else value


def _ipc_options(path: str, begin: int) -> pa.ipc.IpcWriteOptions:
    """How the messages of the file are written, which pyarrow does not show: version and compression. The first batch of rows
    says it, after the schema and the dictionaries. The members are those of Message.fbs of Arrow."""
    with open(path, "rb") as file:
        file.seek(begin)
        while True:
            word = file.read(4)
            old = word != b"\xff\xff\xff\xff"  # before Arrow 0.15
            length = struct.unpack("<i", word if old else file.read(4))[0] if len(word) == 4 else 0
            if length == 0:  # there are no rows
                return pa.ipc.IpcWriteOptions()
            data = file.read(length)
            message = struct.unpack_from("<I", data)[0]
            if _member(data, message, 1, "B") == _BATCH_MESSAGE:
                break
            file.seek(_member(data, message, 3, "q") or 0, io.SEEK_CUR)
    batch = _member(data, message, 2, "o") or 0
    compression = _member(data, batch, 3, "o")
    return pa.ipc.IpcWriteOptions(
        metadata_version=pa.ipc.MetadataVersion.V4 if _member(data, message, 0, "h") == 3 else pa.ipc.MetadataVersion.V5,
        use_legacy_format=old,
        compression=None if compression is None else _CODECS[_member(data, compression, 0, "b") or 0],
    )


def _write_batches(writer: Any, batches: Iterator[Any], removed: _Removed) -> None:
    """Batches and what they have of metadata. A batch of which nothing stays is left out."""
    for batch, metadata in batches:
        keep = removed.mask(batch.num_rows)
        if keep is not None and keep.true_count == 0:
            continue
        if keep is not None:
            (batch,) = _filtered(pa.Table.from_batches([batch]), keep).combine_chunks().to_batches()
        writer.write_batch(batch, metadata)


def _write_arrow_file(out: Any, path: str, removed: _Removed) -> None:
    options = _ipc_options(path, 8)
    with pa.memory_map(path) as source, pa.ipc.open_file(source) as reader:
        more = {"metadata": reader.metadata} if getattr(reader, "metadata", None) else {}  # since pyarrow 20
        with pa.ipc.new_file(out, reader.schema, options=options, **more) as writer:
            batches = (reader.get_batch_with_custom_metadata(i) for i in range(reader.num_record_batches))
            _write_batches(writer, batches, removed)


def _write_arrow_stream(out: Any, path: str, removed: _Removed) -> None:
    options = _ipc_options(path, 0)
    with pa.memory_map(path) as source, pa.ipc.open_stream(source) as reader:
        with pa.ipc.new_stream(out, reader.schema, options=options) as writer:
            _write_batches(writer, iter(reader.iter_batches_with_custom_metadata()), removed)


def _write_feather_1(out: Any, path: str, removed: _Removed) -> None:
    import pyarrow.feather

    table = pyarrow.feather.read_table(path)
    keep = removed.mask(table.num_rows)
    pyarrow.feather.write_feather(table if keep is None else _filtered(table, keep), out, version=1)


# ---- writing any of them ---------------------------------------------------------------------------------------------


class _Removed:
    """The numbers of the rows that are removed, ascending."""

    def __init__(self, rows: memoryview):
        self._rows = rows
        self._at = self._done = 0

    def mask(self, rows: int) -> pa.Array | None:
        """Which of the next rows stay. None: all of them."""
        first, done = self._at, self._done
        self._done += rows
        self._at = bisect.bisect_left(self._rows, self._done, first)
        if self._at == first:
            return None
        keep = bytearray(b"\x01" * rows)
        for row in self._rows[first : self._at]:
            keep[row - done] = 0
        return pa.Array.from_buffers(pa.uint8(), rows, [None, pa.py_buffer(keep)]).cast("bool")

    def check_end(self) -> None:
        if self._at != len(self._rows):
            raise ValueError("the rows to remove are not those of this file")


def _filtered_column(column: pa.ChunkedArray, keep: pa.Array) -> pa.ChunkedArray:
    """Some types pyarrow cannot filter. Views it could at best share all their buffers, which would be written whole."""
    for is_view, other in ((pa.types.is_string_view, pa.large_string()), (pa.types.is_binary_view, pa.large_binary())):
        if is_view(column.type):
            return column.cast(other).filter(keep).cast(column.type)
    try:
        return column.filter(keep)
    except pa.ArrowNotImplementedError:
        begin = 0
        pieces: list[pa.Array] = []
        for stays, run in itertools.groupby(keep.to_pylist()):
            rows = len(list(run))
            pieces += column.slice(begin, rows).chunks if stays else []
            begin += rows
        return pa.chunked_array([pa.concat_arrays(pieces)] if pieces else [], column.type)


def _filtered(table: pa.Table, keep: pa.Array) -> pa.Table:
    return pa.Table.from_arrays([_filtered_column(column, keep) for column in table.columns], schema=table.schema)


def write(answer: Answer, path: str, rows: memoryview) -> None:
    removed = _Removed(rows)
    raw: Any = answer
    out = io.BufferedWriter(raw, _BLOCK)
    writers = {b"PAR1": _write_parquet, b"ARROW1": _write_arrow_file, b"FEA1": _write_feather_1}
    writers.get(_kind_of(path), _write_arrow_stream)(out, path, removed)
    removed.check_end()
    out.flush()
    out.detach()
