# SPDX-License-Identifier: MIT
"""The program that reads and writes Parquet and Arrow files for the program neardup.

It answers one request after the other, until its standard input ends, so that pyarrow is loaded once for many files. A request
is the number of its words, then each word after its length (64 bits each):

    read FILE TEXT ID GROUP KEEP   the fields of all rows; an empty name is none
    write FILE ROWS                the file again, without the rows whose numbers (from 0, ascending, 64 bits each) are ROWS

An answer is a sequence of blocks, as src/input/table_stream.h describes them. The last one says what went wrong.
"""

from __future__ import annotations

import io
import os
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Bytes = bytes | bytearray | memoryview

READY, ROWS, BYTES, END = range(1, 5)

_AGAIN = "numpy"
_CANNOT_LOAD = 4  # exit status


class Answer(io.RawIOBase):
    """Standard output, in blocks. As a file it takes the bytes of a file that is written."""

    written = 0

    def block(self, kind: int, count: int, parts: Sequence[Bytes]) -> None:
        length = sum(len(part) for part in parts)
        for part in (struct.pack("=IIQ", kind, count, length), *parts):
            rest = memoryview(part)
            while len(rest) > 0:
                rest = rest[os.write(1, rest) :]

    def write(self, data: Bytes) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        if len(view) > 0:
            self.block(BYTES, 0, [view])
        self.written += len(view)
        return len(view)

    def tell(self) -> int:
        return self.written

    def writable(self) -> bool:
        return True


def _requests() -> Iterator[list[bytes]]:
    source = sys.stdin.buffer

    def number() -> int:
        data = source.read(8)
        if len(data) < 8:
            raise EOFError
        return int.from_bytes(data, sys.byteorder)

    while True:
        try:
            yield [source.read(number()) for _ in range(number())]
        except EOFError:
            return


def main() -> int:
    # numpy is more than half of what pyarrow takes to load (.12 s of .2), and nothing here needs it. pyarrow before version 18
    # does: it is loaded in a new process, as half of it may be here already.
    if _AGAIN not in sys.argv:
        sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        from . import parquet
    except ImportError as error:
        if _AGAIN not in sys.argv:
            os.execv(sys.executable, [*sys.orig_argv, _AGAIN])
        print(f"cannot load pyarrow: {error}", file=sys.stderr)
        return _CANNOT_LOAD
    Answer().block(READY, 0, [])
    for what, path, *words in _requests():
        answer, message = Answer(), ""
        try:
            if what == b"read":
                parquet.read(answer, os.fsdecode(path), [word.decode() for word in words])
            else:
                parquet.write(answer, os.fsdecode(path), memoryview(words[0]).cast("Q"))
        except BrokenPipeError:
            os._exit(1)
        except Exception as error:
            message = str(error).strip().partition("\n")[0] or type(error).__name__
        answer.block(END, 0, [message.encode(errors="replace")])
        parquet.give_memory_back()
    return 0
