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
        { python3 -m venv "$venv" && timeout 120 "$venv/bin/pip" install -q pre-commit==4.3.0; } > "$work/log" 2>&1 || rm -rf "$venv"
    fi
    if [ -x "$venv/bin/pre-commit" ]; then echo "$venv/bin/pre-commit"; fi
}

tests/reports/fetch.sh "$BUILD/schemas"
part formats formats
part "action, hooks, examples" "$PYTHON" tests/reports/ci.py "$BUILD/schemas" "$(have_pre_commit)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
