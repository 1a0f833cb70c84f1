# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A reader that leaves is no error.
. "$CASES/lib.sh"
for i in $(seq 1 3000); do record "a$i" "$(( i / 2 )) $(( i / 2 + 1 )) $(( i / 2 + 2)) one two three"; done > x.jsonl
neardup find x.jsonl -q | head -c 1 > /dev/null
echo "${PIPESTATUS[0]}"
