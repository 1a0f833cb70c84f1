# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A document that stays although others are similar: below the threshold, seen and unseen by the bands, or gone
# themselves.
. "$CASES/lib.sh"
{
    record a "$(words 1 60)"
    record b "$(words 1 48) $(words 200 211)" # 44 of 68 shingles: 0.647
    record c "$(words 40 99)"                 # 17 of 95: 0.178
    record d "$(words 1 47) $(words 200 212)" # near b
} > x.jsonl
neardup dedup x.jsonl -q -o clean
COLUMNS=90 neardup explain clean a
neardup explain clean a --format json --limit 2 | jq -c '.similar | map([.id, .fate, .why])'
