# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The keeper can be a reference, and references have similar documents.
. "$CASES/lib.sh"
corpus
neardup dedup part-1.jsonl --reference part-0.jsonl -q -o clean
neardup explain clean b1 | head -5
neardup explain clean a1
neardup explain clean a2
