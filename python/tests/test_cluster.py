# SPDX-License-Identifier: MIT
"""examples/cluster: the same files, byte for byte, as the program writes. Each system is left out where it is not installed."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import neardup
from test_steps import corpus

pytest.importorskip("pyarrow")
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "cluster"

# Runs a job at once, its array one by one.
SBATCH = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in --array=0-*) last=${1#--array=0-} ;; --wrap) shift; command=$1 ;; esac
    shift
done
for n in $(seq 0 "${last:-0}"); do SLURM_ARRAY_TASK_ID=$n sh -c "$command" || exit 1; done
echo 7
"""


@pytest.fixture()
def files(tmp_path):
    texts = corpus(300, 9)
    paths = [tmp_path / f"{name}.jsonl" for name in "ab"]
    for i, path in enumerate(paths):
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(json.dumps({"id": n, "text": text}, ensure_ascii=n % 2 == 0) + "\n" for n, text in enumerate(texts[i::2]))
    neardup.dedup(paths, text="text", id="id", output=tmp_path / "expected")
    return paths


def check(files, out):
    for path in files:
        expected = next((files[0].parent / "expected").rglob(path.name)).read_bytes()
        assert (out / path.name).read_bytes() == expected and len(expected) < path.stat().st_size


@pytest.mark.parametrize("system", ["local", "ray", "dask"])
def test_systems(files, tmp_path, system):
    if system != "local":
        pytest.importorskip({"ray": "ray", "dask": "dask.distributed"}[system])
    command = [sys.executable, EXAMPLE / "over_files.py", "run", "--shards", "2", "--with", system, tmp_path / "work", tmp_path / "out", *files]
    subprocess.run(command, check=True, timeout=600, env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"})
    check(files, tmp_path / "out")


def test_slurm(files, tmp_path):
    """The jobs in the order in which Slurm would run them."""
    (tmp_path / "bin").mkdir()
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.write_text(SBATCH)
    sbatch.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHON": sys.executable, "SHARDS": "1"}
    assert shutil.which("bash")
    subprocess.run([EXAMPLE / "slurm.sh", tmp_path / "work", tmp_path / "out", *files], check=True, env=environment, timeout=600)
    check(files, tmp_path / "out")
