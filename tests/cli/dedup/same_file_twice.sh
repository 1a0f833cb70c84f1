# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Read once, and said; also by another name.
. "$CASES/lib.sh"
corpus
ln part-0.jsonl link.jsonl
neardup dedup part-0.jsonl ./part-0.jsonl link.jsonl -o out
counts out/summary.json files documents
