# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A reader that leaves is no error.
. "$CASES/lib.sh"
random_records 4000 > x.jsonl
neardup dedup x.jsonl -o - | head -c 1 > /dev/null
echo "${PIPESTATUS[0]}"
