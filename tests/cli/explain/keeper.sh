# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A document that stays: what was removed for it, and that nothing else is near.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
COLUMNS=80 neardup explain clean '"a1"'
