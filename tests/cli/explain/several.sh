# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# One id, several documents: their places.
. "$CASES/lib.sh"
{ record x "$(words 1 40)"; record x "$(words 41 80)"; record y "$(words 1 40)"; } > x.jsonl
neardup dedup x.jsonl -q -o clean
neardup explain clean x
status=$?
neardup explain clean x.jsonl:1 | head -1
exit $status
