#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzz targets, run in two ways.
#
#   tests/fuzz.sh --replay PROGRAM        the kept inputs and seeded random changes of them, any compiler; each kept
#                                         input and the random run count as a test
#   tests/fuzz.sh BUILD SECONDS           libFuzzer, SECONDS for each target
#
# Kept inputs of fuzz_NAME: tests/fuzz/corpus/NAME/ and, for inputs that once broke it, tests/data/crash/NAME/.
set -euo pipefail
cd "$(dirname "$0")/.."

kept_inputs() # name
{
    local folder
    for folder in "tests/fuzz/corpus/$1" "tests/data/crash/$1"; do
        if [ -d "$folder" ]; then find "$folder" -type f | sort; fi
    done
}

if [ "${1:-}" = --replay ]; then
    program=$2
    name=${program##*/fuzz_}
    passed=0
    failed=0
    mapfile -t inputs < <(kept_inputs "$name")
    for input in "${inputs[@]}"; do
        if timeout 1800 "$program" "$input" > /dev/null; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "failed: $program $input"
        fi
    done
    if timeout 1800 "$program" -n "${REPLAY_COUNT:-3000}" -s "${REPLAY_SEED:-1}" "${inputs[@]}" > /dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: random changes: $program"
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
fi

build=${1:?usage: tests/fuzz.sh BUILD SECONDS}
seconds=${2:-60}
for program in "$build"/tests/fuzz/fuzz_*; do
    [ -x "$program" ] || continue
    name=${program##*/fuzz_}
    work=$build/corpus/$name
    mkdir -p "$work"
    seeds=()
    for folder in "tests/fuzz/corpus/$name" "tests/data/crash/$name"; do
        if [ -d "$folder" ]; then seeds+=("$folder"); fi
    done
    words=()
    if [ -e "tests/fuzz/$name.dict" ]; then words=(-dict="tests/fuzz/$name.dict"); fi
    echo "== $program: $seconds s, finds go to $work"
    "$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
        -artifact_prefix="$work/" "${words[@]}" "$work" "${seeds[@]}" 2>&1 | grep -vE '^#[0-9]+.*(NEW|REDUCE|pulse)' | tail -n 12
done
