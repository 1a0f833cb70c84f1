# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A corrupt gzip stream, likewise.
. "$CASES/lib.sh"
random_records 8000 > whole.jsonl
gzip -q < whole.jsonl > x.jsonl.gz
printf 'garbage garbage garbage garbage' | dd of=x.jsonl.gz bs=1 seek=200000 conv=notrunc status=none
record z "$(words 1 9)" > z.jsonl
neardup dedup x.jsonl.gz z.jsonl -o out; s=$?
ids < out/z.jsonl
counts out/summary.json failed_files
exit $s
