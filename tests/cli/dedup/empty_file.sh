# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# An empty file stays an empty file.
. "$CASES/lib.sh"
corpus
: > empty.jsonl
neardup dedup empty.jsonl part-0.jsonl -o out -q
wc -c < out/empty.jsonl
counts out/summary.json files documents
