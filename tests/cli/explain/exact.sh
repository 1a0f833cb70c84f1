# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The same words in other clothes: nothing differs.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
COLUMNS=80 neardup explain clean part-1.jsonl:2
