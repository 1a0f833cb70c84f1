# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Within a distance: the similarity is told beside it.
. "$CASES/lib.sh"

# 396 shingles each; a2 has another word in the middle, a3 other letters, a4 is another text.
{
    record a1 "$(words 1 400)"
    record a2 "$(words 1 199) other $(words 201 400)"
    record a3 "$(words 1 400 | tr '[:lower:]' '[:upper:]')"
    record a4 "$(words 1001 1400)"
} > x.jsonl

neardup find x.jsonl --method simhash -q
neardup find x.jsonl --method simhash --pairs -q | jq -c '[.a.id, .b.id, .reason, .jaccard, .distance]'
neardup find x.jsonl --method simhash --format csv -q
neardup find x.jsonl --method simhash --pairs --format csv -q
neardup find x.jsonl --method simhash --format table
neardup find x.jsonl --method simhash --pairs --format table -q
