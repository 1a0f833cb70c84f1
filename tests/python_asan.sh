#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests of the Python package with an extension that has AddressSanitizer, UBSan and the leak detector. The last line is
# `N passed, N failed`.
#
#   tests/python_asan.sh [pytest's arguments]      after `make python`, whose environment has pytest and the libraries
#
# The package is not built as a wheel here: the module is linked with build-asan/libneardup.a, and Python finds it by
# PYTHONPATH.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/build/python-env/bin/python}
top=$PWD/build-asan/python
cc=${CC:-gcc}
# The others run the program, which is tested elsewhere under AddressSanitizer, or hold the libraries of others.
[ $# -gt 0 ] || set -- python/tests/test_neardup.py python/tests/test_results.py python/tests/test_inputs.py

if ! "$python" -c 'import pytest' 2> /dev/null; then
    echo "run 'make python' first: it makes build/python-env, which has pytest"
    echo "0 passed, 1 failed"
    exit 1
fi
make MODE=asan build-asan/libneardup.a
rm -rf "$top"
mkdir -p "$top"
cp -r python/neardup "$top/neardup"
read -r -a libraries <<< "$(make -s print-libs)"
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
# shellcheck disable=SC2086 # CC may be two words
$cc -std=c17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fPIC -shared \
    -Iinclude -I"$include" -o "$top/neardup/_core.abi3.so" python/core/*.c \
    build-asan/libneardup.a "${libraries[@]}" -lstdc++ -lpthread

# Python's own allocator hides what is freed too early, and who leaks. The runtime must come first in the process.
# fast_unwind_on_malloc: the interpreter has no frame pointers, and an object that leaks is allocated by it. The interpreter
# and the libraries do not free all memory at exit. So leaks do not change the status: the reports are read below.
status=0
env LD_PRELOAD="$($cc -print-file-name=libasan.so) $($cc -print-file-name=libstdc++.so)" PYTHONMALLOC=malloc \
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$top" \
    ASAN_OPTIONS="detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=16:log_path=$top/report" \
    UBSAN_OPTIONS="print_stacktrace=1:log_path=$top/report" LSAN_OPTIONS="exitcode=0:report_objects=0" \
    "$python" -m pytest -q -p no:cacheprovider "$@" > "$top/tests.log" 2>&1 || status=$?
tail -n 15 "$top/tests.log"
passed=$(grep -oE '[0-9]+ passed' "$top/tests.log" | tail -n 1 | cut -d ' ' -f 1) || true
failed=$(grep -oE '[0-9]+ (failed|error)' "$top/tests.log" | tail -n 1 | cut -d ' ' -f 1) || true
if [ $status != 0 ] && [ -z "$failed" ]; then failed=1; fi

# A leak counts if this module or the library is on its stack.
touch "$top/report.none"
if grep -hE 'ERROR: AddressSanitizer|runtime error:' "$top"/report.*; then failed=$((${failed:-0} + 1)); fi
awk 'BEGIN { RS = "" } /^(Direct|Indirect) leak/ && / (core|ndup|neardup)_[a-z_]+ |_core\.abi3\.so/' "$top"/report.* > "$top/leaks"
if [ -s "$top/leaks" ]; then
    head -n 60 "$top/leaks"
    failed=$((${failed:-0} + 1))
fi
echo "${passed:-0} passed, ${failed:-0} failed"
[ "${failed:-0}" = 0 ]
