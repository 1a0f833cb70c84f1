# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The same file whatever the threads and the memory, and whatever the order of the input.
. "$CASES/lib.sh"
random_records 3000 > a.jsonl
random_records 2000 > b.jsonl
head -n 500 a.jsonl | tr 0-4 A-E > c.jsonl
tail -n 700 a.jsonl > d.jsonl
make() { neardup check "$@" --update-baseline -q > /dev/null || echo "failed: $*"; }
make a.jsonl b.jsonl c.jsonl d.jsonl --baseline one.txt -j 1
make d.jsonl b.jsonl c.jsonl a.jsonl --baseline two.txt -j 3 --memory 64M
make a.jsonl b.jsonl c.jsonl d.jsonl --baseline three.txt --unit document,paragraph
cmp one.txt two.txt && echo same
wc -l < one.txt
jq -r '.copies' one.txt | sort | uniq -c
