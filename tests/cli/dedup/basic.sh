# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is written, and the closing summary.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -o out
find out -type f | sort
ids < out/part-0.jsonl
ids < out/part-1.jsonl
cat out/decisions.jsonl out/clusters.jsonl
counts out/summary.json documents exact near kept
grep -F -f out/part-1.jsonl part-1.jsonl | cmp - out/part-1.jsonl
