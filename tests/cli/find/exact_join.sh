# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# --candidates all finds pairs that signatures would miss.
. "$CASES/lib.sh"
{ record 1 "$(words 1 40)"; record 2 "$(words 21 60)"; } > x.jsonl
neardup find x.jsonl -q --candidates all --threshold 0.2 | jq -c '.members[0].jaccard'
neardup find x.jsonl -q --threshold 0.2
