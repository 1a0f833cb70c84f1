# SPDX-License-Identifier: MIT
"""What a run found: columns that speak Arrow, and the rows that stay."""

from __future__ import annotations

import html
from typing import Any, Iterator

from . import _core

_CODES = {"reason": "B", "unit": "B", "l": "q", "i": "i", "g": "d"}  # memoryview's letters; "l" and so on are Arrow's
_WORDS = {
    "reason": ("exact", "near", "contained", "boilerplate", "emptied"),
    "unit": ("", "document", "paragraph", "", "line"),
}
_DOCUMENT = 1


def _views(columns: list[tuple[str, str, bytes]]) -> dict[str, memoryview]:
    return {name: memoryview(data).cast(_CODES[code]) for name, code, data in columns}


class Table:
    """Columns of equal length. Any library that speaks Arrow takes it as it is: ``pyarrow.table(t)``,
    ``polars.from_arrow(t)``; to_arrow, to_pandas and to_polars do so. t["jaccard"] is a memoryview, without a copy; of
    reason and unit it has numbers, which rows and Arrow have as words."""

    def __init__(self, columns: list[tuple[str, str, bytes]], length: int):
        self._columns = columns
        self._views = _views(columns)
        self._words = {name: _WORDS[code] for name, code, _ in columns if code in _WORDS}
        self._length = length

    @property
    def column_names(self) -> list[str]:
        return list(self._views)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> memoryview:
        return self._views[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.row(i) for i in range(self._length))

    def row(self, i: int) -> dict[str, Any]:
        """Row i as a dict."""
        words = self._words
        return {name: words[name][view[i]] if name in words else view[i] for name, view in self._views.items()}

    def to_pylist(self) -> list[dict[str, Any]]:
        return list(self)

    def to_pydict(self) -> dict[str, list]:
        words = self._words
        return {
            name: [words[name][code] for code in view] if name in words else view.tolist()
            for name, view in self._views.items()
        }

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return _core.export(self._columns, self._length)

    def to_arrow(self) -> Any:
        """A pyarrow.Table."""
        import pyarrow

        return pyarrow.table(pyarrow.record_batch(self))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """A polars.DataFrame."""
        import polars

        return polars.from_arrow(self.to_arrow())

    def __repr__(self) -> str:
        return f"<neardup.Table: {self._length} rows, {', '.join(self.column_names)}>"


class Result:
    """What a run found.

    decisions: a Table with a row for everything that is removed. row: of the document in the table; keeper: the row of
        what stays for it (-1: none); reason: "exact", "near", "contained", "boilerplate" or "emptied"; jaccard; distance
        (SimHash; -1 without); cluster. With
        paragraphs and lines, row is their number, document the row of their document, and cut_begin and cut_end are the
        bytes of its text, as UTF-8, in which something is cut: sentences and list items that are nowhere else stay, so
        use cut() to apply it.
    pairs: a Table of similar pairs a, b (with pairs=True). clusters: a list of dicts with number, keeper and members.
    summary: a dict of counts. kept: the rows that stay, in order. removed: those that do not.
    """

    def __init__(self, decisions: list, kept: list, pairs: list, clusters: list, summary: dict[str, Any], *, rows: bool):
        count = len(decisions[0][2]) // 8
        self.decisions = Table([("row", *decisions[0][1:]), *decisions[1:]], count)
        self.pairs = Table(pairs, len(pairs[0][2]) // 8)
        self.summary = summary
        self._kept_ranges = _views(kept)
        self._clusters = _views(clusters)
        self._has_rows = rows
        self._cuts: dict[int, list[tuple[int, int]]] | None = None  # by document, made when they are needed

    @property
    def clusters(self) -> list[dict[str, Any]]:
        k = self._clusters
        return [
            {
                "number": k["number"][i],
                "unit": _WORDS["unit"][k["unit"][i]],
                "keeper": k["keeper"][i],
                "members": k["members"][k["first"][i] : k["first"][i + 1]].tolist(),
            }
            for i in range(len(k["number"]))
        ]

    @property
    def removed(self) -> list[int]:
        """The rows of the documents that are removed, in order."""
        d = self.decisions
        return [row for row, unit in zip(d["row"], d["unit"]) if unit == _DOCUMENT]

    @property
    def kept(self) -> list[int]:
        """The rows of the documents that stay, in order: also those that could not be read."""
        removed = set(self.removed)
        return [row for row in range(self.summary["records"]) if row not in removed]

    def filter(self, data: Any) -> Any:
        """The rows of `data` that stay, as the same type: pyarrow, polars, pandas, datasets, numpy, a list or a tuple. `data`
        is what the run was given, or has its rows in its order. filter leaves whole documents out and changes none: cut()
        takes the paragraphs out of a text."""
        if not self._has_rows:
            raise TypeError("filter takes the table of a run over a table or texts; this one read files")
        if not hasattr(data, "__len__"):
            raise TypeError(f"filter needs a table or a list, and a {type(data).__name__} can be read only once")
        if len(data) != self.summary["records"]:
            raise ValueError(
                f"the run read {self.summary['records']} rows, and this has {len(data)}: it is another table"
            )
        kept, library = self.kept, type(data).__module__.partition(".")[0]
        if library == "pandas":
            return data.iloc[kept]
        if library == "datasets":
            return data.select(kept)
        if library == "pyarrow":
            return data.take(kept)
        if library in ("polars", "numpy"):
            return data[kept]
        if isinstance(data, (list, tuple)):
            return type(data)(data[i] for i in kept)
        raise TypeError(f"filter cannot take rows of a {type(data).__name__}: give it the table as pyarrow, or use r.kept")

    def cut(self, row: int, text: str) -> str:
        """The text of the document in this row without the paragraphs or lines that were cut."""
        bytes_, out, at = text.encode(), [], 0
        for begin, end in self._cuts_of(row):
            out.append(bytes_[at:begin])
            at = end
        return b"".join(out + [bytes_[at:]]).decode()

    def _cuts_of(self, row: int) -> list[tuple[int, int]]:
        if self._cuts is None:
            self._cuts = {}
            d, kept = self.decisions, self._kept_ranges
            for i, (unit, document) in enumerate(zip(d["unit"], d["document"])):
                if unit == _DOCUMENT:
                    continue
                cuts, at = self._cuts.setdefault(document, []), d["cut_begin"][i]
                for k in range(kept["first"][i], kept["first"][i + 1]):
                    cuts.append((at, kept["begin"][k]))
                    at = kept["end"][k]
                cuts.append((at, d["cut_end"][i]))
            for cuts in self._cuts.values():
                cuts.sort()
        return self._cuts.get(row, [])

    def __repr__(self) -> str:
        s = self.summary
        return (
            f"<neardup.Result: {s['documents']} documents, {s['exact']} exact and {s['near']} near duplicates removed,"
            f" {s['kept']} kept, {s['clusters']} clusters>"
        )

    def _repr_html_(self) -> str:
        s = self.summary
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td style='text-align:right'>{value:,}</td></tr>"
            for name, value in (
                ("documents", s["documents"]), ("exact duplicates removed", s["exact"]),
                ("near-duplicates removed", s["near"]), ("kept", s["kept"]), ("clusters", s["clusters"]),
                ("largest cluster", s["largest_cluster"]), ("cannot be read", s["invalid"]),
            )
        )
        return f"<table><caption>neardup</caption>{rows}</table>{self._histogram()}"

    def _histogram(self) -> str:
        bins = [0] * 10
        for score in self.decisions["jaccard"]:
            bins[min(int(score * 10), 9)] += 1
        most = max(bins)
        if most == 0:
            return ""
        bars = "".join(
            f"<tr><td>{i / 10:.1f}</td><td><div style='background:#4a7ebb;height:.8em;width:{round(200 * n / most)}px'>"
            f"</div></td><td style='text-align:right'>{n:,}</td></tr>"
            for i, n in enumerate(bins)
            if n > 0
        )
        return f"<table><caption>similarity of what is removed</caption>{bars}</table>"

