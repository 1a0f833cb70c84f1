# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Nobody reads on: it ends quietly.
. "$CASES/lib.sh"

random_records 20000 > x.jsonl
neardup sketch x.jsonl --slots 64 -q | head -n 1 | jq -c '[.id, .line]'
echo "${PIPESTATUS[0]}"
