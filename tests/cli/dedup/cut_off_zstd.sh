# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A zstd stream that is cut off: what was read before is kept, the run ends with status 2.
. "$CASES/lib.sh"
random_records 8000 > whole.jsonl
zstd -q < whole.jsonl | head -c 200000 > x.jsonl.zst
record z "$(words 1 9)" > z.jsonl
neardup dedup x.jsonl.zst z.jsonl -o out; s=$?
ids < out/z.jsonl
counts out/summary.json failed_files
[ "$(jq .documents out/summary.json)" -gt 100 ] && echo 'documents before the damage'
exit $s
