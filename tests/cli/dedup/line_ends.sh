# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# CRLF, and a last line without an end.
. "$CASES/lib.sh"
{ record 1 "$(words 1 40)"; record 2 "$(words 1 40)"; record 3 "$(words 51 90)"; } | sed 's/$/\r/' | head -c -2 > x.jsonl
neardup dedup x.jsonl -o out -q
sed -n '1p;3p' x.jsonl | cmp - out/x.jsonl && counts out/summary.json documents exact invalid
{ record 1 "$(words 1 40)"; record 2 "$(words 1 40)" | head -c -1; } > y.jsonl
neardup dedup y.jsonl -o - -q | ids
