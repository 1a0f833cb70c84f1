# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Of a file of clusters only the new threshold is known.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q > clusters.jsonl
neardup report clusters.jsonl --threshold 0.95 --no-text --format markdown | tail -1
neardup report clusters.jsonl --threshold 0.95 --no-text --format json |
    jq -c '.redecided, (.levels[0] | .threshold, .near, .exact)'
neardup report clusters.jsonl --no-text --format json | jq -c '.redecided, .levels[0].threshold'
