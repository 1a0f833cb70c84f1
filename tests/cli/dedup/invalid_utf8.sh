# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Counted, treated as U+FFFD; the bytes are kept as they were.
. "$CASES/lib.sh"
printf '{"id":1,"text":"caf\xff one two three four five"}\n{"id":2,"text":"six seven eight nine ten"}\n' > x.jsonl
neardup dedup x.jsonl -o out
cmp x.jsonl out/x.jsonl && counts out/summary.json documents invalid invalid_utf8
