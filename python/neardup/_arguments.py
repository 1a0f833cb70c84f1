# SPDX-License-Identifier: MIT
"""Arguments: options become those of the library, and what people have becomes sources."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])


def short_signature(function: Function) -> Function:
    """help() prints names and defaults on one line, which types would double; docstrings say them, too. Type checkers and
    editors read the source."""
    function.__annotations__ = {}
    return function


# The numbers are those of the enumerations in neardup.h and neardup_run.h.
TOKENS = {"word": 0, "char": 1}
NUMBERS = {"words": 0, "keep": 1}
MARKS = {"fold": 0, "keep": 2}  # added to the above
CASE = {"fold": 0, "keep": 4}  # added, too
UNITS = {"document": 1, "paragraph": 2, "line": 4}
KEEP = {"first": 0, "last": 1, "longest": 2, "shortest": 3, "max": 4, "min": 5, "content": 6}
METHODS = {"minhash": 0, "simhash": 1}
SKETCHES = {"auto": 0, "affine": 1, "fss": 2}
WEIGHTS = {"count": 0, "one": 1}
CANDIDATES = {"lsh": 0, "all": 1}
BITS = {64: 64, 128: 128}
FORMATS = {"auto": 0, "jsonl": 1, "file": 2, "paragraph": 3, "line": 4, "csv": 5, "tsv": 6, "json": 7, "warc": 8, "arc": 9, "html": 10}
BINARY = {"skip": 0, "text": 1, "error": 2, "error-data": 3}
HTML = {"auto": 0, "text": 1, "raw": 2}
_SIZES = {"k": 10, "m": 20, "g": 30, "t": 40}

# ---- values ----------------------------------------------------------------------------------------------------------


def choice(name: str, value: Any, choices: dict[Any, int]) -> int:
    try:
        return choices[value]
    except (KeyError, TypeError):
        raise ValueError(f"invalid value {value!r} for {name}: expected {', '.join(map(str, choices))}") from None


def units_of(value: str | Iterable[str]) -> int:
    units = 0
    for word in value.split(",") if isinstance(value, str) else value:
        units |= choice("unit", word, UNITS)
    return units


def size(name: str, value: int | str | None) -> int | None:
    """Bytes. As in the program, 4G and 4GiB are powers of 1024 and 4GB is a power of 1000."""
    if value is None or isinstance(value, int):
        return value
    number = value.strip()
    factor, unit = 1, number.lower().lstrip("0123456789.").strip()
    if unit:
        number = number[: -len(unit)]
        power, rest = _SIZES.get(unit[0]), unit[1:]
        if power is not None and rest in ("", "ib", "b"):
            factor = 1000 ** (power // 10) if rest == "b" else 1 << power
        elif unit != "b":
            number = ""
    try:
        return int(float(number) * factor)
    except ValueError:
        raise ValueError(f"invalid value {value!r} for {name}: expected bytes, or a size such as '4G'") from None


def share(name: str, value: float | str | None) -> float | None:
    """0.5, or "50%"."""
    if isinstance(value, str):
        try:
            return float(value[:-1]) / 100 if value.endswith("%") else float(value)
        except ValueError:
            raise ValueError(f"invalid value {value!r} for {name}: expected a share such as 0.5 or '50%'") from None
    return value


def tokens_of(tokens: str, marks: str, case: str) -> int:
    return choice("tokens", tokens, TOKENS) + choice("marks", marks, MARKS) + choice("case", case, CASE)


# ---- options of runs -------------------------------------------------------------------------------------------------

# What an option requires, as the rows of the program's options do (src/cli/options.c).
_PARTS = ("unit", "'paragraph' or 'line'")
_MINHASH, _SIMHASH = ("method", "'minhash'"), ("method", "'simhash'")
_REQUIRES = {
    **dict.fromkeys(("distance", "bits", "weights"), _SIMHASH),
    **dict.fromkeys(("preset", "recall", "candidates", "sketch", "slots", "bands", "rows", "seed", "audit"), _MINHASH),
    **dict.fromkeys(
        ("within", "across", "containment", "cut_unique", "max_copies", "keep_one", "min_tokens", "often",
         "drop_emptied", "min_remaining", "annotate"),
        _PARTS,
    ),
    "keep_one": ("max_copies", "a number"), "audit_sample": ("audit", "True"),
    "pre_glob": ("pre", "a command"),
    "contained_min_tokens": ("contained", "a share"),
    "force": ("output", "a folder"), "annotate": ("output", "a folder"), "drop_invalid": ("output", "a folder"),
    "drop_empty": ("output", "a folder"), "no_sync": ("output", "a folder"),
}  # fmt: skip

# Options that would do nothing beside another one, and its value.
_EXCLUDES = {
    **dict.fromkeys(("recall", "sketch", "slots", "bands", "rows", "seed"), ("candidates", ("all",))),
    **dict.fromkeys(("drop_invalid", "max_unreadable"), ("strict", (True,))),
    "text": ("input_format", ("file", "paragraph", "line")),
}

# Options that the library takes as they are, where its name is another one.
_NAMES = {
    "text": "text_field", "id": "id_field", "group": "group_field", "bits": "simhash_bits", "often": "short_min_documents",
    "scratch": "scratch_dir",
}  # fmt: skip


def _require(given: dict[str, Any], units: int) -> None:
    simhash = given.get("method") == "simhash"
    for name in given:
        other, what = _REQUIRES.get(name, ("", ""))
        met = {
            "": True, "unit": units > UNITS["document"], "method": simhash == (what == "'simhash'"),
            "audit": "audit" in given, "output": "output" in given, "pre": "pre" in given, "max_copies": "max_copies" in given,
            "contained": "contained" in given,
        }[other]  # fmt: skip
        if not met:
            raise ValueError(f"{name} requires {other}={what}" if "'" in what else f"{name} requires {other}: {what}")
        other, values = _EXCLUDES.get(name, ("", ()))
        if given.get(other) in values:
            raise ValueError(f"{name} has no effect with {other}={given[other]!r}: leave it out")


def _take_preset(given: dict[str, Any], job: dict[str, Any]) -> None:
    """What the preset says and the caller does not."""
    if "preset" not in given:
        return
    name = job["preset"] = given.pop("preset")
    presets = {row[0]: row[1:] for row in _core.presets()}
    choice("preset", name, dict.fromkeys(presets, 0))
    tokens, ngram, threshold = presets[name]
    given.setdefault("tokens", "char" if tokens & TOKENS["char"] else "word")
    given.setdefault("marks", "keep" if tokens & MARKS["keep"] else "fold")
    given.setdefault("case", "keep" if tokens & CASE["keep"] else "fold")
    given.setdefault("ngram", ngram)
    given.setdefault("threshold", threshold)


def job_options(**options: Any) -> dict[str, Any]:
    """Options by the names of the program, as a dict for _core.run. None and False: not given."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    units = units_of(given.pop("unit", "document"))
    _require(given, units)
    job: dict[str, Any] = {"units": units}
    _take_preset(given, job)
    tokens = tokens_of(given.pop("tokens", "word"), given.pop("marks", "fold"), given.pop("case", "fold"))
    job["tokens"] = job["paragraph_tokens"] = tokens
    if "numbers" in given:
        if units & UNITS["document"] == 0:
            raise ValueError("numbers requires unit='document'")
        job["keep_numbers"] = choice("numbers", given.pop("numbers"), NUMBERS) == 1
    if "ngram" in given:
        job["ngram"] = job["paragraph_ngram"] = given.pop("ngram")
    keep = given.pop("keep", "first")
    word, colon, field = keep.partition(":")
    job["keep"] = choice("keep", word, KEEP)
    if (word in ("max", "min")) != bool(field) or (colon and not field):
        raise ValueError(f"invalid value {keep!r} for keep: 'max' and 'min' take a column, as in 'max:score'")
    job["keep_field"] = field or None
    for name, choices, field in (
        ("method", METHODS, "method"), ("sketch", SKETCHES, "kind"), ("weights", WEIGHTS, "weights"),
        ("input_format", FORMATS, "format"), ("binary", BINARY, "binary"), ("html", HTML, "html"), ("candidates", CANDIDATES, "all_candidates"),
        ("bits", BITS, "simhash_bits"),
    ):  # fmt: skip
        if name in given:
            job[field] = choice(name, given.pop(name), choices)
    if job.get("method") == METHODS["simhash"]:
        job["verify"] = "threshold" in given
    for name in ("memory", "scratch_limit"):
        job[name] = size(name, given.pop(name, None))
    for name in ("containment", "contained", "max_unreadable"):
        job[name] = share(name, given.pop(name, None))
    within, across = bool(given.pop("within", False)), bool(given.pop("across", False))
    if within != across:
        job["inside_documents"], job["between_documents"] = within, across
        if across:
            job["containment"] = 0  # it looks inside documents
        else:
            given["often"] = 0  # it counts documents
    if "min_remaining" in given:
        job["drop_emptied"] = True
    if "pre_glob" in given:
        globs = given.pop("pre_glob")
        job["pre_globs"] = [globs] if isinstance(globs, str) else list(globs)
    for name in ("scratch", "output"):
        if name in given:
            given[name] = os.fspath(given[name])
    for name in ("include", "exclude"):
        if name in given and not isinstance(given[name], str):
            given[name] = "\n".join(given[name])
    if given.pop("audit", False):
        job["audit"] = given.pop("audit_sample", 2000)
    output = given.pop("output", None)
    job["output_dir"], job["write_corpus"] = output, output is not None
    for name, value in given.items():
        job[_NAMES.get(name, name)] = value
    return job


# ---- sources ---------------------------------------------------------------------------------------------------------


def _columns(options: dict[str, Any], known: Iterable[str]) -> list[str] | None:
    """Those that a run reads, to read no others; None: all, and the library says what is missing."""
    wanted = [options.get("text_field") or "text", options.get("id_field"), options.get("group_field"), options.get("keep_field")]
    if any(name is not None and set(name) & set(",[\\") for name in wanted):
        return None
    known = list(known)
    names = [name if name in known else name.partition(".")[0] for name in wanted if name is not None]
    if options.get("id_field") is None and "id" in known:
        names.append("id")
    return list(dict.fromkeys(names)) if set(names) <= set(known) else None


def _from_datasets(data: Any, options: dict[str, Any]) -> Any:
    """Of Hugging Face: in place where its rows are the rows of its file, streamed where they are not."""
    if hasattr(data, "data") and getattr(data, "_indices", None) is None:
        return data.data.table
    import pyarrow

    names = _columns(options, data.column_names or ()) if data.column_names else None
    if names is not None:
        data = data.select_columns(names)
    batches = data.with_format("arrow").iter(batch_size=10000)
    first = next(iter_ := iter(batches), None)
    if first is None:
        return data.with_format("arrow")[:] if hasattr(data, "__len__") else []
    tables = chain([first], iter_)
    return pyarrow.RecordBatchReader.from_batches(
        first.schema, (batch for table in tables for batch in table.cast(first.schema).to_batches())
    )


def _as_arrow(data: Any, options: dict[str, Any]) -> Any:
    """What speaks Arrow, of libraries that have it under another name."""
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return data
    library = type(data).__module__.partition(".")[0]
    if library == "datasets":
        if isinstance(data, dict):
            raise TypeError(f"this has the splits {', '.join(data)}: give one of them, or see neardup.check")
        return _from_datasets(data, options)
    if library == "pyarrow":
        if hasattr(data, "scanner"):
            return data.scanner(columns=_columns(options, data.schema.names)).to_reader()
        if hasattr(data, "to_reader"):
            return data.to_reader()
        if hasattr(data, "iter_batches"):  # a Parquet file
            import pyarrow

            schema = data.schema_arrow
            names = _columns(options, schema.names)
            if names is not None:
                schema = pyarrow.schema([schema.field(name) for name in names])
            batches = (batch.select(schema.names) for batch in data.iter_batches(columns=names))
            return pyarrow.RecordBatchReader.from_batches(schema, batches)
    if library == "polars" and hasattr(data, "collect"):
        names = _columns(options, data.collect_schema().names())
        return (data if names is None else data.select(names)).collect()
    if library == "pyspark" and hasattr(data, "toArrow"):
        names = _columns(options, data.columns)
        return (data if names is None else data.select(*names)).toArrow()
    return data


_END = object()  # of an iterator


def is_path(data: Any) -> bool:
    return isinstance(data, (str, os.PathLike))


def sources_of(data: Any, name: str, reference: bool, options: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What _core.run reads, of one argument."""
    if is_path(data):
        return [("path", os.fspath(data), reference)]
    data = _as_arrow(data, options)
    if hasattr(data, "__arrow_c_stream__"):
        # What was not in memory is not held there: its texts go to temporary files. That is what has no length, and a
        # query of DuckDB.
        held = hasattr(data, "__len__") and type(data).__module__.partition(".")[0] not in ("duckdb", "_duckdb")
        return [("arrow", name, data.__arrow_c_stream__(), reference, held)]
    if hasattr(data, "__arrow_c_array__"):
        return [("arrow", name, data.__arrow_c_array__(), reference, True)]
    if isinstance(data, (dict, bytes, bytearray, int, float)) or not hasattr(data, "__iter__"):
        raise TypeError(f"cannot read documents from {type(data).__name__}: expected a table, texts or paths")
    if not hasattr(data, "__len__"):
        items = iter(data)
        first = next(items, _END)
        if first is _END:
            data = []
        elif isinstance(first, os.PathLike):
            data = [first, *items]
        else:
            return [("items", name, chain([first], items), reference)]
    items = list(data)
    if items and all(isinstance(item, os.PathLike) for item in items):
        return [("path", os.fspath(item), reference) for item in items]
    if items and isinstance(items[0], tuple):
        if any(not isinstance(item, tuple) or len(item) != 2 for item in items):
            raise TypeError("documents are texts, or pairs (id, text): one of them is neither")
        return [("texts", name, [text for _, text in items], [str(key) for key, _ in items], reference)]
    return [("texts", name, items, None, reference)]
