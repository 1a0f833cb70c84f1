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
neardup report clean --format json --threshold 0.6
