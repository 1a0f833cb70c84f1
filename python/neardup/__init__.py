# SPDX-License-Identifier: MIT
"""Finds and removes near-duplicates in tables and files of text.

    import neardup
    r = neardup.dedup(table, text="text", id="url")
    clean = r.filter(table)

Every removal is verified: its score is the exact Jaccard similarity of two texts, and it names the text that stays. The
result is the same for any number of threads and on every machine, and equal to that of the program ``neardup``.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import namedtuple
from collections.abc import Iterable
from typing import Any, Callable

from . import _core
from ._core import Error
from .result import Result, Table

__all__ = ["Comparison", "Error", "Passage", "Result", "Table", "Warning", "compare", "dedup", "find", "tokenize"]
__version__ = _core.version

_TOKENS = {"word": 0, "char": 1}
_MARKS = {"fold": 0, "keep": 2}  # added to the above
_UNITS = {"document": 1, "paragraph": 2, "line": 4}
_KEEP = {"first": 0, "last": 1, "longest": 2, "shortest": 3, "max": 4, "min": 5, "content": 6}
_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Warning(UserWarning):
    """What a run noticed about its input: documents that cannot be read, duplicate ids."""


# ---- arguments -------------------------------------------------------------------------------------------------------


def _choice(name: str, value: str, choices: dict[str, int]) -> int:
    try:
        return choices[value]
    except (KeyError, TypeError):
        raise ValueError(f"invalid value {value!r} for {name}: expected {', '.join(choices)}") from None


def _units(value: str | Iterable[str]) -> int:
    words = value.split(",") if isinstance(value, str) else list(value)
    units = 0
    for word in words:
        units |= _choice("unit", word, _UNITS)
    return units


def _size(value: int | str | None) -> int | None:
    if value is None or isinstance(value, int):
        return value
    text = value.strip().lower().removesuffix("ib").removesuffix("b")
    factor = _SIZES.get(text[-1:], 1)
    try:
        return int(float(text[:-1] if factor > 1 else text) * factor)
    except ValueError:
        raise ValueError(f"invalid value {value!r} for memory: expected bytes, or a size such as '4G'") from None


def _options(
    *, text, id, group, unit, threshold, tokens, marks, ngram, keep, method, distance, candidates, threads, memory, seed, pairs,
    within, strict, max_unreadable, output, force,
) -> dict[str, Any]:
    units = _units(unit)
    options: dict[str, Any] = {
        "text_field": text, "id_field": id, "group_field": group, "units": units, "threads": threads,
        "memory": _size(memory), "seed": seed, "pairs": pairs, "strict": strict, "max_unreadable": max_unreadable,
        "threshold": threshold,
    }
    options["tokens"] = options["paragraph_tokens"] = _choice("tokens", tokens, _TOKENS) + _choice("marks", marks, _MARKS)
    if ngram is not None:
        options["ngram"] = options["paragraph_ngram"] = ngram
    word, _, field = keep.partition(":")
    options["keep"] = _choice("keep", word, _KEEP)
    if (word in ("max", "min")) != bool(field):
        raise ValueError(f"invalid value {keep!r} for keep: 'max' and 'min' take a column, as in 'max:score'")
    if field:
        options["keep_field"] = field
    options["method"] = _choice("method", method, {"minhash": 0, "simhash": 1})
    if distance is not None:
        options["distance"] = distance
    if method == "simhash":
        options["verify"] = threshold is not None
    options["all_candidates"] = _choice("candidates", candidates, {"lsh": 0, "all": 1}) == 1
    if within:
        options["inside_documents"] = True
    if output is not None:
        options["output_dir"] = os.fspath(output)
        options["write_corpus"] = True
        options["force"] = force
    else:
        options["write_corpus"] = False
    return options


def _sources(data: Any, name: str, reference: bool) -> list[tuple]:
    """What _core reads, of one argument."""
    if isinstance(data, (str, os.PathLike)):
        return [("path", os.fspath(data), reference)]
    if hasattr(data, "with_format"):  # Hugging Face datasets
        data = data.with_format("arrow")[:]
    if hasattr(data, "__arrow_c_stream__"):
        # What has no length can be read once: its batches are not kept, so that it may be larger than memory.
        return [("arrow", name, data.__arrow_c_stream__(), reference, hasattr(data, "__len__"))]
    if hasattr(data, "__arrow_c_array__"):
        return [("arrow", name, data.__arrow_c_array__(), reference, True)]
    if isinstance(data, dict) or isinstance(data, (bytes, bytearray, int, float)):
        raise TypeError(f"cannot read documents from {type(data).__name__}: expected a table, texts or paths")
    items = list(data)
    if items and all(isinstance(item, os.PathLike) for item in items):
        return [("path", os.fspath(item), reference) for item in items]
    if items and isinstance(items[0], tuple):
        if any(not isinstance(item, tuple) or len(item) != 2 for item in items):
            raise TypeError("documents are texts, or pairs (id, text): one of them is neither")
        return [("texts", name, [text for _, text in items], [str(key) for key, _ in items], reference)]
    return [("texts", name, items, None, reference)]


def _show_progress(progress: bool | Callable | None) -> Callable | None:
    if progress is None or progress is False:
        return None
    if callable(progress):
        return progress
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    bars: dict[str, Any] = {}

    def show(phase: str, done: int, total: int, in_bytes: bool) -> None:
        if phase not in bars:
            for bar in bars.values():
                bar.close()
            bars[phase] = tqdm(total=total or None, desc=phase, unit="B" if in_bytes else "", unit_scale=True)
        bar = bars[phase]
        bar.update(done - bar.n)

    return show


def _warn(_severity: int, file: str | None, line: int, message: str) -> None:
    place = "" if file is None else f"{file}:{line}: " if line > 0 else f"{file}: "
    warnings.warn(f"{place}{message}", Warning, stacklevel=4)


def _run(data: Any, reference: Any, options: dict[str, Any], progress: bool | Callable | None) -> Result:
    sources = _sources(data, "table", False)
    if reference is not None:
        sources += _sources(reference, "reference", True)
    show = _show_progress(progress)
    return Result(*_core.run(sources, options, show, _warn), rows=sources[0][0] != "path")


# ---- runs ------------------------------------------------------------------------------------------------------------


def dedup(
    data: Any,
    *,
    text: str | None = None,
    id: str | None = None,
    group: str | None = None,
    unit: str | Iterable[str] = "document",
    threshold: float | None = None,
    tokens: str = "word",
    marks: str = "fold",
    ngram: int | None = None,
    keep: str = "first",
    method: str = "minhash",
    distance: int | None = None,
    candidates: str = "lsh",
    reference: Any = None,
    pairs: bool = False,
    within: bool = False,
    threads: int | None = None,
    memory: int | str | None = None,
    seed: int | None = None,
    strict: bool = False,
    max_unreadable: float | None = None,
    output: str | os.PathLike | None = None,
    force: bool = False,
    progress: bool | Callable | None = None,
) -> Result:
    """Finds the near-duplicates among documents and decides which ones stay.

    data: a table (anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``: pyarrow, polars, pandas, DuckDB,
        datasets), an iterable of str, an iterable of (id, str), a path, or an iterable of ``pathlib.Path``. A str is a path,
        a list of str is a list of texts. Tables and texts are used in place, without a copy; a pyarrow RecordBatchReader
        is streamed through temporary files and may be larger than memory.
    text, id, group: names of columns (default "text" and "id"; a table may have no column "id").
    unit: "document", "paragraph", "line", or "document,paragraph".
    threshold: Jaccard similarity in (0, 1] from which two texts are near-duplicates (default 0.7).
    tokens: "word" or "char"; ngram: how many of them make a shingle (default: 5 words for documents, 3 for paragraphs).
    marks: "fold" them away, or "keep": compare with accents, punctuation, operators and emoji.
    keep: which of several duplicates stays: "first", "last", "longest", "shortest", "content", "max:COLUMN", "min:COLUMN".
    method: "minhash" or "simhash"; distance: bits in which SimHash fingerprints of duplicates may differ.
    candidates: "lsh", or "all" for an exact join (recall 1, slower).
    reference: data to compare with, which always stays.
    pairs: also verify and report pairs that decide nothing.
    within: with paragraphs or lines, also look for repeats inside a document.
    threads: default all cores. memory: budget in bytes or as "4G". seed: of the signatures.
    strict: stop at the first document that cannot be read. max_unreadable: share that may be unreadable (default 0.5).
    output: folder for the cleaned corpus and the reports of the run. force: replace those of an earlier run.
    progress: True for tqdm, or a function (phase, done, total, in_bytes).

    Returns a Result. Raises Error with the reason, ValueError or TypeError for arguments, and KeyboardInterrupt after
    Ctrl-C. Warnings are ``neardup.Warning``. Other Python threads go on meanwhile; any thread may call.
    """
    return _run(
        data,
        reference,
        _options(
            text=text, id=id, group=group, unit=unit, threshold=threshold, tokens=tokens, marks=marks, ngram=ngram,
            keep=keep, method=method, distance=distance, candidates=candidates, threads=threads, memory=memory, seed=seed, pairs=pairs,
            within=within, strict=strict, max_unreadable=max_unreadable, output=output, force=force,
        ),
        progress,
    )


def find(data: Any, **options: Any) -> Result:
    """Finds all pairs of near-duplicates: ``dedup(data, pairs=True, ...)``. Takes the options of dedup but output and
    force, and writes nothing."""
    if "output" in options or "force" in options:
        raise TypeError("find writes nothing: use dedup(..., output=...)")
    options.setdefault("pairs", True)
    return dedup(data, **options)


# ---- two texts, and one ----------------------------------------------------------------------------------------------

Passage = namedtuple("Passage", "a_begin a_end b_begin b_end tokens")
Passage.__doc__ = "A passage that two texts share: a[a_begin:a_end] and b[b_begin:b_end], and how many tokens it has."

Comparison = namedtuple(
    "Comparison", "identical jaccard a_in_b b_in_a a_tokens b_tokens a_shingles b_shingles shared passages"
)
Comparison.__doc__ = """Two texts, exactly.

identical: the same normalised tokens. jaccard: similarity of the two sets of shingles. a_in_b, b_in_a: containment, the
share of one text's shingles that the other has. shared: shingles in both. passages: a list of Passage, in the order of a.
"""

_comparers = threading.local()


def _comparer(tokens: str, marks: str, ngram: int) -> Any:
    key = (_choice("tokens", tokens, _TOKENS) + _choice("marks", marks, _MARKS), ngram)
    known = _comparers.__dict__
    if key not in known:
        known[key] = _core.comparer(*key)
    return known[key]


def compare(a: str, b: str, *, tokens: str = "word", marks: str = "fold", ngram: int = 5) -> Comparison:
    """Compares two texts exactly. Returns a Comparison."""
    *numbers, passages = _core.compare(_comparer(tokens, marks, ngram), a, b)
    return Comparison(*numbers, [Passage(*p) for p in passages])


def tokenize(text: str, *, tokens: str = "word", marks: str = "fold") -> list[str]:
    """The tokens of a text, as they are written in it. They are compared without case, and with marks="fold" without accents."""
    return [text[begin:end] for begin, end in _core.tokenize(_comparer(tokens, marks, 1), text)]
