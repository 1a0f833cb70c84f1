# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A removed near-duplicate: score, bands, what is shared and what differs.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
COLUMNS=80 neardup explain clean b1
