# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What was read, short texts among it, in order and on standard error; bad records have no line.
. "$CASES/lib.sh"

corpus
{
    record b4 ""
    echo 'no JSON'
    record b5 "$(words 1 40)"
} >> part-1.jsonl
neardup sketch . --method simhash | jq -c '[.id, .file, .line, .shingles, .fingerprint]'
