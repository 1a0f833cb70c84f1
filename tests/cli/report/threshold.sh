# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Decided again, and the report says what that means.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -o clean -q
neardup dedup part-?.jsonl -o pairs -q --pairs
for run in clean pairs; do
    neardup report $run --format json --threshold 0.95 |
        jq -c '.redecided, [.warnings[].kind], (.levels[0] | .threshold, .kept, .near, [.clusters[].members[].id])'
done
neardup report pairs --format markdown --threshold 0.95 | tail -1
# That of the run changes nothing.
neardup report clean --format json --threshold 0.7 | jq -c '.redecided, .warnings'
# Paragraphs of documents that stay now were not compared, with or without pairs.
pages > pages.jsonl
for pairs in '' --pairs; do
    # shellcheck disable=SC2086 # one word or none
    neardup find pages.jsonl --unit document,paragraph -t 0.5 --save both$pairs -q $pairs > /dev/null
    neardup report both$pairs --format json -t 0.9 | jq -r '.warnings[] | select(.kind == "redecided").message'
done
neardup report clean --format json --threshold 0.6
