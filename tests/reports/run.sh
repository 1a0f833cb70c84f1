#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Reports of neardup check, read as CI systems read them, and the files that put it into a CI. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=$(realpath "${BUILD:-build}")
export BUILD NEARDUP=${NEARDUP:-$BUILD/neardup}
# The Python that Debian's packages belong to.
PYTHON=/usr/bin/python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# name, command... whose last line is `N passed, N failed`
part()
{
    local name=$1 status=0
    shift
    echo "== $name"
    "$@" > "$work/log" 2>&1 || status=$?
    if [[ $(tail -n 1 "$work/log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        sed '$d' "$work/log"
        if [ $status != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then failed=$((failed + 1)); fi
    else
        failed=$((failed + 1))
        echo "FAILED  $name ended with status $status"
        cat "$work/log"
    fi
}

formats()
{
    mkdir -p "$work/reports"
    "$BUILD/tests/reports/make_reports" "$work/reports" > /dev/null
    "$PYTHON" tests/reports/validate.py "$work/reports" "$BUILD/schemas"
}

# Prints the path of pre-commit, or nothing if it cannot be had.
have_pre_commit()
{
    local venv=$BUILD/pre-commit
    if [ ! -x "$venv/bin/pre-commit" ]; then
        { python3 -m venv "$venv" && timeout 900 "$venv/bin/pip" install -q pre-commit==4.3.0; } > "$work/log" 2>&1 || rm -rf "$venv"
    fi
    if [ -x "$venv/bin/pre-commit" ]; then echo "$venv/bin/pre-commit"; fi
}

# The N-th allocation fails: then the reporter says so, or has written all.
memory()
{
    local format at before all status passed=0 failed=0
    local make=("$BUILD/tests/reports/make_reports" "$work/fault" typical)
    local fault=(env "LD_PRELOAD=$BUILD/tests/fault/libfault.so" FAULT_KIND=alloc)
    mkdir -p "$work/fault"
    "${fault[@]}" FAULT_REPORT="$work/count" "${make[@]}" none
    before=$(cat "$work/count")
    for format in text json markdown html sarif junit github gitlab; do
        "${fault[@]}" FAULT_REPORT="$work/count" "${make[@]}" $format > /dev/null
        all=$(cat "$work/count")
        for ((at = before + 1; at <= all; at++)); do
            status=0
            rm -f "$work/fault/typical.$format"
            "${fault[@]}" FAULT_AT=$at "${make[@]}" $format > /dev/null 2>&1 || status=$?
            if [ $status = 1 ] || { [ $status = 0 ] && cmp -s "$work/reports/typical.$format" "$work/fault/typical.$format"; }; then
                passed=$((passed + 1))
            else
                failed=$((failed + 1))
                echo "FAILED  $format with allocation $at of $all: status $status"
            fi
        done
    done
    echo "$passed passed, $failed failed"
}

tests/reports/fetch.sh "$BUILD/schemas"
part formats formats
if [ -e "$BUILD/tests/fault/libfault.so" ]; then part memory memory; fi
part "action, hooks, examples" "$PYTHON" tests/reports/ci.py "$BUILD/schemas" "$(have_pre_commit)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
