# SPDX-License-Identifier: MIT
"""The steps of a run, put together over lists: the result is that of a run on one machine."""

import pickle

import pytest

import neardup
from neardup import steps

pa = pytest.importorskip("pyarrow")


def corpus(count, seed):
    """Texts, half of them made of earlier ones: copies, copies with other case and signs, and with words replaced; chains."""
    state = seed

    def draw(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (state >> 33) % limit

    texts = []
    for i in range(count):
        words = [f"w{draw(3000)}" for _ in range(3 + draw(60))]
        if i > 0 and draw(2):
            words = texts[i - 1 - draw(min(i, 20))].split(" ")
            for _ in range(draw(3)):
                words[draw(len(words))] = f"né{draw(1000)}"
            if draw(4) == 0:
                words = [word.upper() for word in words]
            if draw(4) == 0:
                words[draw(len(words))] += "!"
        texts.append(" ".join(words))
    texts[count // 2] = ""
    return texts


def rows_of(table, setup):
    """The steps as a cluster takes them, with its batches and its groups."""
    batches = [steps.extract(setup, table.column("text").slice(at, 37)) for at in range(0, len(table), 37)]
    rows = [row for batch in batches for row in batch.to_pylist()]
    texts = {}
    for number, row in enumerate(rows):
        if row["tokens"] > 0:
            texts.setdefault((row["high"], row["low"]), []).append(number)
    firsts = [copies[0] for copies in texts.values()]
    edges = list(verified(setup, [rows[first] for first in firsts]))
    decided = steps.decide(len(firsts), edges)
    states = dict.fromkeys(range(len(firsts)), steps.UNDECIDED)
    while steps.UNDECIDED in states.values():
        states.update(steps.decide_round([edge[:2] for edge in edges], states))
    assert [states[i] == steps.KEPT for i in range(len(firsts))] == [found is None for found in decided]
    result = []
    for i, copies in enumerate(texts.values()):
        for number in copies:
            if decided[i] is not None:
                keeper, score = decided[i]
                result.append((number, "near", score, firsts[keeper]))
            elif number != copies[0]:
                exact = rows[number]["form"] == rows[copies[0]]["form"]
                result.append((number, "exact" if exact else "near", 1.0, copies[0]))
    return sorted(result)


def verified(setup, rows):
    """Edges, by groups of an earlier text and the later ones: half of the rows in one batch."""
    groups = {}
    for later, earlier in steps.candidates(row["keys"] for row in rows):
        groups.setdefault(earlier, [earlier]).append(later)
    pairs = [(group, text) for group in sorted(groups) for text in groups[group]]
    matcher = steps.matcher()
    middle = len(pairs) // 2
    for part in (pairs[:middle], pairs[middle:]):
        columns = [pa.array([pair[i] for pair in part], pa.int64()) for i in (0, 1)]
        sets = pa.array([rows[text]["set"] for _, text in part], pa.binary())
        for (group, text), score in zip(part, steps.verify(setup, matcher, *columns, sets).to_pylist()):
            assert (score == -1) == (group == text)
            if score > 0:
                yield text, group, score


@pytest.mark.parametrize("options", [{}, {"threshold": 0.5, "ngram": 3}, {"tokens": "char"}, {"marks": "keep"}, {"case": "keep"}, {"preset": "code"}, {"preset": "titles"}])
def test_steps_are_a_run(options):
    table = pa.table({"text": corpus(600, 5)})
    expected = neardup.dedup(table, text="text", **options).decisions
    setup = pickle.loads(pickle.dumps(steps.begin(**options)))
    assert rows_of(table, setup) == [(d["row"], d["reason"], d["jaccard"], d["keeper"]) for d in expected]
    assert len(expected) > 100 and {"exact", "near"} == {d["reason"] for d in expected}


def test_extract():
    setup = steps.begin()
    listed = steps.extract(setup, ["Some words here.", None, " - ", b"some words here", "other"])
    assert listed.column("tokens").to_pylist() == [3, -1, 0, 3, 1]
    assert [len(keys) for keys in listed.column("keys").to_pylist()] == [setup.bands, 0, 0, setup.bands, setup.bands]
    assert [len(found) // 8 for found in listed.column("set").to_pylist()] == [1, 0, 0, 1, 1]
    column = pa.array(["x", "Some words here.", None, " - ", "some words here", "other", "y"])
    for kind in (pa.string(), pa.large_string(), pa.binary()):
        assert steps.extract(setup, column.cast(kind).slice(1, 5)).equals(listed)
    assert steps.extract(setup, pa.chunked_array([column[1:3], column[3:6]])).equals(listed)
    assert len(steps.extract(setup, [])) == 0
    again = steps.extract(steps.begin(), ["Some words here."])
    assert again.column("high") != listed.column("high")[:1] and again.column("keys") == listed.column("keys")[:1]
    with pytest.raises(TypeError, match="not a column of strings"):
        steps.extract(setup, pa.array([1]))
    with pytest.raises(TypeError):
        steps.extract(setup, "a text")


def test_verify_wants_groups_in_order():
    setup = steps.begin()
    sets = pa.array([b"", b""], pa.binary())
    numbers = pa.array([1, 2], pa.int64())
    with pytest.raises(ValueError, match="sorted by group"):
        steps.verify(setup, steps.matcher(), numbers, pa.array([2, 3], pa.int64()), sets)
    assert steps.verify(setup, steps.matcher(), numbers, numbers, sets).to_pylist() == [-1, -1]


def test_begin():
    with pytest.raises(neardup.Error, match="threshold"):
        steps.begin(threshold=0.3)
    with pytest.raises(ValueError, match="32"):
        steps.begin(secret=b"short")
    with pytest.raises(ValueError, match="preset"):
        steps.begin(preset="poems")
    with pytest.raises(neardup.Error):
        steps.begin(ngram=100)


def test_a_long_chain_takes_a_round_for_each_link():
    chain = [(i + 1, i) for i in range(9)]
    states = dict.fromkeys(range(10), steps.UNDECIDED)
    rounds = 0
    while steps.UNDECIDED in states.values():
        states.update(steps.decide_round(chain, states))
        rounds += 1
    assert rounds == 10 and [states[i] for i in range(10)] == [steps.KEPT, steps.REMOVED] * 5
    assert [found is None for found in steps.decide(10, [(*edge, 0.9) for edge in chain])] == [True, False] * 5
