# SPDX-License-Identifier: MIT
"""Every snippet of the pages runs, and gives what is written beside it: `expression  # -> its repr`."""

import ast
import importlib.util
import os
import pathlib
import re
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["README.md", "coming-from.md"]
RIVALS = {"datasketch", "rensa", "datatrove"}


def snippets(page):
    """(line, what it needs, code): the words after `python` name packages."""
    text = (HERE / page).read_text(encoding="utf-8")
    for found in re.finditer(r"^```python *([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, found.start(2)) + 1, found[1].split(), found[2]


def run(page, line, code, names):
    lines = code.split("\n")
    tree = ast.parse(code)
    for node in tree.body:
        ast.increment_lineno(node, line - 1)
        expected = re.search(r"# -> (.*)$", lines[node.end_lineno - line])
        if isinstance(node, ast.Expr) and expected:
            value = eval(compile(ast.Expression(node.value), page, "eval"), names)
            assert repr(value) == expected[1], f"{page}:{node.lineno}"
        else:
            assert not expected, f"{page}:{node.lineno}: a statement has no value"
            exec(compile(ast.Module([node], []), page, "exec"), names)


@pytest.mark.parametrize("page", PAGES)
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    pytest.importorskip("pyarrow")
    count = 0
    for line, needs, code in snippets(page):
        if not all(importlib.util.find_spec(name) for name in needs):
            continue
        if set(needs) & RIVALS:
            # Their snippets may need other versions of what is installed here.
            try:
                run(page, line, code, dict(names))
            except Exception as error:
                warnings.warn(f"{page}:{line}: {error!r}", stacklevel=1)
            continue
        run(page, line, code, names)
        count += 1
    assert count >= 4


@pytest.mark.parametrize("notebook", sorted((HERE / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook(notebook, tmp_path):
    """Runs from top to bottom in a folder of its own; its outputs are not stored."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("pandas")
    book = nbformat.read(notebook, as_version=4)
    assert all(not cell.get("outputs") for cell in book.cells), "clear the outputs before you commit"
    client = nbclient.NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert any("text/html" in output.get("data", {}) for output in shown)
    assert not any("traceback" in output for output in shown)
    if os.environ.get("NEARDUP_NOTEBOOKS"):  # a folder: to look at them
        nbformat.write(book, pathlib.Path(os.environ["NEARDUP_NOTEBOOKS"]) / notebook.name)
