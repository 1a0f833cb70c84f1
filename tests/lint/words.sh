#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Small manners of the sources: no tabs but in the Makefile, no space at the end of a line, a newline at the end of a
# file, nothing that belongs to one machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

bad=0
complain()
{
    echo "$*"
    bad=1
}

mapfile -t files < <(git ls-files -- '*.c' '*.h' '*.cpp' '*.sh' '*.md' '*.in' Makefile tools .ci/run | grep -v '^tests/data/')
for file in "${files[@]}"; do
    [ -f "$file" ] || continue
    if grep -nE '[[:blank:]]+$' "$file" | sed "s|^|$file:|;s|\$| <- space at the end of the line|"; then bad=1; fi
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then complain "$file: no newline at the end"; fi
    case $file in
    Makefile | *.md) ;;
    *) if grep -nP '\t' "$file" | sed "s|^|$file:|;s|\$| <- tab|"; then bad=1; fi ;;
    esac
done
# The pattern is written so that it does not match itself.
if git grep -nE '/(work|root|home)/[a-z]' -- ':!LICENSE'; then complain "paths of one machine, above"; fi
exit $bad
