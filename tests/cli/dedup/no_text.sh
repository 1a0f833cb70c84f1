# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No text field, or one that is not a string.
. "$CASES/lib.sh"
{ echo '{"id":1,"body":"x"}'; echo '{"id":2,"text":17}'; echo '{"id":3,"text":null}'; record 4 "$(words 1 9)"; } > x.jsonl
neardup dedup x.jsonl -o out
cmp x.jsonl out/x.jsonl && counts out/summary.json documents invalid
