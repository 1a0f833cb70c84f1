# SPDX-License-Identifier: MIT
"""Runs over many documents: dedup, find, check and sketch."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from . import _core
from ._arguments import METHODS, choice, is_path, job_options, short_signature, sources_of
from .result import Check, Result, Sketches, grouped, limit_of
from .texts import sketcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Progress = bool | Callable[[str, int, int, bool], object] | None

__all__ = ["Warning", "check", "dedup", "find", "sketch"]


class Warning(UserWarning):
    """What a run noticed in its input: documents that cannot be read, files that are not text."""


# ---- what a run says meanwhile ---------------------------------------------------------------------------------------


_NOTE, _ERROR, _SKIPPED = 0, 2, 3  # severities, and that of the name of a file that was skipped


class _Bars:
    """Progress for people, one bar for each phase."""

    def __init__(self, tqdm: Any):
        self._tqdm = tqdm
        self._phase = ""
        self._bar: Any = None

    def __call__(self, phase: str, done: int, total: int, in_bytes: bool) -> None:
        if phase != self._phase:
            self.close()
            self._phase = phase
            self._bar = self._tqdm(total=total or None, desc=phase, unit="B" if in_bytes else "", unit_scale=True)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _progress_of(progress: Progress) -> Any:
    if progress is None or progress is False:
        return None
    if callable(progress):
        return progress
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return _Bars(tqdm)


def _level() -> int:
    """How far above its caller the one who called the package is: a warning names that line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "neardup":
        frame, level = frame.f_back, level + 1
    return level


def _warn(said: list[tuple[int, str | None, int, str, int]], tables: set[str]) -> None:
    explained = {file for severity, file, *_ in said if severity != _SKIPPED}
    for severity, file, line, message, count in said:
        if severity == _NOTE or (severity == _SKIPPED and file in explained):
            continue
        place = ""
        if file in tables:
            place = f"{file}, row {line - 1}: " if line > 0 else f"{file}: "
        elif file is not None:
            place = f"{file}:{line}: " if line > 0 else f"{file}: "
        many = f" ({grouped(count)} records, this is the first)" if count > 1 else ""
        warnings.warn(f"{place}{message}{many}", Warning, stacklevel=_level())


def _run(kind: str, sources: list[tuple[Any, ...]], job: dict[str, Any], progress: Progress, *more: Any) -> dict[str, Any]:
    tables = {source[1] for source in sources if source[0] not in ("path", "split", "exclude")}
    if sys.executable:
        job = {**job, "python": sys.executable}  # which reads Parquet files for the library
    said: list[tuple[int, str | None, int, str, int]] = []
    show = _progress_of(progress)
    try:
        # The library calls in a thread of its own, where a warning would not know who called.
        found = _core.run(kind, sources, job, show, lambda *message: said.append(message), *more)
        if kind in ("check", "leaks") and found["summary"]["failed_files"]:
            raise _core.Error("no verdict: some inputs could not be read")
        return found
    except _core.Error as error:
        causes = [f"{file}: {message}" for severity, file, _, message, _ in said if severity == _ERROR]
        if causes:
            said[:] = [message for message in said if message[0] != _ERROR]
            error.args = (f"{error}: {'; '.join(causes[:3])}{'; ...' if len(causes) > 3 else ''}",)
        raise
    finally:
        if isinstance(show, _Bars):
            show.close()
        _warn(said, tables)


# ---- dedup and find --------------------------------------------------------------------------------------------------


@short_signature
def dedup(
    data: Any,
    *,
    text: str | None = None,
    id: str | None = None,
    group: str | None = None,
    unit: str | Iterable[str] = "document",
    preset: str | None = None,
    threshold: float | None = None,
    contained: float | str | None = None,
    contained_min_tokens: int | None = None,
    keep: str = "first",
    reference: Any = None,
    pairs: bool = False,
    tokens: str | None = None,
    marks: str | None = None,
    case: str | None = None,
    numbers: str | None = None,
    ngram: int | None = None,
    method: str = "minhash",
    distance: int | None = None,
    bits: int | None = None,
    weights: str | None = None,
    within: bool = False,
    across: bool = False,
    containment: float | str | None = None,
    cut_unique: bool = False,
    max_copies: int | None = None,
    keep_one: bool = False,
    min_tokens: int | None = None,
    often: int | None = None,
    drop_emptied: bool = False,
    min_remaining: int | None = None,
    annotate: bool = False,
    input_format: str | None = None,
    delimiter: str | None = None,
    binary: str | None = None,
    encoding: str | None = None,
    html: str | None = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    gitignore: bool = False,
    pre: str | None = None,
    pre_glob: str | Iterable[str] | None = None,
    max_expansion: int | None = None,
    strict: bool = False,
    max_unreadable: float | str | None = None,
    drop_invalid: bool = False,
    drop_empty: bool = False,
    recall: float | None = None,
    candidates: str | None = None,
    sketch: str | None = None,
    slots: int | None = None,
    bands: int | None = None,
    rows: int | None = None,
    seed: int | None = None,
    audit: bool = False,
    audit_sample: int | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    scratch: str | os.PathLike[str] | None = None,
    scratch_limit: int | str | None = None,
    no_sync: bool = False,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: Progress = None,
) -> Result:
    """Finds the near-duplicates among documents and decides which ones stay.

    >>> import neardup
    >>> texts = ["one two three four five six", "something else", "One two three, four five six!"]
    >>> r = neardup.dedup(texts)
    >>> r.filter(texts)
    ['one two three four five six', 'something else']
    >>> r.decisions.row(0)["keeper"]
    0

    data is one of:
        a table: anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` (pyarrow, polars, pandas, DuckDB), a data
            set or Parquet file of pyarrow, a data set of Hugging Face, a LazyFrame, a DataFrame of pyspark. A column of
            strings alone is a table, too. Columns in memory are used in place, without a copy.
        texts: an iterable of str (or bytes in UTF-8; None: unreadable), or of (id, str).
        files: a path, or an iterable of ``pathlib.Path``. A str is a path, a list of str is a list of texts.
        Readers, generators, data sets and queries are read once, in pieces. They may be larger than memory: set
        ``memory``.

    What is compared:
        text, id, group: names of columns, or fields of JSON (default "text" and "id"; there may be no column "id"). Dots
            lead into structs.
        unit: "document", "paragraph", "line", or "document,paragraph": documents first, then what is left.
        reference: more data to compare with, which always stays.
        preset: options for a kind of text, of which those that are given here win: "titles", "messages", "pages", "books",
            "noisy", "chinese" or "code".
        threshold: Jaccard similarity in (0, 1] from which two texts are near-duplicates (default 0.7).
        contained: also remove a document if this share of it, such as 0.8, is in one longer document: copies that are cut
            short, or wrapped in other text. contained_min_tokens: shorter documents take no part (default 50).
        tokens: "word" (default) or "char". ngram: tokens in a shingle (default 5, for paragraphs and lines 3).
        marks: "fold" (default): accents, punctuation and symbols are ignored. "keep": they count, as in program code.
        case: "fold" (default): capital and small letters are the same. "keep": they differ, as in program code.
        numbers: "words": documents that differ in numbers only are duplicates like others. "keep": they all stay.
        method: "minhash", or "simhash" with distance (bits in which fingerprints may differ, default 6), bits (64 or
            128) and weights ("one" or "count").

    What stays:
        keep: "first", "last", "longest", "shortest", "content", "max:COLUMN" or "min:COLUMN".

    Paragraphs and lines (they require unit):
        within, across: look only inside documents, or only between them.
        containment: cut a paragraph if this share of it is in the rest of its document (default 0.9; 0: off).
        max_copies: cut every copy of boilerplate, paragraphs in more documents than this. keep_one: but the first copy.
        min_tokens: shorter paragraphs (default 8) are cut only if at least `often` documents (default 1000) have them.
        cut_unique: also cut sentences of near-duplicates that occur nowhere else.
        drop_emptied: remove documents of which fewer than min_remaining tokens (default 1) are left.
        annotate: with output, cut nothing and note in each record what would be cut.

    How candidates are found:
        recall: probability of finding a pair whose similarity is exactly the threshold (default 0.99).
        candidates: "lsh", or "all": an exact join, which finds every pair and is slower.
        slots, bands, rows: of signatures, calculated from threshold and recall. sketch: "auto", "affine" or "fss". seed.

        audit: measure the recall of the run: audit_sample kept documents (2000) are compared with all others, exactly, and
            ``summary["audit"]`` has sampled, missed, kept, removed, recall, recall_low and recall_high (95 %).

    Reading: strict (stop at the first document that cannot be read), max_unreadable (a share, default 0.5); of files
        input_format, delimiter, binary, encoding; html: "auto" (the text of HTML files), "text" (texts of tables and records
        are web pages, too) or "raw"; of folders include and exclude (patterns such as "*.txt", or lists of
        them) and gitignore (leave out what .gitignore files leave out); pre: a command whose output about a file is compared
        in place of the file, as "pdftotext {} -" ({} is the path, which else comes last; no shell), and pre_glob: patterns of
        the files, as "*.pdf". It runs that program: do not take it from somebody you do not trust. max_expansion: read
        no compressed file that expands to more than this many times its stored bytes (default 1000; 0: no limit).

    Running: threads (default: all cores); memory (bytes, or "4G"; default half of the machine's); scratch (a folder for
        temporary files), scratch_limit; progress: True for tqdm, or a function (phase, done, total, in_bytes).

    output: a folder for the cleaned corpus and the reports of the run, as the program writes them. force,
        drop_invalid, drop_empty and no_sync require it.
    pairs: also verify and report pairs that decide nothing.

    These are the options of the program, with its defaults: ``neardup dedup --help`` and ``neardup help`` say more.

    Returns a Result. Raises neardup.Error with place and reason, ValueError or TypeError for arguments, MemoryError, and
    KeyboardInterrupt after Ctrl-C. Warnings are ``neardup.Warning``. Other threads of Python run meanwhile, and any
    thread may call.
    """
    job = job_options(
        text=text, id=id, group=group, unit=unit, preset=preset, threshold=threshold, contained=contained,
        contained_min_tokens=contained_min_tokens, keep=keep, pairs=pairs, tokens=tokens,
        marks=marks, case=case, numbers=numbers, ngram=ngram, method=method, distance=distance, bits=bits, weights=weights, within=within,
        across=across, containment=containment, cut_unique=cut_unique, max_copies=max_copies, keep_one=keep_one,
        min_tokens=min_tokens, often=often, drop_emptied=drop_emptied, min_remaining=min_remaining, annotate=annotate,
        input_format=input_format, delimiter=delimiter, binary=binary, encoding=encoding, html=html, include=include,
        exclude=exclude, gitignore=gitignore, pre=pre, pre_glob=pre_glob, max_expansion=max_expansion, strict=strict,
        max_unreadable=max_unreadable, drop_invalid=drop_invalid, drop_empty=drop_empty, recall=recall,
        candidates=candidates, sketch=sketch, slots=slots, bands=bands, rows=rows, seed=seed, audit=audit,
        audit_sample=audit_sample, threads=threads, memory=memory, scratch=scratch, scratch_limit=scratch_limit, no_sync=no_sync, output=output, force=force,
    )  # fmt: skip
    return _result("dedup", data, reference, job, progress)


def _result(kind: str, data: Any, reference: Any, job: dict[str, Any], progress: Progress) -> Result:
    sources = sources_of(data, "table", False, job)
    if reference is not None:
        sources += sources_of(reference, "reference", True, job)
    found = _run(kind, sources, job, progress)
    return Result(found, data=data, reference=reference, job=job, files=all(source[0] == "path" for source in sources))


def find(data: Any, **options: Any) -> Result:
    """Finds all pairs of near-duplicates, and decides and writes nothing else than dedup does.

    >>> neardup.find(["one two three four five six", "One two three four five six!"]).pairs.row(0)["jaccard"]
    1.0

    The same as ``dedup(data, pairs=True, ...)``: the pairs are in r.pairs, a Table with a row for each: a and b, the rows of
    the two documents, reason and jaccard. pairs=False looks only for clusters, which is faster. It takes the options of
    dedup except output, and those that go with it.
    """
    if options.get("output") is not None:
        raise TypeError("find writes nothing: use dedup(..., output=...)")
    options.setdefault("pairs", True)
    return dedup(data, **options)


# ---- check -----------------------------------------------------------------------------------------------------------


@short_signature
def check(
    data: Any = None,
    *,
    train: Any = None,
    validation: Any = None,
    test: Any = None,
    splits: Mapping[str, Any] | None = None,
    max_leak: int | float | str | None = None,
    leak_containment: float | str | None = None,
    leak_ngram: int | None = None,
    max_duplicate_rate: int | float | str | None = None,
    rate_of: str = "documents",
    max_exact: int | float | str | None = None,
    max_cluster_size: int | float | str | None = None,
    max_repetition: int | float | str | None = None,
    max_invalid: int | float | str | None = None,
    max_empty: int | float | str | None = None,
    reference: Any = None,
    max_reference: int | float | str | None = None,
    baseline: str | os.PathLike[str] | None = None,
    update_baseline: bool = False,
    max_new: int | float | str | None = None,
    progress: Progress = None,
    **options: Any,
) -> Check:
    """Compares data with limits: for assertions in tests and CI.

    >>> train = ["one two three four five six seven eight nine ten"]
    >>> test = ["They said: one two three four five six seven eight nine ten."]
    >>> c = neardup.check(train=train, test=test)
    >>> c.passed, c.leaks.row(0)["source_row"]
    (False, 0)
    >>> neardup.check(train, max_duplicate_rate="1%").passed
    True

    Leaks: train, validation and test (or splits, a dict of any names, the training split first) are each data as dedup
        takes. A text of a later split must not be in another one: as an exact copy, a near-duplicate, or contained in a
        longer document. max_leak: how many may (default 0). leak_containment: the share of a text that must be in the
        other one (default 0.8, or contained; 0: only whole texts). leak_ngram: tokens in a shingle for that (default 8).
    Duplicates in data: max_duplicate_rate (of rate_of "documents" or "tokens"; for files also "bytes"), max_exact,
        max_cluster_size, max_repetition (of tokens in repeated paragraphs), max_invalid, max_empty; max_reference: what may
        also be in reference (default 0). Without any limit, no near-duplicate is allowed.
    Limits are an int (20), or a share: 0.01 or "1%". A value exactly at the limit passes.
    options: those of dedup that say what is compared, and how: text, id, threshold, unit, ngram, threads, ...

    Known duplicates: baseline is a file to commit. With update_baseline the duplicates of today are written to it, and nothing
        fails; later only other ones count: max_new (default 0). It has those of data, or else those of the splits together
        (not the leaks), by what the texts are and not where. The program writes and reads the same file for the same texts
        (``--baseline``, ``--update-baseline``)::

            neardup.check(table, baseline="known.jsonl", update_baseline=True).baseline["added"]
            assert neardup.check(table, baseline="known.jsonl")

    Texts that may repeat, such as licences, are a matter of the program: ``neardup check data.jsonl --allow-texts licences/``.

    Returns a Check, which is true if it passed. Raises as dedup does, and neardup.Error if the data has no document or
    cannot be read: then there is no verdict.
    """
    named = {"train": train, "validation": validation, "test": test, **(splits or {})}
    parts = {name: part for name, part in named.items() if part is not None}
    limits = {
        "max_duplicate_rate": max_duplicate_rate, "max_exact": max_exact, "max_cluster_size": max_cluster_size,
        "max_repetition": max_repetition, "max_reference": max_reference, "max_leak": max_leak,
        "max_invalid": max_invalid, "max_empty": max_empty, "max_new": max_new,
    }  # fmt: skip
    given = {name: limit_of(name, value) for name, value in limits.items() if value is not None}
    for name, value, other, there in (
        ("max_leak", max_leak, "train and test", parts), ("leak_containment", leak_containment, "train and test", parts),
        ("leak_ngram", leak_ngram, "train and test", parts), ("max_reference", max_reference, "reference", reference is not None),
        ("reference", reference, "data", data is not None), ("max_new", max_new, "baseline", baseline is not None),
        ("update_baseline", update_baseline or None, "baseline", baseline is not None),
    ):  # fmt: skip
        if value is not None and not there:
            raise ValueError(f"{name} requires {other}")
    if rate_of not in ("documents", "tokens", "bytes"):
        raise ValueError(f"invalid value {rate_of!r} for rate_of: expected documents, tokens, bytes")
    if rate_of == "bytes" and not is_path(data):
        raise ValueError("rate_of='bytes' requires files")
    if not parts and data is None:
        raise ValueError("nothing to check: give data, or train and test")
    if parts and len(parts) < 2:
        raise ValueError("leaks are between splits: give at least two, for instance train and test")
    for name in ("output", "pairs", "annotate"):
        if options.get(name):
            raise TypeError(f"check takes no option {name}")
    known = None if baseline is None else _Baseline(baseline, update_baseline)
    return _check(data, parts, reference, given, rate_of, leak_containment, leak_ngram, known, options, progress)


class _Baseline:
    """The file of a baseline."""

    def __init__(self, path: str | os.PathLike[str], update: bool):
        self.path, self.update = os.fspath(path), update
        self.text: bytes | None = None
        try:
            with open(self.path, "rb") as file:
                self.text = file.read()
        except OSError as error:
            if not (update and isinstance(error, FileNotFoundError)):
                hint = ": update_baseline=True writes it" if isinstance(error, FileNotFoundError) else ""
                raise _core.Error(f"cannot read baseline '{self.path}': {error.strerror}{hint}") from None

    def write(self, text: bytes) -> None:
        """All of it, or nothing."""
        import tempfile

        path = os.path.realpath(self.path)
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o644
        file = tempfile.NamedTemporaryFile(dir=os.path.dirname(path), prefix=".neardup-", delete=False)
        try:
            with file:
                file.write(text)
                os.fchmod(file.fileno(), mode)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _check(
    data: Any, parts: dict[str, Any], reference: Any, limits: dict[str, Any], rate_of: str,
    leak_containment: float | str | None, leak_ngram: int | None, baseline: _Baseline | None, options: dict[str, Any],
    progress: Progress,
) -> Check:  # fmt: skip
    from ._arguments import share

    if baseline is not None:
        limits.setdefault("max_new", limit_of("max_new", 0))
    if parts:
        limits.setdefault("max_leak", limit_of("max_leak", 0))
        if options.get("unit", "document") != "document":
            raise ValueError("leaks are documents: leave out unit")
    if reference is not None:
        limits.setdefault("max_reference", limit_of("max_reference", 0))
    if "max_repetition" in limits:
        options.setdefault("unit", "document,paragraph")
    if not limits:
        parts_only = "document" not in options.get("unit", "document")
        name = "max_repetition" if parts_only else "max_duplicate_rate"
        limits[name] = limit_of(name, 0)
    options.setdefault("binary", "error-data")  # a verdict without the records of a Parquet file would say little
    job = job_options(**options)
    if baseline is not None and "keep" not in options and job["units"] > 1:
        job = job_options(**options, keep="content")  # then rows that move change nothing
    job["contents"] = True
    if data is None and set(limits) - {"max_leak", "max_invalid", "max_empty", "max_new"}:
        raise ValueError("limits other than max_leak, max_invalid, max_empty and max_new require data")
    result = leaks = known = None
    leak_ngram = 8 if leak_ngram is None else leak_ngram
    if data is not None or baseline is not None:
        sources = [] if data is None else sources_of(data, "table", False, job)
        for name, part in parts.items() if data is None else ():
            if not (is_path(part) or hasattr(part, "__len__")):
                raise ValueError(f"baseline reads the splits twice, and {name} can be read once: read it into a table first")
            sources += sources_of(part, name, False, job)
        if reference is not None:
            sources += sources_of(reference, "reference", True, job)
        files = all(source[0] == "path" for source in sources)
        more: tuple[Any, ...] = ()
        if baseline is not None:
            sources.insert(0, ("exclude", baseline.path))
            more = (0.0, leak_ngram, (baseline.text, baseline.path, baseline.update))
        found = _run("check", sources, job, progress, *more)
        known = found.get("baseline")
        result = Result(found, data=data, reference=reference, job=job, files=files)
    if baseline is not None and baseline.update:
        parts, limits = {}, {}  # a verdict would be about what is known from now on
    if parts:
        sources = []
        for name, part in parts.items():
            sources += [("split", name), *sources_of(part, name, False, job)]
        contained = share("leak_containment", leak_containment)
        contained = contained if contained is not None else job.get("contained") or 0.8
        leaks = _run("leaks", sources, job, progress, contained, leak_ngram)
    tables = {name: not is_path(part) for name, part in parts.items()}
    check = Check(result, leaks, list(parts), tables, limits, rate_of, leak_ngram, known, data is not None)
    if baseline is not None and baseline.update and known is not None:
        baseline.write(known["text"])
    return check


# ---- sketches --------------------------------------------------------------------------------------------------------

_SMALL = 1000  # texts: below, starting threads costs more than they save


@short_signature
def sketch(
    texts: Any,
    *,
    slots: int | None = None,
    ngram: int = 5,
    tokens: str = "word",
    marks: str = "fold",
    case: str = "fold",
    method: str = "minhash",
    sketch: str = "auto",
    seed: int = 0,
    bits: int | None = None,
    weights: str | None = None,
    threads: int | None = None,
    progress: Progress = None,
    **options: Any,
) -> Sketches:
    """Sketches of texts: MinHash signatures or SimHash fingerprints, equal to those of ``neardup sketch``.

    >>> s = neardup.sketch(["one two three four five six", "one two three four five seven"], slots=256)
    >>> s.shape
    (2, 256)
    >>> 0 <= s.jaccard(0, 1) <= 1
    True

    texts: data as dedup takes; texts that are already in a list are sketched fastest.
    slots: of a signature, 1 to 4096 (default 128); the error of an estimated similarity is 1 / sqrt(slots) / 2 at most.
    ngram, tokens, marks, case, seed: as for dedup. sketch: "auto", "affine" or "fss". method: "minhash", or "simhash" with bits (64
        or 128) and weights.
    options: those of dedup that say how data is read: text, id, input_format, memory, ...

    Returns Sketches, one row for each text.
    """
    small = isinstance(texts, (list, tuple)) and len(texts) <= _SMALL and not options and not (texts and isinstance(texts[0], tuple))
    simhash = choice("method", method, METHODS) == METHODS["simhash"]
    if simhash and (slots is not None or sketch != "auto" or seed != 0):
        raise ValueError("slots, sketch and seed require method='minhash'")
    if not simhash and (bits is not None or weights is not None):
        raise ValueError("bits and weights require method='simhash'")
    if small and not any(type(t) is not str and hasattr(t, "__fspath__") for t in texts):
        handle = sketcher(
            method, tokens, marks, case, ngram, sketch, 128 if slots is None else slots, seed, bits or 64, weights or "one"
        )
        sketches, shingles = _core.sketch(handle, list(texts))
    else:
        job = job_options(
            ngram=ngram, tokens=tokens, marks=marks, case=case, method=method, bits=bits, weights=weights, threads=threads,
            sketch=None if simhash else sketch, seed=seed or None, **options,
        )  # fmt: skip
        job["slots"] = 128 if slots is None else slots
        if not simhash and not 1 <= job["slots"] <= 4096:
            raise ValueError(f"invalid value {slots} for slots: expected 1 to 4096")
        if simhash:
            del job["slots"]
        found = _run("sketch", sources_of(texts, "table", False, job), job, progress)
        sketches, shingles = found["sketches"], found["shingles"]
    return Sketches(sketches, shingles, simhash)
