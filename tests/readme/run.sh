#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples of the README and of the guide are tests: each `$ command` of a console block must print the lines below it.
# They run in a folder laid out like a checkout after `make`. Run times are not compared.
#
#   tests/readme/run.sh [--update]      --update writes what the commands print now into the documents
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
NEARDUP=${NEARDUP:-$(realpath "$BUILD/neardup")}
update=${1:-}

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset COLUMNS

timeless()
{
    sed -E 's/^(time +)[0-9].*/\1.../'
}

# Runs the command of the example, if there is one, and compares; or with --update prints what belongs below the command.
finish()
{
    [ -n "$command" ] || return 0
    local got
    got=$(cd "$work" && bash -o pipefail -c "$command" 2>&1 < /dev/null) || true
    if [ "$(timeless <<< "$got")" = "$(timeless <<< "${expected%$'\n'}")" ]; then
        passed=$((passed + 1))
        got=${expected%$'\n'}
    elif [ "$update" != --update ]; then
        failed=$((failed + 1))
        printf 'failed: %s\n--- %s\n%s\n--- now\n%s\n' "$command" "$document" "${expected%$'\n'}" "$got"
    fi
    if [ -n "$got" ]; then printf '%s\n' "$got" >&3; fi
    command=
    expected=
}

for document in README.md doc/guide.md; do
    rm -rf "${work:?}"/*
    mkdir "$work/build"
    cp -r examples "$work/"
    ln -s "$NEARDUP" "$work/build/neardup"
    inside=no
    command=
    expected=
    exec 3> "$work/build/document"
    while IFS= read -r line; do
        case $inside$line in
        'yes```') finish && inside=no ;;
        'yes$ '*) finish && command=${line#$ } ;;
        yes*) expected+=$line$'\n' && continue ;;
        'no```console') inside=yes ;;
        esac
        printf '%s\n' "$line" >&3
    done < "$document"
    exec 3>&-
    if [ "$update" = --update ]; then cp "$work/build/document" "$document"; fi
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
