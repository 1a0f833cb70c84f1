# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No space left for the output: said, and nothing stays behind.
. "$CASES/lib.sh"
small_disk disk 100
random_records 4000 > x.jsonl
mkdir scratch
neardup dedup x.jsonl -o disk/out -q --scratch scratch; s=$?
find disk scratch -type f
exit $s
