# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# find reports what dedup writes.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -o out -q
neardup find part-0.jsonl part-1.jsonl -q | cmp - out/clusters.jsonl
