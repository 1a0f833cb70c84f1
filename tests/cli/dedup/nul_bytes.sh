# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# NUL is a byte like others in a text, and no JSON.
. "$CASES/lib.sh"
printf 'one two\0three four five six\n\0\n' > x.txt
neardup dedup x.txt -o out -q --input-format line
cmp x.txt out/x.txt && counts out/summary.json documents empty
{ record 1 "$(words 1 9)"; printf '\0\n'; record 2 "$(words 11 19)"; } > x.jsonl
neardup dedup x.jsonl -o out2 -q
cmp x.jsonl out2/x.jsonl && counts out2/summary.json documents invalid
