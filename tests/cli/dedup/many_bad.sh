# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The first ten are shown, -v shows more, and every one is counted.
. "$CASES/lib.sh"
{ record a "$(words 1 9)"; yes broken | head -1247; } > x.jsonl
neardup find x.jsonl 2> few
neardup find x.jsonl -v 2> many
grep -c warning: few
grep more few
shown=$(grep -c warning: many)
hidden=$(sed -n 's/.* and \([0-9]*\) more$/\1/p' many)
[ "$shown" -gt 10 ] && echo $((shown + hidden))
