# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For programs.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
neardup explain clean b1 --format json
neardup explain clean a1 --format json --limit 1
neardup explain clean b3 --format json
