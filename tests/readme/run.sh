#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The README's examples are tests: each `$ command` of a console block must print the lines below it.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
NEARDUP=${NEARDUP:-$(realpath "$BUILD/neardup")}

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp examples/crawl.jsonl examples/article.txt "$work/"
mkdir "$work/bin"
ln -s "$NEARDUP" "$work/bin/neardup"
PATH=$work/bin:$PATH
unset COLUMNS

command=
expected=
check()
{
    [ -n "$command" ] || return 0
    local got
    got=$(cd "$work" && bash -o pipefail -c "$command" 2>&1 < /dev/null) || true
    if [ "$got" = "${expected%$'\n'}" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'failed: %s\n--- README\n%s\n--- now\n%s\n' "$command" "${expected%$'\n'}" "$got"
    fi
    command=
    expected=
}

inside=no
while IFS= read -r line; do
    case $inside$line in
    'no```console') inside=yes ;;
    'yes```') check && inside=no ;;
    'yes$ '*) check && command=${line#$ } ;;
    yes*) expected+=$line$'\n' ;;
    esac
done < README.md

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
