# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No near-duplicates is a result, not an error.
. "$CASES/lib.sh"
record 1 "$(words 1 20)" > x.jsonl
neardup find x.jsonl -q
neardup find x.jsonl -q --format table
