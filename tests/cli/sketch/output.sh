# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A new file, complete or absent.
. "$CASES/lib.sh"

corpus
neardup sketch part-0.jsonl --method simhash -o out.jsonl -q && wc -l < out.jsonl
neardup sketch part-0.jsonl --method simhash -o out.jsonl
echo "status $?"
neardup sketch part-0.jsonl missing.jsonl -o other.jsonl -q
echo "status $?"
ls
echo bad >> part-0.jsonl
neardup sketch . --strict -o third.jsonl
echo "status $?"
ls
