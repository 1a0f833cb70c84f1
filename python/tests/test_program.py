# SPDX-License-Identifier: MIT
"""The same answer as the program, row for row: for tables, lists and files."""

import json
import os
import pathlib
import struct
import subprocess
import sys

import pytest

import neardup
from test_neardup import corpus

PROGRAM = os.environ.get("NEARDUP_PROGRAM") or pathlib.Path(sys.executable).parent / "neardup"


def run(folder, *arguments, status=0):
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == status, done.stderr
    return done.stdout


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def paragraphs(count, seed):
    return [x.replace(" w1", "\nw1").replace("\nw11", "\n\nw11") for x in corpus(count, seed=seed)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A corpus in JSON Lines, and the same texts."""
    folder = tmp_path_factory.mktemp("corpus")
    texts = paragraphs(300, 5)
    texts[7], texts[9] = "", "..."
    rows = [{"id": f'i"{i}\u2028é', "text": x, "score": i * 7919 % 101, "site": f"s{i % 3}"} for i, x in enumerate(texts)]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "old.jsonl").write_text("".join(json.dumps({"id": i, "text": x}) + "\n" for i, x in enumerate(texts[::9])))
    return folder, rows


def flags(options):
    """The options as the program has them."""
    names = {"group": "group-field"}
    for name, value in options.items():
        flag = "--" + names.get(name, name.replace("_", "-"))
        yield from [flag] if value is True else [flag, str(value)]


OPTIONS = [
    {},
    {"threshold": 0.5, "keep": "longest"},
    {"keep": "last"},
    {"keep": "shortest", "threshold": 0.8},
    {"keep": "content"},
    {"keep": "max:score", "threshold": 0.5},
    {"keep": "min:score", "threshold": 0.5},
    {"candidates": "all", "ngram": 2, "threshold": 0.3},
    {"tokens": "char", "ngram": 9},
    {"marks": "keep"},
    {"sketch": "affine", "slots": 60, "recall": 0.9, "seed": 7},
    {"bands": 10, "rows": 3},
    {"method": "simhash", "distance": 6},
    {"method": "simhash", "bits": 128, "distance": 12, "weights": "count", "threshold": 0.5},
    {"contained": 0.8, "contained_min_tokens": 10, "ngram": 3},
    {"contained": "50%", "unit": "document,paragraph"},
    {"unit": "paragraph"},
    {"unit": "line", "threshold": 0.9, "min_tokens": 3},
    {"unit": "document,paragraph", "max_copies": 3, "keep_one": True},
    {"unit": "paragraph", "within": True, "containment": 0.5},
    {"unit": "line", "across": True, "often": 2, "cut_unique": True},
    {"unit": "document,line", "min_remaining": 40},
    {"unit": "paragraph", "drop_emptied": True, "group": "site"},
]


def place(row):
    return (row["id"], row["reason"], row["cluster"], row["keeper_id"], f"{int(row['jaccard'] * 1e6 + 1e-6) / 1e6:g}")


def expected_place(d):
    keeper = (d.get("keeper") or {}).get("id")
    return (d["id"], d["reason"], d.get("cluster", 0), keeper, f"{d.get('jaccard', 0):g}")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_dedup(tmp_path, files, options):
    folder, rows = files
    run(folder, "dedup", "in.jsonl", "-o", tmp_path / "out", "-q", "--pairs", *flags(options))
    decisions = lines_of((tmp_path / "out" / "decisions.jsonl").read_text())
    pairs = lines_of((tmp_path / "out" / "pairs.jsonl").read_text())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    expected = [(*expected_place(d), d["line"] - 1) for d in decisions]
    sources = [folder / "in.jsonl"]
    pa = pytest.importorskip("pyarrow")
    sources.append(pa.Table.from_pylist(rows))
    if "score" not in options.get("keep", "") and "group" not in options:
        sources.append([(row["id"], row["text"]) for row in rows])
        sources.append((row["id"], row["text"]) for row in rows)
    for data in sources:
        r = neardup.dedup(data, pairs=True, **options)
        assert [(*place(d), d["document"]) for d in r.decisions] == expected
        assert len(r.pairs) == len(pairs)
        if options.get("unit", "document") == "document":
            assert [(rows[p["a"]]["id"], rows[p["b"]]["id"], p["reason"]) for p in r.pairs] == [
                (p["a"]["id"], p["b"]["id"], p["reason"]) for p in pairs
            ]
        assert [r.summary[k] for k in ("records", "documents", "exact", "near", "kept", "tokens", "empty")] == [
            summary[k] for k in ("records", "documents", "exact", "near", "kept", "tokens", "empty")
        ]
    assert len(expected) > (3 if "within" in options else 10)


def test_find(files):
    folder, rows = files
    found = lines_of(run(folder, "find", "in.jsonl", "-q", "-t", "0.5"))
    r = neardup.find([row["text"] for row in rows], threshold=0.5, pairs=False)
    assert [(k["number"], k["keeper"], k["members"]) for k in r.clusters] == [
        (k["cluster"], k["keeper"]["line"] - 1, [m["line"] - 1 for m in k["members"]]) for k in found
    ]
    pairs = lines_of(run(folder, "find", "in.jsonl", "-q", "-t", "0.5", "--pairs"))
    r = neardup.find(folder / "in.jsonl", threshold=0.5)
    assert [(p["a"], p["b"]) for p in r.pairs] == [(p["a"]["line"] - 1, p["b"]["line"] - 1) for p in pairs]
    assert "file" in r.decisions.column_names and r.decisions.row(0)["file"].endswith("in.jsonl")
    with pytest.raises(TypeError, match="find writes nothing"):
        neardup.find(folder / "in.jsonl", output=folder / "x")


def test_reference(tmp_path, files):
    folder, rows = files
    run(folder, "dedup", "in.jsonl", "--reference", "old.jsonl", "-o", tmp_path / "out", "-q")
    decisions = lines_of((tmp_path / "out" / "decisions.jsonl").read_text())
    texts = [row["text"] for row in rows]
    for data, reference in ((texts, texts[::9]), (folder / "in.jsonl", folder / "old.jsonl")):
        r = neardup.dedup(data, reference=reference)
        assert [(d["row"], d["reason"]) for d in r.decisions] == [(d["line"] - 1, d["reason"]) for d in decisions]
        assert sum(d["keeper"] >= len(texts) for d in r.decisions) == sum(
            d["keeper"]["file"] == "old.jsonl" for d in decisions
        )


def test_output_is_that_of_the_program(tmp_path, files):
    folder, _ = files
    run(folder, "dedup", "in.jsonl", "-o", tmp_path / "out", "-q", "--drop-empty")
    neardup.dedup(folder / "in.jsonl", output=tmp_path / "own", drop_empty=True)
    for name in ("in.jsonl", "decisions.jsonl", "clusters.jsonl"):
        assert (tmp_path / "own" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    with pytest.raises(neardup.Error) as caught:
        neardup.dedup(folder / "in.jsonl", output=tmp_path / "own")
    assert caught.value.status == "NEARDUP_E_EXISTS"
    neardup.dedup(folder / "in.jsonl", output=tmp_path / "own", force=True)


# ---- check -----------------------------------------------------------------------------------------------------------

SPLITS = {
    "train": [*corpus(60, seed=3), "the cat sat on the mat and looked at the dog that was asleep in the sun all day"],
    "validation": [*corpus(20, seed=4), "unique words only here, nothing else to be seen in this one text at all"],
    "test": [*corpus(60, seed=3)[::7], *corpus(9, seed=8), "x: the cat sat on the mat and looked at the dog that was asleep",
             "short one", "unique words only here, nothing else to be seen in this one text at all"],
}  # fmt: skip


@pytest.mark.parametrize("options", [
    {}, {"leak_containment": 0.5, "leak_ngram": 4}, {"leak_containment": 0}, {"max_leak": "50%"}, {"max_leak": 100},
    {"threshold": 0.4, "max_leak": 3}, {"tokens": "char", "leak_ngram": 20}, {"max_empty": 0, "max_invalid": "1%"},
], ids=str)  # fmt: skip
def test_leaks(tmp_path, options):
    for name, texts in SPLITS.items():
        lines = "".join(json.dumps({"id": f"{name}{i}", "text": x}) + "\n" for i, x in enumerate(texts))
        (tmp_path / f"{name}.jsonl").write_text(lines)
    splits = [part for name in SPLITS for part in ("--split", f"{name}={name}.jsonl")]
    ids = {name: [(f"{name}{i}", x) for i, x in enumerate(texts)] for name, texts in SPLITS.items()}
    paths = {name: tmp_path / f"{name}.jsonl" for name in SPLITS}
    for data in (ids, paths):
        c = neardup.check(splits=data, **options)
        done = run(tmp_path, "check", *splits, "-q", "--report", "json:-", *flags(options), status=int(not c))
        report = json.loads(done)
        assert report["passed"] == c.passed
        assert {(v["part"], v["whole"], v["violated"], v["message"]) for v in report["verdicts"]} == {
            (r.part, r.whole, not r.passed, r.message) for r in c.rules
        }
        leaks = [f["locations"] for f in report["findings"] if f["rule"] == "split-leak"]
        found = {(document["id"], source["id"]) for document, source in leaks}
        assert {(d["id"], d["source_id"]) for d in c.leaks} == found
    assert c.leaks is not None and all(d["file"].endswith(d["split"] + ".jsonl") for d in c.leaks)


@pytest.mark.parametrize("options", [
    {}, {"max_duplicate_rate": "1%"}, {"max_duplicate_rate": "90%", "rate_of": "tokens"}, {"max_exact": 3},
    {"max_cluster_size": 2}, {"max_exact": 0, "max_duplicate_rate": 10}, {"max_invalid": 0, "max_empty": 1},
    {"max_repetition": "5%"}, {"unit": "line"}, {"threshold": 0.5, "max_duplicate_rate": "40%"},
], ids=str)  # fmt: skip
def test_rules(files, options):
    folder, rows = files
    texts = [row["text"] for row in rows]
    for data in (texts, folder / "in.jsonl"):
        c = neardup.check(data, **options)
        report = json.loads(run(folder, "check", "in.jsonl", "-q", "--report", "json:-", *flags(options), status=int(not c)))
        assert {(v["part"], v["whole"], v["violated"], v["message"]) for v in report["verdicts"]} == {
            (r.part, r.whole, not r.passed, r.message) for r in c.rules
        }
        assert bool(c) == report["passed"]


@pytest.mark.parametrize("options", [
    {}, {"threshold": 0.5, "keep": "longest"}, {"method": "simhash", "distance": 4}, {"unit": "paragraph"}, {"unit": "document,line"},
    {"max_exact": 4, "max_new": 2}, {"max_repetition": "50%"}, {"tokens": "char", "ngram": 12},
], ids=str)  # fmt: skip
def test_baselines(files, tmp_path, options):
    """A baseline has the bytes of the program's, and either one can be used by both."""
    folder, rows = files
    texts = [row["text"] for row in rows]
    limits = {name: value for name, value in options.items() if name.startswith("max_")}
    shared = [*flags(options), "-q"]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": x}) + "\n" for x in texts[:200]))
    run(tmp_path, "check", "in.jsonl", "--baseline", "program.base", "--update-baseline", *shared)
    first = neardup.check(texts[:200], baseline=tmp_path / "python.base", update_baseline=True, **options)
    assert (tmp_path / "python.base").read_bytes() == (tmp_path / "program.base").read_bytes()
    assert first and not first.rules and first.baseline["added"] > 9 and first.baseline["known"] == first.baseline["kept"] == 0
    # A baseline is not read as an input, even if it is in the folder.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.jsonl").write_text((tmp_path / "in.jsonl").read_text())
    for _ in range(2):
        neardup.check(tmp_path / "data", baseline=tmp_path / "data" / "known.jsonl", update_baseline=True, **options)
        assert (tmp_path / "data" / "known.jsonl").read_bytes() == (tmp_path / "program.base").read_bytes()
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": x}) + "\n" for x in texts))
    for data in (texts, tmp_path / "in.jsonl"):
        c = neardup.check(data, baseline=tmp_path / "program.base", **options)
        done = run(tmp_path, "check", "in.jsonl", "--baseline", "python.base", "--report", "json:-", *shared, status=int(not c))
        report = json.loads(done)
        assert {(v["part"], v["whole"], v["violated"], v["message"]) for v in report["verdicts"]} == {
            (r.part, r.whole, not r.passed, r.message) for r in c.rules
        }
        assert c.baseline["new"] > 2 and len(c.rules) == len({*limits, "max_new"})
        assert (c.baseline["known"], c.baseline["new"]) == (report["baseline"]["known"], report["baseline"]["new"])
    again = neardup.check(texts, baseline=tmp_path / "python.base", update_baseline=True, **options)
    assert again.baseline["added"] > 0
    compared = {name: value for name, value in options.items() if name not in limits}
    assert neardup.check(texts[::-1], baseline=tmp_path / "python.base", **{"unit": "document,paragraph"} if "max_repetition" in limits else {}, **compared)


def test_a_baseline_of_splits(tmp_path):
    for name, texts in SPLITS.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"text": x}) + "\n" for x in texts))
    splits = [part for name in SPLITS for part in ("--split", f"{name}={name}.jsonl")]
    run(tmp_path, "check", *splits, "--baseline", "program.base", "--update-baseline", "-q")
    first = neardup.check(splits=SPLITS, baseline=tmp_path / "python.base", update_baseline=True)
    assert first.leaks is None and first.result is None and first.baseline["added"] > 9
    assert (tmp_path / "python.base").read_bytes() == (tmp_path / "program.base").read_bytes()
    c = neardup.check(splits=SPLITS, baseline=tmp_path / "program.base", max_invalid=0)
    done = run(tmp_path, "check", *splits, "--baseline", "python.base", "--max-invalid", "0", "-q", "--report", "json:-", status=1)
    assert {v["message"] for v in json.loads(done)["verdicts"]} == {r.message for r in c.rules}
    assert not c and [r.name for r in c.rules if not r.passed] == ["max_leak"]
    with pytest.raises(ValueError, match="train can be read once"):
        neardup.check(train=(x for x in SPLITS["train"]), test=SPLITS["test"], baseline=tmp_path / "python.base")


def test_baselines_that_cannot_be_used(tmp_path):
    texts = ["one two three four five six seven"] * 3
    path = tmp_path / "known"
    with pytest.raises(neardup.Error, match="No such file or directory: update_baseline=True writes it"):
        neardup.check(texts, baseline=path)
    with pytest.raises(neardup.Error, match="no document was found"):
        neardup.check(["!"], baseline=path, update_baseline=True)
    assert not path.exists()
    neardup.check(texts, baseline=path, update_baseline=True)
    before = path.read_bytes()
    with pytest.raises(neardup.Error, match='made with "threshold":0.7, but this check uses "threshold":0.5'):
        neardup.check(texts, baseline=path, threshold=0.5)
    for options in ({"max_new": 1}, {"update_baseline": True}):
        with pytest.raises(ValueError, match="requires baseline"):
            neardup.check(texts, **options)
    (tmp_path / "data.jsonl").write_text('{"text": "one"}\n')
    with pytest.raises(neardup.Error, match="not a baseline"):
        neardup.check(texts, baseline=tmp_path / "data.jsonl", update_baseline=True)
    assert (tmp_path / "data.jsonl").read_text() == '{"text": "one"}\n'
    path.chmod(0o640)
    neardup.check(texts[:2], baseline=path, update_baseline=True, threshold=0.5)
    assert path.read_bytes() != before and path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.jsonl", "known"]


def test_check_with_reference(files):
    folder, rows = files
    texts = [row["text"] for row in rows]
    c = neardup.check(texts[1:9], reference=texts[::9])
    done = "".join(json.dumps({"text": x}) + "\n" for x in texts[1:9])
    (folder / "part.jsonl").write_text(done)
    report = json.loads(run(folder, "check", "part.jsonl", "--reference", "old.jsonl", "-q", "--report", "json:-", status=int(not c)))
    assert [(v["part"], v["whole"]) for v in report["verdicts"]] == [(r.part, r.whole) for r in c.rules]


def test_check_says_what_is_wrong():
    with pytest.raises(ValueError, match="give data, or train and test"):
        neardup.check()
    with pytest.raises(ValueError, match="at least two"):
        neardup.check(train=["a"])
    with pytest.raises(ValueError, match="max_leak requires train and test"):
        neardup.check(["a"], max_leak=1)
    with pytest.raises(ValueError, match="expected a number such as 20"):
        neardup.check(["a"], max_exact="many")
    with pytest.raises(neardup.Error, match="no document was found"):
        neardup.check(["", "..."])
    with pytest.raises(neardup.Error, match="split 'test': no document"):
        neardup.check(train=["one two three four five six seven eight nine"], test=["!"])
    c = neardup.check(["a b c d e f g", "a b c d e f g"], max_duplicate_rate=0.5)
    assert c and c.rules[0].limit == "50%" and "duplicates 50.0 % of documents (1 of 2), limit 50 %" in repr(c)
    c = neardup.check(["<b>a b c d e f</b>", "<b>a b c d e f</b>"])
    assert not c and "FAILED" in c._repr_html_() and len(c.result.decisions) == 1


# ---- sketches and plans ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"slots": 64, "seed": 3}, {"sketch": "affine", "slots": 20}, {"ngram": 2, "tokens": "char", "slots": 8},
    {"method": "simhash"}, {"method": "simhash", "bits": 128, "weights": "count"}, {"marks": "keep"},
], ids=str)  # fmt: skip
def test_sketches(files, options):
    folder, rows = files
    expected = lines_of(run(folder, "sketch", "in.jsonl", "-q", *flags(options)))
    assert len(expected) == len(rows)
    for data in ([row["text"] for row in rows], folder / "in.jsonl", (row["text"] for row in rows)):
        s = neardup.sketch(data, **options)
        assert len(s) == len(rows)
        for i, line in enumerate(expected):
            assert s.shingles[i] == line["shingles"]
            if s.method == "minhash":
                assert s[i].tolist() == line["signature"] or line["shingles"] == 0
            elif line["shingles"]:
                low, high = s[i]
                bits = options.get("bits", 64)
                assert f"{high:016x}{low:016x}"[-bits // 4 :] == line["fingerprint"]


def test_sketches_as_arrays():
    np = pytest.importorskip("numpy")
    s = neardup.sketch(["one two three four five six", "One two, three four five six!", "", None], slots=16)
    assert np.asarray(s).shape == s.shape == (4, 16) and s.jaccard(0, 1) == 1.0 and s.jaccard(2, 3) == 0
    assert np.array_equal(s.to_numpy()[1], np.asarray(s[0])) and s.shingles.tolist() == [2, 2, 0, 0]
    assert struct.unpack("<16I", s.tobytes()[:64]) == tuple(s[0])
    assert neardup.sketch([]).shape == (0, 0)
    f = neardup.sketch(corpus(2), method="simhash")
    assert f.distance(0, 0) == 0 < f.distance(0, 1)
    with pytest.raises(TypeError, match="distance"):
        f.jaccard(0, 1)
    with pytest.raises(ValueError, match="require method='simhash'"):
        neardup.sketch(["a"], bits=64)
    with pytest.raises(neardup.Error):
        neardup.sketch(["a"], slots=5000)


@pytest.mark.parametrize("options", [
    {}, {"threshold": 0.8, "documents": 10**7}, {"recall": 0.9, "slots": 200}, {"bands": 10, "rows": 5},
    {"candidates": "all", "threshold": 0.3}, {"documents": 10**6, "mean_bytes": "10kB", "memory": "1G"},
], ids=str)  # fmt: skip
def test_plan(tmp_path, options):
    expected = json.loads(run(tmp_path, "plan", "--format", "json", *flags(options)))
    p = neardup.plan(**options)
    for name in ("threshold", "recall", "slots", "bands", "rows", "recall_at_threshold", "false_share", "memory_bytes",
                 "memory_min_bytes", "scratch_bytes", "candidates", "sketch"):  # fmt: skip
        value = getattr(p, name)
        assert value == pytest.approx(expected[name], abs=2e-6), name
    assert len(p.curve) == len(expected["curve"]) == 21


def test_plan_simhash(tmp_path):
    expected = json.loads(run(tmp_path, "plan", "--format", "json", "--method", "simhash", "-d", "1M", "--distance", "3"))
    p = neardup.plan(method="simhash", documents=10**6, distance=3)
    assert (p.blocks, p.matching, p.tables, p.memory_bytes) == tuple(
        expected["search"][k] for k in ("blocks", "matching", "tables", "memory_bytes")
    )


@pytest.mark.parametrize("text, bytes_", [("4G", 4 << 30), ("4GiB", 4 << 30), ("4GB", 4 * 10**9), ("100kB", 10**5), ("1.5M", 3 << 19), ("70000000", 7 * 10**7)])
def test_sizes(text, bytes_):
    from neardup._arguments import size

    assert size("memory", text) == bytes_


def test_compare_and_diff(tmp_path):
    texts = paragraphs(12, 2)
    for a, b in zip(texts, texts[1:]):
        b = b + " " + a[: len(a) // 2]
        (tmp_path / "a").write_text(a)
        (tmp_path / "b").write_text(b)
        expected = json.loads(run(tmp_path, "compare", "a", "b", "--format", "json"))
        c = neardup.compare(a, b)
        assert c.jaccard == pytest.approx(expected["jaccard"], abs=2e-6)
        assert c.shared == expected["shared_shingles"]
        segments = neardup.diff(a, b)
        assert "".join(a[s.a_begin : s.a_end] for s in segments) == a
        assert "".join(b[s.b_begin : s.b_end] for s in segments) == b
        assert all(neardup.tokenize(a[s.a_begin : s.a_end]) == neardup.tokenize(b[s.b_begin : s.b_end]) for s in segments if s.shared)


def test_options_of_the_program():
    """Each option of `neardup dedup` is a parameter of neardup.dedup, with its name in snake case."""
    import inspect

    known = set(inspect.signature(neardup.dedup).parameters)
    help_ = subprocess.run([PROGRAM, "dedup", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    import re

    options = {name.replace("-", "_") for name in re.findall(r"^ {2,8}(?:-\w, +)?--([a-z-]+)", help_, re.MULTILINE)}
    other_names = {"text_field": "text", "id_field": "id", "group_field": "group"}
    missing = {other_names.get(name, name) for name in options} - known
    # Options for terminals, and lists of paths, which Python has as lists.
    assert missing <= {"quiet", "verbose", "color", "help", "files_from"}, missing
    assert len(options) > 40
