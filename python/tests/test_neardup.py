# SPDX-License-Identifier: MIT
"""The package, as it is installed. Each test that needs pyarrow, pandas or polars skips itself without it."""

import gc
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

import neardup

TEXTS = [
    "The quick brown fox jumps over the lazy dog in the park.",
    "Something else entirely, with words of its own and no more.",
    "the quick  brown fox jumps over the lazy dog in the park.",
]


def corpus(count=400, seed=1):
    """Texts of which about half are copies with small changes; deterministic."""
    state = seed

    def draw(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (state >> 33) % limit

    texts = []
    for i in range(count):
        if i > 0 and draw(2):
            words = texts[draw(i)].split(" ")
            for _ in range(draw(3)):
                words[draw(len(words))] = f"né{draw(1000)}"
        else:
            words = [f"w{draw(5000)}" for _ in range(20 + draw(200))]
        texts.append(" ".join(words))
    return texts


def rows_of(result):
    return [(d["row"], d["reason"], d["jaccard"], d["keeper"], d["cluster"]) for d in result.decisions]


# ---- texts -----------------------------------------------------------------------------------------------------------


def test_texts():
    r = neardup.dedup(TEXTS)
    assert r.removed == [2] and r.kept == [0, 1]
    assert r.filter(TEXTS) == TEXTS[:2]
    row = r.decisions.row(0)
    assert (row["row"], row["reason"], row["jaccard"], row["keeper"], row["unit"]) == (2, "exact", 1.0, 0, "document")
    assert r.clusters == [{"number": 1, "unit": "document", "keeper": 0, "members": [2]}]
    assert "1 exact" in repr(r) and "<table>" in r._repr_html_()


def test_exact_copies_have_the_same_signs_and_accents():
    r = neardup.dedup(["má con cái nhà ai", "mà con cái nhà ai", "Má  con cái nhà ai", "ok 👍 then", "ok 👎 then"])
    assert [(row, reason) for row, reason, *_ in rows_of(r)] == [(1, "near"), (2, "exact"), (4, "near")]
    assert r.decisions.row(0)["jaccard"] == 1


def test_ids_and_generators():
    r = neardup.dedup((f"doc{i}", text) for i, text in enumerate(TEXTS))
    assert r.removed == [2]


def test_keep():
    assert neardup.dedup(TEXTS, keep="last").removed == [0]
    with pytest.raises(ValueError, match="max:score"):
        neardup.dedup(TEXTS, keep="max")
    with pytest.raises(ValueError, match="expected first, last"):
        neardup.dedup(TEXTS, keep="best")


def test_pairs_and_reference():
    r = neardup.find([TEXTS[0], TEXTS[2], TEXTS[2]])
    assert sorted(zip(r.pairs["a"], r.pairs["b"])) == [(0, 1), (0, 2), (1, 2)]
    r = neardup.dedup([TEXTS[2], TEXTS[1]], reference=[TEXTS[0]])
    assert r.removed == [0]


def test_paragraphs():
    a, b = "one two three four five six seven eight nine ten eleven twelve", "a b c d e f g h i j k l m n o"
    r = neardup.dedup([f"{a}\n\n{b}", f"{b}\n\nother words that nobody else has, and more of them to be long enough"],
                      unit="paragraph")
    assert [(d["document"], d["unit"]) for d in r.decisions] == [(1, "paragraph")]
    assert r.kept == [0, 1]


def test_nothing_to_read():
    with pytest.raises(neardup.Error) as caught, pytest.warns(neardup.Warning, match=r"table, row 0: no text field \(2 records") as warned:
        neardup.dedup([None, None])
    assert caught.value.status == "NEARDUP_E_FORMAT"
    assert warned[0].filename == __file__, "the line of the caller"
    with pytest.raises(TypeError, match="text 1 is not a str"):
        neardup.dedup(["a", 7])
    with pytest.raises(UnicodeEncodeError):
        neardup.dedup(["\ud800 alone"])
    with pytest.raises(TypeError, match="a table, texts or paths"):
        neardup.dedup({"text": []})


def test_callers_from_many_threads():
    texts = corpus()
    expected = rows_of(neardup.dedup(texts, threads=1))
    found = [None] * 8

    def work(i):
        found[i] = rows_of(neardup.dedup(texts, threads=1 + i % 3))
        for _ in range(200):
            assert neardup.compare(texts[0], texts[0]).identical

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [expected] * 8


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer holds what is freed")
def test_memory_does_not_grow():
    """An object lost per call would be 100 bytes or more. Arenas of threads, which malloc keeps, take a few MB. In a process of
    its own: what other tests have loaded takes and gives back more."""
    script = f"""
import os, pathlib, threading, neardup
texts = {TEXTS!r}

def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def compare(times):
    for _ in range(times):
        assert neardup.compare(texts[0], texts[2]).passages

def compare_in_threads(times):
    threads = [threading.Thread(target=compare, args=(times // 8,)) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()

def dedup(times):
    for _ in range(times):
        assert neardup.dedup(texts, threads=1).filter(texts) == texts[:2]

for work, few, many in ((compare_in_threads, 10000, 100000), (dedup, 200, 2000)):
    work(few)
    before = resident()
    work(many)
    grown = resident() - before
    assert grown < 8e6, (work, grown)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_progress_and_its_exception():
    seen = []
    neardup.dedup(corpus(50), progress=lambda *p: seen.append(p))
    assert {phase for phase, *_ in seen} >= {"read"} and all(done <= total or total == 0 for _, done, total, _ in seen)

    def fail(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        neardup.dedup(corpus(50), progress=fail)


def test_interrupt(tmp_path):
    """Ctrl-C ends a long run within a second."""
    script = tmp_path / "long.py"
    script.write_text(
        "import neardup, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells ignore it in what they run in the background
        "words = [' '.join(f'w{(i * 7919 + j * 104729) % 99991}' for j in range(60)) for i in range(500)]\n"
        "texts = [words[i % 499] + words[i * 7 % 497] + words[i * 11 % 491] for i in range(100000)]\n"
        "print('go', flush=True)\n"
        "try:\n"
        "    while True: neardup.dedup(texts, candidates='all', threshold=0.3)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "go\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        try:
            out, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert out == "interrupted\n"


# ---- two texts -------------------------------------------------------------------------------------------------------


def test_places_count_characters():
    # Passages are in the order of a: the second one is before the first one in b.
    one, two = "größe eins zwei drei vier", "fünf sechs sieben acht neun"
    a, b = f"{one}. {two}", f"ü {two}; {one}"
    assert [(a[p.a_begin : p.a_end], b[p.b_begin : p.b_end]) for p in neardup.compare(a, b, ngram=3).passages] == [(one, one), (two, two)]
    assert neardup.tokenize(a) == (one + " " + two).split()
    assert "".join(b[s.b_begin : s.b_end] for s in neardup.diff(a, b)) == b
    assert neardup.compare(a, a, ngram=3).passages == [(0, len(a), 0, len(a), 10)]
    for values in (("a", 5), (None, "a"), ("a", bytearray(b"a"))):
        with pytest.raises(TypeError, match="is not a str or bytes"):
            neardup.compare(*values)


def test_compare():
    c = neardup.compare(TEXTS[0], TEXTS[2])
    assert c.identical and c.jaccard == 1 and c.shared == 8
    c = neardup.compare("return a + b of both", "return a - b of both")
    assert not c.identical and c.jaccard == 1
    c = neardup.compare("äö one two three four five six", "xx one two three four five six")
    assert c.passages == [neardup.Passage(3, 30, 3, 30, 6)]
    assert neardup.compare("a", "b").jaccard == 0
    assert neardup.tokenize("Hällo, wörld 東京") == ["Hällo", "wörld", "東", "京"]
    with pytest.raises(neardup.Error):
        neardup.compare("a", "b", ngram=65)


# ---- tables ----------------------------------------------------------------------------------------------------------


def table():
    pa = pytest.importorskip("pyarrow")
    texts = corpus()
    return pa.table(
        {
            "url": [f"u{i}" for i in range(len(texts))],
            "body": texts,
            "score": list(range(len(texts))),
            "site": [f"s{i % 3}" for i in range(len(texts))],
        }
    )


OPTIONS = {"text": "body", "id": "url", "threshold": 0.6}


def test_arrow_types():
    pa = pytest.importorskip("pyarrow")
    t = table()
    expected = rows_of(neardup.dedup(t["body"].to_pylist(), threshold=0.6))
    assert len(expected) > 100
    i = t.schema.get_field_index("body")
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())):
        column = t["body"].cast(pa.string()).dictionary_encode() if pa.types.is_dictionary(kind) else t["body"].cast(kind)
        assert rows_of(neardup.dedup(t.set_column(i, "body", column), **OPTIONS)) == expected, kind
    assert rows_of(neardup.dedup(t["body"], threshold=0.6)) == expected, "a chunked array"
    assert rows_of(neardup.dedup(t["body"].combine_chunks(), threshold=0.6)) == expected, "an array"
    sliced = pa.concat_tables([t.slice(0, 0), t]).slice(0)
    assert rows_of(neardup.dedup(sliced, **OPTIONS)) == expected
    batches = t.to_batches(max_chunksize=17)
    assert rows_of(neardup.dedup(pa.Table.from_batches(batches), **OPTIONS)) == expected
    reader = pa.RecordBatchReader.from_batches(t.schema, batches)
    assert rows_of(neardup.dedup(reader, **OPTIONS)) == expected, "a stream"
    nested = pa.table({"doc": pa.StructArray.from_arrays([t["body"].combine_chunks()], ["text"])})
    assert rows_of(neardup.dedup(nested, text="doc.text", threshold=0.6)) == expected


def test_slice_and_nulls():
    t = table().slice(100, 150)
    pa = pytest.importorskip("pyarrow")
    assert rows_of(neardup.dedup(t, **OPTIONS)) == rows_of(neardup.dedup(t["body"].to_pylist(), threshold=0.6))
    texts = [None if i % 3 == 0 else x for i, x in enumerate(t["body"].to_pylist())]
    with pytest.warns(neardup.Warning):
        r = neardup.dedup(pa.table({"text": texts}))
    assert r.summary["invalid"] == 50 and all(i in r.kept for i in range(0, 150, 3)), "what is null stays"


def test_missing_column():
    with pytest.raises(neardup.Error, match=r"no column 'text'; its columns: url \(string\), body \(string\)"):
        neardup.dedup(table())
    with pytest.raises(neardup.Error, match="'score' is of type int64: expected strings"):
        neardup.dedup(table(), text="score")


def test_keep_by_column():
    t = table()
    most = neardup.dedup(t, keep="max:score", **OPTIONS)
    assert all(d["keeper"] > d["row"] for d in most.decisions)
    least = neardup.dedup(t, keep="min:score", **OPTIONS)
    assert rows_of(least) == rows_of(neardup.dedup(t, **OPTIONS))


def test_filter_keeps_the_type():
    t = table()
    r = neardup.dedup(t, **OPTIONS)
    clean = r.filter(t)
    assert type(clean) is type(t) and clean.schema == t.schema and clean["score"].to_pylist() == r.kept
    with pytest.raises(ValueError, match="it is another table"):
        r.filter(t.slice(1))
    pd = pytest.importorskip("pandas")
    frame = t.to_pandas()
    r2 = neardup.dedup(frame, **OPTIONS)
    assert rows_of(r2) == rows_of(r) and list(r2.filter(frame)["score"]) == r.kept and isinstance(frame, pd.DataFrame)
    pl = pytest.importorskip("polars")
    frame = pl.from_arrow(t)
    r3 = neardup.dedup(frame, **OPTIONS)
    assert rows_of(r3) == rows_of(r) and r3.filter(frame)["score"].to_list() == r.kept


def test_other_libraries():
    t = table()
    expected = rows_of(neardup.dedup(t, **OPTIONS))
    np = pytest.importorskip("numpy")
    texts = np.array(t["body"].to_pylist(), dtype=object)
    r = neardup.dedup(texts, threshold=0.6)
    assert rows_of(r) == expected and list(r.filter(texts)) == [texts[i] for i in r.kept]
    assert type(r.filter(tuple(texts))) is tuple
    with pytest.raises(TypeError, match="can be read only once"):
        r.filter(iter(texts))


def test_duckdb_and_datasets():
    t = table()
    expected = neardup.dedup(t, **OPTIONS)
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().from_arrow(t)
    assert rows_of(neardup.dedup(relation, **OPTIONS)) == rows_of(expected)
    with pytest.raises(TypeError, match="give it the table as pyarrow"):
        expected.filter(relation)
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict(t.to_pydict())
    r = neardup.dedup(data, **OPTIONS)
    assert rows_of(r) == rows_of(expected) and r.filter(data)["score"][:] == r.kept


def test_marks():
    texts = ["x = a + b * c ; y = a", "x = a - b * c ; y = a"]
    assert neardup.dedup(texts, ngram=2).removed == [1]
    assert neardup.dedup(texts, ngram=2, candidates="all", threshold=1.0, marks="keep").removed == []
    assert neardup.compare(*texts, marks="keep", ngram=2).jaccard < 1


def test_case():
    texts = ["Map map = new Map", "map Map = new map"]
    assert neardup.dedup(texts, ngram=2).removed == [1] and neardup.dedup(texts, ngram=2, case="keep").removed == []
    assert neardup.compare(*texts, ngram=1, case="keep").jaccard == 1 and neardup.compare(*texts, ngram=2, case="keep").jaccard == 0
    assert neardup.tokenize("A a", case="keep") == ["A", "a"]
    both = [neardup.sketch(["Map map = new Map"], case=case)[0].tobytes() for case in ("fold", "keep")]
    assert both[0] != both[1]
    with pytest.raises(ValueError, match="invalid value 'lower' for case"):
        neardup.compare(*texts, case="lower")


def test_results_as_arrow():
    pa = pytest.importorskip("pyarrow")
    r = neardup.dedup(table(), pairs=True, **OPTIONS)
    t = r.decisions.to_arrow()
    assert t.column_names == r.decisions.column_names
    assert t["reason"].to_pylist() == [d["reason"] for d in r.decisions]
    assert t["jaccard"].to_pylist() == r.decisions["jaccard"].tolist()
    column = t["keeper"]
    del r, t
    gc.collect()
    assert len(column.to_pylist()) > 100, "columns outlive the result"
    assert pa.types.is_int64(column.type)


@pytest.mark.parametrize("unit", ["paragraph", "line", "document,paragraph"])
def test_cut_equals_the_program(tmp_path, unit):
    """What stays of each text, sentences that are nowhere else included, is what the program writes."""
    shared = "One sentence that all of these documents have in common with one another, word for word."
    texts = []
    for i, text in enumerate(corpus(120, seed=9)):
        own = f"Here is sentence number {i} with words of its own, which no other document of them all has."
        texts.append(f"{shared} {own}\n\n{text}\n\n{shared}\n- item {i} of a list\n- one item for all\n")
    source = "".join(json.dumps({"id": i, "text": x}) + "\n" for i, x in enumerate(texts))
    (tmp_path / "in.jsonl").write_text(source)
    program = pathlib.Path(sys.executable).parent / "neardup"
    done = subprocess.run([program, "dedup", "in.jsonl", "-o", "-", "--unit", unit, "-q"], check=True, cwd=tmp_path,
                          stdout=subprocess.PIPE, text=True)
    r = neardup.dedup(texts, unit=unit)
    written = {record["id"]: record["text"] for record in map(json.loads, done.stdout.splitlines())}
    assert {row: r.cut(row, texts[row]) for row in r.kept} == written
    assert any(r.cut(row, texts[row]) != texts[row] for row in r.kept)


# ---- the same answer as the program ---------------------------------------------------------------------------------


@pytest.mark.parametrize("options, flags", [
    ({}, []),
    ({"keep": "longest", "threshold": 0.5}, ["--keep", "longest", "-t", "0.5"]),
    ({"method": "simhash", "distance": 6}, ["--method", "simhash", "--distance", "6"]),
    ({"candidates": "all", "ngram": 2}, ["--candidates", "all", "--ngram", "2"]),
    ({"unit": "document,paragraph"}, ["--unit", "document,paragraph"]),
    ({"unit": "line", "threshold": 0.9}, ["--unit", "line", "-t", "0.9"]),
])
def test_equals_the_program(tmp_path, options, flags):
    texts = [x.replace(" w1", "\nw1").replace("\nw11", "\n\nw11") for x in corpus(300, seed=5)]
    lines = "".join(json.dumps({"text": x}) + "\n" for x in texts)
    (tmp_path / "in.jsonl").write_text(lines)
    program = pathlib.Path(sys.executable).parent / "neardup"
    out = tmp_path / "out"
    subprocess.run([program, "dedup", tmp_path / "in.jsonl", "-o", out, "-q", *flags], check=True, cwd=tmp_path)
    expected = []
    for line in (out / "decisions.jsonl").read_text().splitlines():
        d = json.loads(line)
        keeper = d.get("keeper", {}).get("line", 0) - 1
        expected.append((d["line"] - 1, d["reason"], d["cluster"], keeper))
    for data in (texts, tmp_path / "in.jsonl"):
        r = neardup.dedup(data, **options)
        found = [(d["document"], d["reason"], d["cluster"], d["keeper_document"]) for d in r.decisions]
        assert found == expected
        assert len(found) > 20
