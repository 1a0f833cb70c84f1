# SPDX-License-Identifier: MIT
"""A text or two at a time, and plans."""

from __future__ import annotations

from threading import local
from typing import Any, NamedTuple

from . import _core
from ._arguments import BITS, CANDIDATES, METHODS, SKETCHES, WEIGHTS, choice, short_signature, size, tokens_of


class Passage(NamedTuple):
    """A passage that two texts share: a[a_begin:a_end] and b[b_begin:b_end], and how many tokens it has."""

    a_begin: int
    a_end: int
    b_begin: int
    b_end: int
    tokens: int


class Segment(NamedTuple):
    """A piece of two texts side by side: a[a_begin:a_end] and b[b_begin:b_end].

    shared: both have the same tokens there. Otherwise the piece is in one of them only, or differs; a range may be empty.
    """

    a_begin: int
    a_end: int
    b_begin: int
    b_end: int
    shared: bool


class Comparison(NamedTuple):
    """Two texts, exactly.

    identical: equal up to case, width, spacing and typographic punctuation, with at least one token. jaccard: similarity of
    the two sets of shingles, 0 to 1. a_in_b, b_in_a: containment, the share of one text's shingles that the other has.
    a_tokens, b_tokens: tokens. a_shingles, b_shingles: distinct shingles; shared: those in both. passages: a list of
    Passage, in the order of a. numbers_differ: nothing but numbers differs, which are tokens with a digit.
    """

    identical: bool
    jaccard: float
    a_in_b: float
    b_in_a: float
    a_tokens: int
    b_tokens: int
    a_shingles: int
    b_shingles: int
    shared: int
    passages: list[Passage]
    numbers_differ: bool


class Plan(NamedTuple):
    """How candidates are found, and what that costs.

    slots = bands * rows: of a signature. recall_at_threshold: probability that a pair exactly at the threshold becomes a
    candidate. half_point: Jaccard similarity at which that is one half. false_share: share of the pairs below the threshold
    that become candidates. memory_bytes, memory_min_bytes, scratch_bytes: expected for the given number of documents, else 0.
    curve: pairs (jaccard, probability of becoming a candidate), from 0 to 1 in steps of 0.05.
    """

    threshold: float
    recall: float
    candidates: str
    sketch: str
    slots: int
    bands: int
    rows: int
    recall_at_threshold: float
    half_point: float
    false_share: float
    memory_bytes: int
    memory_min_bytes: int
    scratch_bytes: int
    curve: list[tuple[float, float]]


class HammingPlan(NamedTuple):
    """How fingerprints within a distance are found, and what that costs.

    A fingerprint is cut into blocks, of which `matching` agree in every pair within the distance; tables: how many sorted
    tables that takes (0: every pair is compared). seconds: expected, of one core. memory_bytes: in addition to the
    fingerprints.
    """

    bits: int
    distance: int
    blocks: int
    matching: int
    tables: int
    seconds: float
    memory_bytes: int


# ---- handles, one for each thread ------------------------------------------------------------------------------------


class _Handles(local):
    """Making a handle costs more than comparing two short texts."""

    def __init__(self) -> None:
        self.comparers: dict[tuple[str, str, str, int], Any] = {}
        self.sketchers: dict[tuple[Any, ...], Any] = {}


_handles = _Handles()
_MOST_HANDLES = 16  # of a kind and thread: who tries many seeds needs each of them once


def _keep(known: dict[Any, Any], key: Any, handle: Any) -> Any:
    if len(known) >= _MOST_HANDLES:
        known.clear()
    known[key] = handle
    return handle


def _comparer(tokens: str, marks: str, case: str, ngram: int) -> Any:
    known = _handles.comparers
    try:
        return known[tokens, marks, case, ngram]
    except KeyError:
        return _keep(known, (tokens, marks, case, ngram), _core.comparer(tokens_of(tokens, marks, case), ngram))


def sketcher(
    method: str, tokens: str, marks: str, case: str, ngram: int, sketch: str, slots: int, seed: int, bits: int, weights: str
) -> Any:
    known = _handles.sketchers
    key = method, tokens, marks, case, ngram, sketch, slots, seed, bits, weights
    try:
        return known[key]
    except KeyError:
        handle = _core.sketcher(
            choice("method", method, METHODS), tokens_of(tokens, marks, case), ngram, choice("sketch", sketch, SKETCHES), slots,
            seed, choice("bits", bits, BITS), choice("weights", weights, WEIGHTS),
        )  # fmt: skip
        return _keep(known, key, handle)


# ---- texts -----------------------------------------------------------------------------------------------------------

# Of the right length: _make of the classes is the same in Python, and slower.
_tuple = tuple.__new__


def compare(a: str, b: str, *, tokens: str = "word", marks: str = "fold", case: str = "fold", ngram: int = 5) -> Comparison:
    """Compares two texts exactly.

    >>> c = neardup.compare("one two three four five six", "one two three four five seven")
    >>> round(c.jaccard, 2), c.a_in_b, c.passages
    (0.33, 0.5, [Passage(a_begin=0, a_end=23, b_begin=0, b_end=23, tokens=5)])

    tokens: "word" or "char"; ngram: 1 to 64 of them make a shingle; marks: "fold" accents and punctuation away, or "keep".
    case: "fold" it, or "keep".
    Returns a Comparison; its places count characters. Raises neardup.Error for an ngram out of range.
    """
    found = _core.compare(_comparer(tokens, marks, case, ngram), a, b)
    passages = found[9]
    for i, passage in enumerate(passages):
        passages[i] = _tuple(Passage, passage)
    return _tuple(Comparison, found)


def diff(a: str, b: str, *, tokens: str = "word", marks: str = "fold", case: str = "fold") -> list[Segment]:
    """Lays two texts side by side, token by token.

    >>> a, b = "one two three four", "one 2 three four"
    >>> [(s.shared, a[s.a_begin:s.a_end], b[s.b_begin:s.b_end]) for s in neardup.diff(a, b)]
    [(True, 'one ', 'one '), (False, 'two', '2'), (True, ' three four', ' three four')]

    Returns a list of Segment, which cover both texts from begin to end; shared and differing ones alternate. Where texts
    differ little, it is a shortest edit script (Myers).
    """
    return [Segment(*segment) for segment in _core.diff(_comparer(tokens, marks, case, 5), a, b)]


def tokenize(text: str, *, tokens: str = "word", marks: str = "fold", case: str = "fold") -> list[str]:
    """The tokens of a text, as they are written in it.

    >>> neardup.tokenize("Hello, world!")
    ['Hello', 'world']

    They are compared without case unless case="keep", and with marks="fold" without accents.
    """
    return [text[begin:end] for begin, end in _core.tokenize(_comparer(tokens, marks, case, 5), text)]


# ---- plans -----------------------------------------------------------------------------------------------------------


@short_signature
def plan(
    *,
    threshold: float | None = None,
    recall: float = 0.99,
    documents: int = 0,
    mean_bytes: int | str = 0,
    memory: int | str = 0,
    candidates: str = "lsh",
    sketch: str = "auto",
    slots: int = 0,
    bands: int = 0,
    rows: int = 0,
    method: str = "minhash",
    distance: int = 6,
    bits: int = 64,
) -> Plan | HammingPlan:
    """Slots, bands and rows that reach a recall at a threshold, and what a run costs.

    >>> p = neardup.plan(threshold=0.8, documents=10_000_000)
    >>> p.slots == p.bands * p.rows, p.recall_at_threshold >= 0.99
    (True, True)

    threshold: 0.4 to 0.95 (default 0.7), any with candidates="all". recall: in (0, 1). documents: expected number; mean_bytes:
    of a document (default 2400); memory: budget in bytes, or "4G". With method="simhash" only distance, bits, documents and
    memory count.

    Returns a Plan, or with method="simhash" a HammingPlan. Raises neardup.Error if the recall cannot be reached.
    """
    budget = size("memory", memory) or 0
    if choice("method", method, METHODS) == METHODS["simhash"]:
        bits = choice("bits", bits, BITS)
        return HammingPlan(bits, distance, *_core.hamming_plan(bits, distance, documents, budget))
    if not documents and (memory or mean_bytes):
        raise ValueError("memory and mean_bytes require documents")
    threshold = 0.7 if threshold is None else threshold
    all_pairs = choice("candidates", candidates, CANDIDATES) == 1
    kind, *numbers = _core.plan(
        threshold, recall, choice("sketch", sketch, SKETCHES), slots, bands, rows, all_pairs, documents,
        size("mean_bytes", mean_bytes) or 0, budget,
    )  # fmt: skip
    name = next(name for name, number in SKETCHES.items() if number == kind)
    return Plan(threshold, recall, candidates, name, *numbers)
