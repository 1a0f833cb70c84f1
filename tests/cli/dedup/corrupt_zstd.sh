# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A corrupt zstd stream, likewise.
. "$CASES/lib.sh"
random_records 8000 > whole.jsonl
zstd -q < whole.jsonl > x.jsonl.zst
printf 'garbage garbage garbage garbage' | dd of=x.jsonl.zst bs=1 seek=200000 conv=notrunc status=none
record z "$(words 1 9)" > z.jsonl
neardup dedup x.jsonl.zst z.jsonl -o out; s=$?
ids < out/z.jsonl
counts out/summary.json failed_files
exit $s
