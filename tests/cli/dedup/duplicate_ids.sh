# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The same id twice is counted; both are documents.
. "$CASES/lib.sh"
{ record same "$(words 1 9)"; record same "$(words 21 29)"; } > x.jsonl
neardup dedup x.jsonl -o out
ids < out/x.jsonl
counts out/summary.json documents duplicate_ids
