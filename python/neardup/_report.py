# SPDX-License-Identifier: MIT
"""Reports. The program makes them: from the folder of a run, which is repeated for it, and the texts of what was removed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from typing import TYPE_CHECKING, Any

from . import _core
from ._arguments import FORMATS, sources_of

if TYPE_CHECKING:

    from .result import Result


def program() -> str:
    """The path of the program ``neardup`` that was installed with this package, else of one in PATH."""
    for scheme in (None, f"{os.name}_user"):
        folder = sysconfig.get_path("scripts") if scheme is None else sysconfig.get_path("scripts", scheme)
        path = os.path.join(folder, "neardup")
        if os.access(path, os.X_OK):
            return path
    path = shutil.which("neardup") or ""
    if not path:
        raise _core.Error("cannot make a report: the program neardup is not installed")
    return path


def _record(field: str, text: str) -> str:
    value: Any = text
    for name in reversed(field.split(".")):
        value = {name: value}
    return json.dumps(value)


def _write_texts(folder: str, texts: list[tuple[int, str | None]], records: int, field: str) -> dict[str, str]:
    """Files with the lines that the records of the tables have: {} where a text is not needed."""
    os.mkdir(folder)
    paths = {"table": os.path.join(folder, "table"), "reference": os.path.join(folder, "reference")}
    for (_, path), first, last in zip(paths.items(), (0, records), (records, None)):
        line = first
        with open(path, "w", encoding="utf-8") as file:
            for row, text in texts:
                if row < first or (last is not None and row >= last) or text is None:
                    continue
                file.write("{}\n" * (row - line) + _record(field, text) + "\n")
                line = row + 1
            if last is not None:
                file.write("{}\n" * (last - line))
    return paths


def write_report(result: Result, path: str | os.PathLike[str], force: bool) -> None:
    if result._data is None:
        raise TypeError("the data could be read only once: give dedup a folder, output=..., for `neardup report FOLDER`")
    if os.path.exists(path) and not force:
        raise _core.Error(f"'{os.fspath(path)}' exists: pass force=True to replace it")
    job = {**result._job, "write_corpus": False, "force": False}
    sources = sources_of(result._data, "table", False, job)
    if result._reference is not None:
        sources += sources_of(result._reference, "reference", True, job)
    if all(source[0] != "path" for source in sources):
        job["format"] = FORMATS["jsonl"]
    with tempfile.TemporaryDirectory(prefix="neardup-") as folder:
        job["output_dir"] = os.path.join(folder, "table")  # the name is the title of the report
        found = _core.run("report", sources, job, None, None)
        command = [program(), "report", "table", "-o", os.path.abspath(path), "--quiet"]
        if any(source[0] != "path" for source in sources) and not os.fspath(path).lower().endswith(".csv"):
            texts = _write_texts(os.path.join(folder, "texts"), found["texts"], found["summary"]["records"], job.get("text_field") or "text")
            for source in sources:
                command += ["-i", _path_of(source, texts)]
        if force:
            command.append("--force")
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        if done.returncode != 0:
            raise _core.Error(done.stderr.strip().removeprefix("neardup: ").removeprefix("error: ") or "cannot make a report")


def _path_of(source: tuple[Any, ...], texts: dict[str, str]) -> str:
    return os.path.abspath(source[1]) if source[0] == "path" else texts[source[1]]
