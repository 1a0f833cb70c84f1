# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A line of 200 MB.
. "$CASES/lib.sh"
{
    printf '{"id":"long","text":"'; yes 'one two three four' | head -c 200000000 | tr '\n' ' '; printf '"}\n'
    record 2 "$(words 1 9)"
} > x.jsonl
neardup dedup x.jsonl -o out -q
cmp x.jsonl out/x.jsonl && counts out/summary.json documents invalid
