# SPDX-License-Identifier: MIT
"""The steps of a run, for clusters: extract a batch, verify a group, decide a round.

``neardup.dedup`` runs on one machine. These are its pieces, over batches of Arrow or lists: neardup.spark is made of them, and so
are the examples for Ray, Dask and Slurm. They need pyarrow, except for ``decide`` and ``decide_round``.

    setup = steps.begin(threshold=0.7)           # on one machine, once; all others get it
    extracts = steps.extract(setup, texts)       # where the texts are
    groups: the extracts that share a digest are one text; of each text the first in keeper order is compared
    candidates: the texts that share a key of a band
    similarities = steps.verify(setup, matcher, groups, texts, sets)
    decided = steps.decide(edges)                # or rounds of steps.decide_round, where edges are on many machines

The result is that of neardup.dedup with the same options.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._arguments import CASE, MARKS, SKETCHES, TOKENS, choice, short_signature, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["KEPT", "REMOVED", "UNDECIDED", "Setup", "begin", "candidates", "decide", "decide_round", "extract", "matcher", "verify"]


class Setup(NamedTuple):
    """What all machines of a run must have in common. Small, and can be pickled.

    secret: 32 random bytes, which make digests and sets of different machines comparable. Nobody who writes texts should know
    them: who does can write texts that are taken for equal. No result depends on them.
    """

    threshold: float
    tokens: int
    ngram: int
    sketch: int
    slots: int
    bands: int
    rows: int
    seed: int
    secret: bytes


@short_signature
def begin(
    *,
    threshold: float | None = None,
    preset: str | None = None,
    tokens: str | None = None,
    marks: str | None = None,
    case: str | None = None,
    ngram: int | None = None,
    recall: float | None = None,
    sketch: str | None = None,
    slots: int | None = None,
    bands: int | None = None,
    rows: int | None = None,
    seed: int = 0,
    secret: bytes | None = None,
) -> Setup:
    """Plans a run, and draws its secret.

    >>> setup = neardup.steps.begin(threshold=0.8)
    >>> setup.bands * setup.rows == setup.slots, len(setup.secret)
    (True, 32)

    The parameters are those of neardup.dedup, with its defaults. secret: 32 bytes of your own, such as a job that goes on
    tomorrow with the extracts of today needs. Raises neardup.Error if the recall cannot be reached.
    """
    given = {"tokens": tokens, "marks": marks, "case": case, "ngram": ngram, "threshold": threshold}
    defaults: dict[str, Any] = {"tokens": "word", "marks": "fold", "case": "fold", "ngram": 5, "threshold": 0.7}
    if preset is not None:
        rows_of = {row[0]: row[1:] for row in _core.presets()}
        choice("preset", preset, dict.fromkeys(rows_of, 0))
        kind, defaults["ngram"], defaults["threshold"] = rows_of[preset]
        defaults["tokens"] = "char" if kind & TOKENS["char"] else "word"
        defaults["marks"] = "keep" if kind & MARKS["keep"] else "fold"
        defaults["case"] = "keep" if kind & CASE["keep"] else "fold"
    values: dict[str, Any] = {name: defaults[name] if value is None else value for name, value in given.items()}
    kind_of_sketch, slots, bands, rows, *_ = _core.plan(
        values["threshold"], 0.99 if recall is None else recall, choice("sketch", sketch or "auto", SKETCHES), slots or 0,
        bands or 0, rows or 0, False, 0, 0, 0,
    )  # fmt: skip
    setup = Setup(
        values["threshold"], tokens_of(values["tokens"], values["marks"], values["case"]), values["ngram"],
        kind_of_sketch, slots, bands, rows, seed,
        secrets.token_bytes(32) if secret is None else secret,
    )  # fmt: skip
    _extractor(setup)  # which checks the rest
    return setup


# ---- extract a batch -------------------------------------------------------------------------------------------------

_extractors: dict[Setup, Any] = {}


def _extractor(setup: Setup) -> Any:
    """One for a run: making it costs as much as some hundred texts. Workers of Spark, Ray and Dask have one thread."""
    if setup not in _extractors:
        _extractors.clear()
        _extractors[setup] = _core.extractor(
            setup.tokens, setup.ngram, setup.sketch, setup.slots, setup.seed, setup.bands, setup.rows, setup.secret
        )
    return _extractors[setup]


def extract(setup: Setup, texts: Any) -> Any:
    """The extracts of a batch of texts, in one call of the library.

    texts: a column of strings of pyarrow, or a list of str, bytes in UTF-8 and None. Returns a RecordBatch with a row for each:

        tokens: int64; -1 where there is no text, 0 for an empty one, which is compared with nothing
        high, low: int64, the digest: texts with the same words have the same one
        form: int64; of texts with the same digest those with the same form are exact copies
        keys: list of int32, one for each band, empty without tokens: texts with the same key of a band are candidates
        set: binary, the shingles: 8 bytes each
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if isinstance(texts, pa.Array):
        if pa.types.is_dictionary(texts.type):
            texts = texts.dictionary_decode()
        texts = texts.__arrow_c_array__()
    columns = [pa.py_buffer(column) for column in _core.extract(_extractor(setup), texts)]
    count = len(columns[0]) // 8
    numbers = [pa.Array.from_buffers(pa.int64(), count, [None, column]) for column in columns[:4]]
    lengths = pc.if_else(pc.greater(numbers[0], 0), setup.bands, 0)
    ends = pa.Array.from_buffers(pa.int64(), count + 1, [None, columns[5]])
    sets = pa.Array.from_buffers(pa.large_binary(), count, [None, ends.buffers()[1], columns[6]]).cast(pa.binary())
    keys = pa.Array.from_buffers(pa.int32(), count * setup.bands, [None, columns[4]])
    begins = pa.array(range(0, count * setup.bands + 1, setup.bands), pa.int32())
    lists = pa.ListArray.from_arrays(begins, keys)
    lists = pc.if_else(pc.greater(lengths, 0), lists, pa.scalar([], lists.type))
    return pa.record_batch([*numbers, lists, sets], ["tokens", "high", "low", "form", "keys", "set"])


# ---- candidates ------------------------------------------------------------------------------------------------------


def candidates(keys: Iterable[Iterable[int]]) -> Iterator[tuple[int, int]]:
    """The pairs of numbers (later, earlier) of texts that share a key of a band, each pair once.

    keys: of texts in keeper order, as ``extract`` makes them. For what fits into memory: all pairs of a bucket, without a limit.
    """
    buckets: dict[tuple[int, int], list[int]] = {}
    for number, own in enumerate(keys):
        met: set[int] = set()
        for bucket in enumerate(own):
            others = buckets.setdefault(bucket, [])
            met.update(others)
            others.append(number)
        for other in sorted(met):
            yield number, other


# ---- verify a group --------------------------------------------------------------------------------------------------


def matcher() -> Any:
    """What ``verify`` remembers from batch to batch: one for each sequence of batches."""
    return _core.matcher()


def verify(setup: Setup, matcher: Any, groups: Any, texts: Any, sets: Any) -> Any:
    """The exact Jaccard similarities of one text to many, for a batch of groups.

    groups, texts: int64, numbers of texts; sets: binary, of ``extract``. Rows are sorted by group, and the first row of a group is
    its own text: groups[i] == texts[i]. A group may go on in the next batch. Returns a column of doubles: -1 in the first row of a
    group; else the similarity of the text to the group's, 0 if it is below the threshold. Raises ValueError if a group does not
    begin with its text.
    """
    import pyarrow as pa

    batch = pa.record_batch([groups, texts, sets], ["group", "text", "set"])
    found = _core.match(matcher, batch.__arrow_c_array__(), setup.threshold)
    return pa.Array.from_buffers(pa.float64(), len(batch), [None, pa.py_buffer(found)])


# ---- decide ----------------------------------------------------------------------------------------------------------

UNDECIDED, KEPT, REMOVED = 0, 1, 2


def decide_round(edges: Iterable[tuple[int, int]], states: Mapping[int, int]) -> dict[int, int]:
    """One round of decisions: the numbers that it decides, with KEPT or REMOVED.

    edges: (later, earlier) in keeper order, all edges of each later text that is in them; states: of all texts of the edges. A text
    is removed if an earlier neighbour is kept; it is kept if it has no earlier neighbour that is undecided. Repeated until nothing is
    undecided, this is the rule of neardup.dedup, whatever the order of edges (the lexicographically first maximal independent set in
    rounds: Blelloch, Fineman, Shun, SPAA 2012).
    """
    near: dict[int, int] = {}  # of the later one: the strongest state of an earlier one: KEPT, then UNDECIDED
    strength = {REMOVED: 0, UNDECIDED: 1, KEPT: 2}
    for later, earlier in edges:
        near[later] = max(near.get(later, 0), strength[states[earlier]])
    outcome = {2: REMOVED, 0: KEPT}
    decided = {text: outcome[near[text]] for text in near if states[text] == UNDECIDED and near[text] != 1}
    decided.update((text, KEPT) for text, state in states.items() if state == UNDECIDED and text not in near)
    return decided


def decide(count: int, edges: Iterable[tuple[int, int, float]]) -> list[tuple[int, float] | None]:
    """All decisions at once, on one machine: of each of ``count`` texts None if it is kept, else its keeper and their similarity.

    edges: (a, b, similarity), with the numbers of texts in keeper order.
    """
    from array import array

    a, b, similarity = array("Q"), array("Q"), array("d")
    for first, second, score in edges:
        a.append(first)
        b.append(second)
        similarity.append(score)
    keepers, scores = _core.decide(count, a.tobytes(), b.tobytes(), similarity.tobytes())
    none = (1 << 64) - 1
    return [
        None if keeper == none else (keeper, score)
        for keeper, score in zip(memoryview(keepers).cast("Q"), memoryview(scores).cast("d"))
    ]
