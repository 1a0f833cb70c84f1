# SPDX-License-Identifier: MIT
"""Results: reports, notebooks, threads, messages and documentation."""

import doctest
import html.parser
import inspect
import pathlib
import subprocess
import sys
import threading
import warnings

import pytest

import neardup
from test_neardup import corpus, rows_of, table

HOSTILE = '<script>alert("x")</script> & <b>one</b> two three four five six seven'

# ---- reports ---------------------------------------------------------------------------------------------------------


def test_report(tmp_path):
    texts = [*corpus(60), HOSTILE, HOSTILE]
    r = neardup.dedup(texts)
    r.report(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and '<script>alert("x")' not in page and "one</b>" not in page
    with pytest.raises(neardup.Error, match="exists: pass force=True"):
        r.report(tmp_path / "r.html")
    r.report(tmp_path / "r.html", force=True)
    r.report(tmp_path / "r.csv")
    assert len((tmp_path / "r.csv").read_text().splitlines()) > len(r.decisions)
    r.report(tmp_path / "r.md")
    assert "alert" in (tmp_path / "r.md").read_text(), "texts are shown"
    with pytest.raises(neardup.Error, match="cannot"):
        r.report(tmp_path / "nowhere" / "r.html")


def test_report_on_tables_and_references(tmp_path):
    pa = pytest.importorskip("pyarrow")
    texts = corpus(40)
    t = pa.table({"doc": [{"text": x} for x in texts], "key": list(range(40))})
    for options in ({}, {"unit": "paragraph"}, {"reference": texts[:7]}, {"method": "simhash"}):
        r = neardup.dedup(t, text="doc.text", id="key", **options) if "reference" not in options else neardup.dedup(texts, **options)
        r.report(tmp_path / "r.md", force=True)
        report = (tmp_path / "r.md").read_text()
        assert "Near-duplicates in `table`" in report and texts[0][:20] in report or "paragraph" in str(options)
    with pytest.raises(TypeError, match="read only once"):
        neardup.dedup(x for x in texts).report(tmp_path / "x.html")


def test_report_on_files(tmp_path):
    (tmp_path / "in.txt").write_text("a b c d e f")
    (tmp_path / "in2.txt").write_text("a b c d e f")
    r = neardup.dedup([tmp_path / "in.txt", tmp_path / "in2.txt"])
    r.report(tmp_path / "r.md")
    assert "`a b c d e f`" in (tmp_path / "r.md").read_text()


# ---- notebooks -------------------------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.text = [], set(), []
        self.feed(page)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_notebook():
    texts = [*corpus(200), HOSTILE, HOSTILE.upper()]
    for options in ({}, {"unit": "document,line"}, {"method": "simhash"}, {"reference": corpus(50)}):
        r = neardup.dedup([(HOSTILE + str(i), x) for i, x in enumerate(texts)], **options)
        for shown in (r, r.decisions, r.pairs):
            page = Page(shown._repr_html_())
            assert not page.seen & {"script", "b"}, "texts and ids are escaped"
        text = " ".join(Page(r._repr_html_()).text)
        assert "largest clusters" in text and "similarity of what is removed" in text and "keeper" in text
    r = neardup.dedup([HOSTILE, HOSTILE])
    assert '<script>alert("x")' in " ".join(Page(r._repr_html_()).text)
    c = neardup.check(train=[HOSTILE], test=[(HOSTILE, HOSTILE)])
    assert not Page(c._repr_html_()).seen & {"script", "b"}


# ---- threads ---------------------------------------------------------------------------------------------------------


def test_many_small_calls_from_threads():
    """10^5 calls: each thread has handles of its own."""
    texts = corpus(20)
    expected = [neardup.compare(texts[0], x) for x in texts]
    sketches = neardup.sketch(texts).tobytes()
    wrong = []

    def work(k):
        for n in range(12500):
            i = (n * 7 + k) % len(texts)
            if neardup.compare(texts[0], texts[i], ngram=5) != expected[i]:
                wrong.append(i)
            if n % 500 == 0 and neardup.sketch(texts).tobytes() != sketches:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_other_threads_run_meanwhile():
    """A run does not hold the lock of the interpreter."""
    texts = corpus(3000)
    count, done = 0, threading.Event()

    def work():
        neardup.dedup(texts, candidates="all", threshold=0.3, threads=1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        count += 1
    thread.join()
    assert count > 100


def test_nothing_leaks():
    """Results and streams are released: the number of live objects and the memory stay the same."""
    pa = pytest.importorskip("pyarrow")
    t = table()

    def once():
        r = neardup.dedup(t, text="body", id="url")
        r.decisions.to_arrow(), neardup.check(train=t, test=t, text="body").leaks.to_arrow()
        neardup.sketch(t, text="body"), neardup.compare("a b c d e f", "a b c d e f g")
        for _ in range(50):
            r.decisions.__arrow_c_array__()

    once()
    import gc

    gc.collect()
    before = pa.total_allocated_bytes(), sys.getrefcount(None)
    for _ in range(5):
        once()
    gc.collect()
    assert pa.total_allocated_bytes() == before[0]
    assert abs(sys.getrefcount(None) - before[1]) < 100


# ---- messages --------------------------------------------------------------------------------------------------------


def test_warnings_are_errors_if_wanted():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(neardup.Warning, match=r"table, row 1: no text field"):
            neardup.dedup(["a b c", None, "a b d"])


def test_tqdm():
    tqdm = pytest.importorskip("tqdm")
    assert tqdm and neardup.dedup(corpus(100), progress=True).summary["documents"] == 100


@pytest.mark.parametrize("options, message", [
    ({"distance": 3}, "distance requires method='simhash'"),
    ({"method": "simhash", "slots": 10}, "slots requires method='minhash'"),
    ({"within": True}, "within requires unit='paragraph' or 'line'"),
    ({"keep_one": True, "unit": "line"}, "keep_one requires max_copies"),
    ({"force": True}, "force requires output: a folder"),
    ({"unit": "page"}, "invalid value 'page' for unit: expected document, paragraph, line"),
    ({"memory": "much"}, "invalid value 'much' for memory: expected bytes, or a size such as '4G'"),
    ({"max_unreadable": "x"}, "invalid value 'x' for max_unreadable"),
    ({"bits": 32, "method": "simhash"}, "invalid value 32 for bits: expected 64, 128"),
    ({"candidates": "all", "slots": 100}, "slots has no effect with candidates='all'"),
    ({"strict": True, "max_unreadable": 0.5}, "max_unreadable has no effect with strict=True"),
    ({"text": "body", "input_format": "line"}, "text has no effect with input_format='line'"),
    ({"binary": "keep"}, "expected skip, text, error, error-data"),
    ({"keep": "max:"}, "'max' and 'min' take a column"),
    ({"slots": -1}, "slots is out of range"),
])  # fmt: skip
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        neardup.dedup(["a"], **options)


def test_errors_name_parameters():
    with pytest.raises(neardup.Error) as caught:
        neardup.dedup(["a"], threshold=0.1)
    assert caught.value.status == "NEARDUP_E_ARG"
    with pytest.raises(neardup.Error, match="memory budget must be at least"):
        neardup.dedup(["a"], memory=1000)
    with pytest.raises(TypeError, match="unexpected keyword"):
        neardup.dedup(["a"], treshold=0.5)
    error = neardup.Error("mine")
    assert (error.status, error.errno, error.line) == ("", 0, 0)


# ---- documentation ---------------------------------------------------------------------------------------------------


def test_docstrings():
    public = [getattr(neardup, name) for name in neardup.__all__]
    for thing in public:
        assert inspect.getdoc(thing), thing
        for name, method in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(method) and not name.startswith("_") and thing is not neardup.Error:
                assert inspect.getdoc(method) or name in ("tolist",), (thing, name)
    from neardup import runs, texts

    for module in (runs, texts):
        result = doctest.testmod(module, extraglobs={"neardup": neardup})
        assert result.failed == 0 and result.attempted > 4


def test_help_fits_a_terminal():
    done = subprocess.run([sys.executable, "-c", "import neardup; help(neardup.dedup)"], stdout=subprocess.PIPE, text=True)
    assert "Returns a Result" in done.stdout and max(map(len, done.stdout.splitlines()[3:])) < 130


def test_types(tmp_path):
    """The package and a program that uses it pass mypy --strict."""
    pytest.importorskip("mypy")
    program = tmp_path / "use.py"
    program.write_text(
        "import neardup\n"
        "r: neardup.Result = neardup.dedup(['a'], threshold=0.5, keep='longest')\n"
        "rows: list[int] = r.kept\n"
        "score: float = neardup.compare('a', 'b').jaccard\n"
        "begin: int = neardup.diff('a', 'b')[0].a_begin\n"
        "words: list[str] = neardup.tokenize('a b')\n"
        "passed: bool = neardup.check(train=['a'], test=['b'], max_leak='1%').passed\n"
        "shape: tuple[int, int] = neardup.sketch(['a']).shape\n"
        "n = len(neardup.find(['a']).pairs)\n"
        "try:\n    neardup.plan(threshold=0.8)\nexcept neardup.Error as error:\n    status: str = error.status\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--cache-dir", str(tmp_path / "cache")]
    for what in (["-p", "neardup"], [str(program)]):
        done = subprocess.run([*mypy, *what], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
    program.write_text("import neardup\nneardup.dedup(['a'], treshold=1)\n")
    done = subprocess.run([*mypy, str(program)], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert "treshold" in done.stdout


def test_what_an_import_loads():
    """Importing the package is quick: it loads no library beside the standard one, and little of that."""
    code = "import sys, neardup; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    heavy = {"pyarrow", "numpy", "pandas", "polars", "tqdm", "json", "html", "subprocess", "inspect", "asyncio"}
    assert not heavy & set(done.stdout.split())


def test_numbers() -> None:
    texts = [f"invoice {n} about {k} pieces of soap, delivered to the usual address" for n, k in ((17, 3), (18, "1,200"))]
    texts.append(texts[1].replace("soap", "cheese"))
    r = neardup.dedup(texts, threshold=0.2, candidates="all", ngram=2, pairs=True)
    assert r.decisions["numbers_differ"].tolist() == [True, False] and r.summary["kept"] == 1
    assert {(p["a"], p["b"]): p["numbers_differ"] for p in r.pairs} == {(0, 1): True, (0, 2): False, (1, 2): False}
    kept = neardup.dedup(texts, threshold=0.2, candidates="all", ngram=2, numbers="keep")
    assert kept.kept == [0, 1]
    assert neardup.compare(texts[0], texts[1]).numbers_differ and not neardup.compare(texts[0], texts[2]).numbers_differ
    with pytest.raises(ValueError, match="numbers requires"):
        neardup.dedup(texts, unit="paragraph", numbers="keep")
    with pytest.raises(ValueError, match="numbers"):
        neardup.dedup(texts, numbers="none")


def test_numbers_in_arrow() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    texts = [f"page {n} of the same words again and again" for n in range(20)]
    table = pyarrow.table(neardup.dedup(texts, threshold=0.4).decisions)
    assert table["numbers_differ"].type == pyarrow.bool_() and all(table["numbers_differ"].to_pylist())
    assert table.num_rows == 19


def test_audit():
    texts = corpus(200, seed=9)
    audit = neardup.dedup(texts, threshold=0.5, audit=True, slots=8, bands=1, rows=8).summary["audit"]
    assert audit["sampled"] == audit["kept"] and audit["missed"] > 0
    assert audit["recall"] == pytest.approx(audit["removed"] / (audit["removed"] + audit["missed"]))
    audit = neardup.dedup(texts, threshold=0.5, audit=True, audit_sample=50, candidates="all").summary["audit"]
    assert (audit["sampled"], audit["missed"], audit["recall"]) == (50, 0, 1) and audit["recall_low"] < 1
    assert "audit" not in neardup.dedup(texts).summary
    with pytest.raises(ValueError, match="audit_sample requires audit"):
        neardup.dedup(texts, audit_sample=50)


def test_presets() -> None:
    texts = ["on efficient joins of spatial data smith and jones 1998", "efficient joins for spatial data jones smith vldb 1998"]
    assert neardup.dedup(texts).kept == [0, 1]
    assert neardup.dedup(texts, preset="titles").kept == [0]
    assert neardup.dedup(texts, preset="titles", threshold=0.9).kept == [0, 1]
    signs = ["total = x + y", "total = x - y"]
    assert neardup.dedup(signs, preset="code").kept == [0, 1] and neardup.dedup(signs, preset="code", marks="fold").kept == [0]
    names = ["Map map = new Map", "map Map = new map"]
    assert neardup.dedup(names, preset="code").kept == [0, 1] and neardup.dedup(names, preset="code", case="fold").kept == [0]
    with pytest.raises(ValueError, match="invalid value 'title' for preset"):
        neardup.dedup(texts, preset="title")
    with pytest.raises(ValueError, match="preset requires"):
        neardup.dedup(texts, preset="titles", method="simhash")
