# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Decisions, clusters and summary of SimHash.
. "$CASES/lib.sh"

# 396 shingles each; a2 has another word in the middle, a3 other letters, a4 is another text.
{
    record a1 "$(words 1 400)"
    record a2 "$(words 1 199) other $(words 201 400)"
    record a3 "$(words 1 400 | tr '[:lower:]' '[:upper:]')"
    record a4 "$(words 1001 1400)"
} > x.jsonl

neardup dedup x.jsonl -o out --method simhash --bits 128 --distance 12
jq -c . out/decisions.jsonl out/clusters.jsonl
jq -c '.parameters, .plan, .run.search.method' out/summary.json
jq -r .id out/x.jsonl
