# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file that may not be read.
. "$CASES/lib.sh"
[ "$(id -u)" -ne 0 ] || skip "root may read everything"
corpus
chmod 0 part-1.jsonl
neardup dedup part-0.jsonl part-1.jsonl -o out -q
