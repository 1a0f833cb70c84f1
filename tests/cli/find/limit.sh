# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The largest ones only.
. "$CASES/lib.sh"
{ for i in 1 2 3; do record "a$i" "$(words 1 20)"; done; for i in 1 2; do record "b$i" "$(words 31 50)"; done; } > x.jsonl
neardup find x.jsonl -q --limit 1 | jq -c '[.cluster, .size]'
neardup find x.jsonl -q --limit 1 --format table | tail -1
