# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What was read, short texts among it, in order and on standard error; bad records have no line.
. "$CASES/lib.sh"

corpus
echo '{"id":"b4","text":""}' >> part-1.jsonl
echo 'no JSON' >> part-1.jsonl
record b5 "$(words 1 40)" >> part-1.jsonl
neardup sketch . --method simhash | jq -c '[.id, .file, .line, .shingles, .fingerprint]'
