# SPDX-License-Identifier: MIT
"""What runs find: tables that speak Arrow, the rows that stay, verdicts and sketches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._arguments import METHODS

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    Column = tuple[Any, ...]  # (name, format, bytes), or (name, "U", offsets, characters, bits of what is not null)

_CODES: dict[str, Any] = {"reason": "B", "unit": "B", "l": "q", "i": "i", "g": "d", "b": "?"}  # memoryview's letters; "l" and so on are Arrow's
WORDS = {
    "reason": ("exact", "near", "contained", "boilerplate", "emptied"),
    "unit": ("", "document", "paragraph", "3", "line"),  # the numbers of neardup_unit; 0 and 3 do not occur
}
_DOCUMENT = 1


def grouped(number: int) -> str:
    """1 234 567, as the program writes it."""
    return f"{number:,}".replace(",", " ")


# ---- tables ----------------------------------------------------------------------------------------------------------


class Strings:
    """A column of str, or None for a null: a sequence."""

    def __init__(self, offsets: bytes, characters: bytes, bits: bytes):
        self._offsets = memoryview(offsets).cast("q")
        self._characters, self._bits = characters, bits

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, i: int) -> str | None:
        i = range(len(self))[i]
        if not self._bits[i >> 3] >> (i & 7) & 1:
            return None
        return self._characters[self._offsets[i] : self._offsets[i + 1]].decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str | None]:
        return (self[i] for i in range(len(self)))

    def tolist(self) -> list[str | None]:
        return list(self)


def _string_column(name: str, strings: Iterable[str]) -> Column:
    offsets, characters = [0], bytearray()
    for string in strings:
        characters += string.encode()
        offsets.append(len(characters))
    import array

    return (name, "U", array.array("q", offsets).tobytes(), bytes(characters), b"\xff" * ((len(offsets) + 6) // 8))


def _views(columns: list[Column]) -> dict[str, Any]:
    return {
        name: Strings(*data) if code == "U" else memoryview(data[0]).cast(_CODES[code])
        for name, code, *data in columns
    }


def _pick(columns: list[Column], names: Iterable[str | tuple[str, str]]) -> list[Column]:
    """Those columns in this order; a pair is (its name, a better name)."""
    by_name = {column[0]: column for column in columns}
    pairs = [name if isinstance(name, tuple) else (name, name) for name in names]
    return [(new, *by_name[old][1:]) for old, new in pairs]


class Table:
    """Columns of equal length.

    Any library that speaks Arrow takes it as it is: ``pyarrow.table(t)``, ``polars.from_arrow(t)``, a query of DuckDB over
    ``t.to_arrow()``. to_arrow, to_pandas and to_polars need that library; t.row(i), to_pylist and to_pydict need none.
    t["jaccard"] is a memoryview, without a copy; of reason and unit it has numbers, which rows and Arrow have as words.
    """

    def __init__(self, columns: list[Column], length: int, hidden: Iterable[str] = ()):
        self._columns = columns
        self._hidden = frozenset(hidden)  # in notebooks
        self._views = _views(columns)
        self._words = {column[0]: WORDS[column[1]] for column in columns if column[1] in WORDS}
        self._length = length

    @property
    def column_names(self) -> list[str]:
        return list(self._views)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> Any:
        return self._views[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.row(i) for i in range(self._length))

    def row(self, i: int) -> dict[str, Any]:
        """Row i as a dict."""
        words = self._words
        return {name: words[name][view[i]] if name in words else view[i] for name, view in self._views.items()}

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows, each one a dict."""
        return list(self)

    def to_pydict(self) -> dict[str, list[Any]]:
        """The columns, each one a list."""
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

    def _repr_html_(self) -> str:
        from ._html import table_html

        return table_html(self)


# ---- the result of dedup and find ------------------------------------------------------------------------------------

_PLACE = ("file", "line")
_PART_COLUMNS = ("unit", "document", "keeper_document", "containment", "cut_begin", "cut_end")
_KEEPER_PLACE = ("keeper_file", "keeper_line")


class Result:
    """What a run found. Rows count from 0, over all documents in the order of reading, references last.

    decisions: a Table with a row for everything that is removed:
        row, id: of what is removed. With paragraphs and lines, row is their number.
        file, line: where it is (only of files).
        reason: "exact" (equal up to case, width, spacing and typographic punctuation), "near" (similar enough),
            "contained" (with the option contained, and of paragraphs), and of paragraphs "boilerplate" or "emptied".
        jaccard: exact similarity to the keeper, 0 to 1. It is 1 for a near copy with other punctuation or accents.
        keeper, keeper_id: the row and id of what stays for it (-1: none); of files also keeper_file and keeper_line.
        cluster: its number, from 1.
        distance: bits, of fingerprints (SimHash; -1 without).
        numbers_differ: True where nothing but numbers differs from the keeper.
        unit, document, keeper_document, containment, cut_begin, cut_end: for paragraphs and lines. document is the row of
        their document; the cut is in bytes of its text as UTF-8. Sentences that are nowhere else stay: use cut().
        containment, keeper_containment: with the option contained, the share of a contained document that is in its keeper,
            and of the keeper that is in it.
    pairs: a Table of similar pairs: a, b (rows), unit, reason, jaccard, distance, numbers_differ; with contained also a_in_b
        and b_in_a. Empty without pairs=True.
    clusters: a list of dicts with number, unit, keeper and members (rows), largest first.
    kept: the rows that stay, in order. removed: those that do not.
    summary: a dict of counts: records, documents, exact, near, kept, clusters, seconds, peak_memory_bytes and others; of
        paragraphs in summary["paragraphs"].
    """

    def __init__(self, found: dict[str, Any], *, data: Any, reference: Any, job: dict[str, Any], files: bool):
        columns = found["decisions"]
        count = len(columns[0][2]) // 8
        names = ["id", *(_PLACE if files else ()), "reason", "jaccard", "keeper", "keeper_id",
                 *(_KEEPER_PLACE if files else ()), "cluster", "distance", "numbers_differ", *_PART_COLUMNS]  # fmt: skip
        hidden = [] if job["units"] > _DOCUMENT else _PART_COLUMNS
        if job.get("contained"):
            names += ["keeper_containment"]
            hidden = [name for name in hidden if name != "containment"]
        if job.get("method") != METHODS["simhash"]:
            hidden = [*hidden, "distance"]
        self.decisions = Table(_pick(columns, [("index", "row"), *names]), count, hidden)
        self.pairs = Table(found["pairs"], len(found["pairs"][0][2]) // 8)
        self.summary: dict[str, Any] = found["summary"]
        self._counts: dict[str, int] = found.get("counts", {})
        self._examples: list[tuple[int, list[tuple[int, str]]]] = found["examples"]
        self._kept_ranges = _views(found["kept"])
        self._clusters = _views(found["clusters"])
        self._files = files
        self._job = job
        # A report repeats the run, which needs the data again.
        self._data = data if files or hasattr(data, "__len__") else None
        self._reference = reference
        self._cuts: dict[int, list[tuple[int, int]]] | None = None  # by document, made when they are needed

    @property
    def clusters(self) -> list[dict[str, Any]]:
        """A dict for each cluster: number, unit, keeper and members."""
        return [self._cluster(i) for i in range(len(self._clusters["number"]))]

    def _cluster(self, i: int) -> dict[str, Any]:
        k = self._clusters
        return {
            "number": k["number"][i],
            "unit": WORDS["unit"][k["unit"][i]],
            "keeper": k["keeper"][i],
            "members": k["members"][k["first"][i] : k["first"][i + 1]].tolist(),
        }

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
        """The rows of data that stay, as the same type.

        data: what the run was given, or what has its rows in its order, of pyarrow, polars, pandas, datasets, numpy, a
        list or a tuple. filter leaves whole documents out and changes none: cut() takes the paragraphs out of a text.
        Raises TypeError for other types and for runs over files, ValueError for another number of rows.
        """
        if self._files:
            raise TypeError("filter takes the table of a run over a table or texts; this one read files: use output=")
        if hasattr(data, "collect") and type(data).__module__.startswith("polars"):
            return self.filter(data.collect()).lazy()
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
        if library == "pyarrow" and hasattr(data, "take"):
            import pyarrow

            return data.take(pyarrow.array(kept, pyarrow.int64()))
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
        return b"".join([*out, bytes_[at:]]).decode()

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

    def report(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes a report: a page (.html), Markdown (.md), JSON (.json) or CSV (.csv), by the name of the file.

        It is that of ``neardup report``, with the texts of the largest clusters side by side. The run is repeated for it. An
        existing file is an error without force. Raises neardup.Error, and TypeError if the data could be read only once.
        """
        from ._report import write_report

        write_report(self, path, force)

    def __repr__(self) -> str:
        s = self.summary
        removed = f"{s['exact']} exact and {s['near']} near"
        if s["contained"]:
            removed = f"{s['exact']} exact, {s['near']} near and {s['contained']} contained"
        return (
            f"<neardup.Result: {s['documents']} documents, {removed} duplicates removed,"
            f" {s['kept']} kept, {s['clusters']} clusters>"
        )

    def _repr_html_(self) -> str:
        from ._html import result_html

        return result_html(self)


# ---- verdicts --------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """A rule of a check: part of whole is duplicated (or leaks, or is invalid), and limit is allowed.

    of: what is counted: "documents", "tokens", "bytes" or "records". message: the rule as a sentence.
    """

    name: str
    passed: bool
    part: int
    whole: int
    of: str
    limit: int | str
    message: str


_SUBJECTS = {
    "max_duplicate_rate": "duplicates", "max_exact": "exact duplicates", "max_cluster_size": "largest cluster",
    "max_leak": "leaks", "max_repetition": "repeated paragraphs", "max_reference": "duplicates of the reference",
    "max_invalid": "invalid records", "max_empty": "empty records", "max_new": "new duplicates",
}  # fmt: skip


def limit_of(name: str, value: int | float | str) -> tuple[bool, float]:
    """(whether it is a share, the number or percentage)."""
    try:
        if isinstance(value, str):
            share = value.endswith("%")
            number = float(value[:-1] if share else int(value))
        else:
            share = isinstance(value, float)
            number = value * 100 if share else value
        if 0 <= number and (not share or number <= 100) and not isinstance(value, bool):
            return share, number
    except (ValueError, TypeError):
        pass
    raise ValueError(f"invalid value {value!r} for {name}: expected a number such as 20, or a share such as '1%' or 0.01")


class Check:
    """A verdict. It is true if the data follows every rule.

    rules: a list of Rule. leaks: a Table with a row for every text of a later split that is in another split: split, row, id,
    reason ("exact", "near" or "contained"), jaccard, containment, source_split, source_row and source_id; of files also
    file, line, source_file and source_line. None without splits. result: the Result of the duplicates in data, or None.
    baseline: with one, a dict of numbers: the duplicates that it has (known) and does not have (new); the texts that it has and
    that still repeat (kept; changed: in another number), that it does not have (added), and that no longer repeat (removed).
    split_documents: the number of documents of each split. split_short: of these, the ones that are shorter than a shingle
    and so are compared only as a whole.
    """

    def __init__(
        self, result: Result | None, leaks: dict[str, Any] | None, names: list[str], tables: dict[str, bool],
        limits: dict[str, tuple[bool, float]], rate_of: str, leak_ngram: int, baseline: dict[str, Any] | None, of_data: bool,
    ):  # fmt: skip
        self.result = result  # of the splits together, if there is a baseline and no data: until the rules are measured
        self.baseline = None if baseline is None else {name: n for name, n in baseline.items() if name != "text"}
        self.leaks = None if leaks is None else _leak_table(leaks["leaks"], names, tables)
        counted = [] if leaks is None else leaks["splits"]
        self.split_documents = {name: n[0] for name, n in zip(names, counted)}
        self.split_short = {name: n[2] for name, n in zip(names[1:], counted[1:])}
        read_apart = leaks if of_data or result is None else None
        summaries = [s for s in (result.summary if result else None, read_apart["summary"] if read_apart else None) if s]
        self.rules = [self._rule(name, limit, summaries, rate_of, leak_ngram) for name, limit in limits.items()]
        self.passed = all(rule.passed for rule in self.rules)
        if self.passed:
            self._refuse_nothing()
        if not of_data:
            self.result = None

    def _refuse_nothing(self) -> None:
        """A rule that saw no document says nothing: a misspelt field would pass."""
        if self.result is not None and self.result.summary["documents"] == 0:
            raise _core.Error("cannot check the data: no document was found")
        if self.result is not None and self.result._reference is not None and not self.result.summary["reference_documents"]:
            raise _core.Error("cannot check the reference: no document was found")
        for name, documents in self.split_documents.items():
            if documents == 0:
                raise _core.Error(f"cannot check split '{name}': no document was found")

    def _measure(self, name: str, summaries: list[dict[str, Any]], rate_of: str) -> tuple[int, int, str]:
        if name == "max_leak":
            assert self.leaks is not None
            places = {(s, f, n) for s, f, n in zip(self.leaks["split"], self._leak_files(), self._leak_rows())}
            return len(places), sum(list(self.split_documents.values())[1:]), "documents"
        if name == "max_invalid":
            invalid = sum(s["invalid"] + s["invalid_utf8"] for s in summaries)
            return invalid, sum(s["records"] for s in summaries), "records"
        if name == "max_empty":
            return sum(s["empty"] for s in summaries), sum(s["records"] for s in summaries), "records"
        assert self.result is not None
        s, n = self.result.summary, self.result._counts
        if name == "max_new":
            assert self.baseline is not None
            return self.baseline["new"], s["documents"], "documents"
        if name == "max_duplicate_rate":
            whole = s["text_bytes" if rate_of == "bytes" else rate_of]
            return n[rate_of], whole, rate_of
        if name == "max_repetition":
            return n["part_tokens"], s.get("paragraphs", {}).get("tokens", 0), "tokens"
        part = {"max_exact": "exact", "max_cluster_size": "largest", "max_reference": "reference"}[name]
        return n[part], s["documents"], "documents"

    def _leak_files(self) -> Iterable[Any]:
        assert self.leaks is not None
        return self.leaks["file"] if "file" in self.leaks.column_names else [None] * len(self.leaks)

    def _leak_rows(self) -> Iterable[int]:
        assert self.leaks is not None
        rows: memoryview[int] = self.leaks["line" if "line" in self.leaks.column_names else "row"]
        return rows

    def _rule(
        self, name: str, limit: tuple[bool, float], summaries: list[dict[str, Any]], rate_of: str, leak_ngram: int
    ) -> Rule:
        part, whole, of = self._measure(name, summaries, rate_of)
        share, number = limit
        passed = part <= number if not share else part * 100 <= number * whole * (1 + 1e-12)
        shown = f"{number:.10g} %" if share else grouped(int(number))
        subject = _SUBJECTS[name]
        if share:
            percent = 100 * part / whole if whole else 0.0
            message = f"{subject} {percent:.1f} % of {of} ({grouped(part)} of {grouped(whole)}), limit {shown}"
        else:
            message = f"{subject} {grouped(part)} of {grouped(whole)} {of[:-1] if whole == 1 else of}, limit {shown}"
        short = sum(self.split_short.values()) if name == "max_leak" else 0
        if short:
            message += f"; {grouped(short)} of {grouped(whole)} {'is' if short == 1 else 'are'} shorter than {leak_ngram} tokens: "
            message += "it is compared only as a whole document" if short == 1 else "they are compared only as whole documents"
        return Rule(name, passed, part, whole, of, f"{number:.10g}%" if share else int(number), message)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        rules = "".join(f"\n  {'ok    ' if rule.passed else 'FAILED'} {rule.message}" for rule in self.rules)
        return f"<neardup.Check: {'passed' if self.passed else 'FAILED'}{rules}>"

    def _repr_html_(self) -> str:
        from ._html import check_html

        return check_html(self)


def _leak_table(columns: list[Column], names: list[str], tables: dict[str, bool]) -> Table:
    views = _views(columns)
    count = len(views["split"])
    split, source = ([names[i] for i in views[column]] for column in ("split", "source_split"))
    named = [_string_column("split", split), _string_column("source_split", source)]
    rest = [column for column in columns if column[0] not in ("split", "source_split")]
    if all(tables.values()):
        import array

        for line, row in (("line", "row"), ("source_line", "source_row")):
            rest.append((row, "l", array.array("q", (n - 1 for n in views[line])).tobytes()))
        place, source_place = ["row", "id"], ["source_row", "source_id"]
    else:
        place, source_place = ["id", *_PLACE], ["source_id", "source_file", "source_line"]
    order = ["split", *place, "reason", "jaccard", "containment", "source_split", *source_place]
    return Table(_pick(named + rest, order), count)


# ---- sketches --------------------------------------------------------------------------------------------------------


class Sketches:
    """Sketches of texts, one row for each: numpy.asarray(s) has them without a copy.

    shape: (texts, slots) of uint32 for MinHash, (texts, 2) of uint64 for SimHash: the low and the high half. shingles: a
    memoryview with the number of shingles of each text, repetitions included. A text with none is similar to nothing: its
    signature is all ones.
    """

    def __init__(self, sketches: bytes, shingles: bytes, simhash: bool):
        self._bytes = sketches
        self._simhash = simhash
        self.shingles = memoryview(shingles).cast("Q")
        self._row_bytes = len(sketches) // len(self.shingles) if len(self.shingles) else 0
        self.shape = (len(self.shingles), self._row_bytes // (8 if simhash else 4))

    @property
    def method(self) -> str:
        return "simhash" if self._simhash else "minhash"

    def __len__(self) -> int:
        return self.shape[0]

    def _row(self, i: int) -> memoryview:
        i = range(len(self))[i]
        return memoryview(self._bytes)[i * self._row_bytes : (i + 1) * self._row_bytes]

    def __getitem__(self, i: int) -> memoryview:
        """The numbers of text i."""
        return self._row(i).cast("Q" if self._simhash else "I")

    def tobytes(self) -> bytes:
        """All rows, one after the other, little-endian, as in a file of sketches after its header (doc/format.md)."""
        return self._bytes

    def jaccard(self, i: int, j: int) -> float:
        """Estimated Jaccard similarity of texts i and j: share of equal slots. MinHash only."""
        if self._simhash:
            raise TypeError("fingerprints have a distance: use distance(i, j)")
        if not self.shingles[i] or not self.shingles[j]:
            return 0.0
        return _core.similarity(False, bytes(self._row(i)), bytes(self._row(j)))

    def distance(self, i: int, j: int) -> int:
        """Bits in which the fingerprints of texts i and j differ. SimHash only."""
        if not self._simhash:
            raise TypeError("signatures have a similarity: use jaccard(i, j)")
        return int(_core.similarity(True, bytes(self._row(i)), bytes(self._row(j))))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        array = numpy.frombuffer(self._bytes, "<u8" if self._simhash else "<u4").reshape(self.shape)
        return array if dtype is None and not copy else numpy.array(array, dtype=dtype)

    def to_numpy(self) -> Any:
        """A numpy array of this shape, read-only."""
        return self.__array__()

    def __repr__(self) -> str:
        return f"<neardup.Sketches: {self.method}, {self.shape[0]} x {self.shape[1]}>"
