# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What stands before the damage is sketched; the file is named, and the rest goes on.
. "$CASES/lib.sh"

random_records 20000 | gzip > a.jsonl.gz
truncate -s 100000 a.jsonl.gz
record b1 "$(words 1 200)" > b.jsonl
neardup sketch a.jsonl.gz b.jsonl --method simhash > out.jsonl
echo "status $?"
tail -n 1 out.jsonl
