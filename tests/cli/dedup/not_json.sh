# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A line that is not JSON is said, counted and kept.
. "$CASES/lib.sh"
{ record 1 "$(words 1 9)"; echo '{"text": broken'; echo '[1]'; record 2 "$(words 1 9)"; } > x.jsonl
neardup dedup x.jsonl -o out
sed 3q x.jsonl | cmp - out/x.jsonl && counts out/summary.json records documents invalid
