# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# In colour, if it is wanted.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
COLUMNS=80 neardup explain clean b1 --color always | cat -v | tail -3
neardup explain clean b1 --color always | cat -v | head -1
