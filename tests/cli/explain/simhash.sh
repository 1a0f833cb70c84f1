# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# With SimHash the distance says it.
. "$CASES/lib.sh"
{
    record a "$(words 1 400)"
    record b "$(words 1 399) other"
    record c "$(words 1 300)"
} > x.jsonl
neardup dedup x.jsonl -q --method simhash -o clean
neardup explain clean b | sed -n '1,8p'
neardup explain clean c
