# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# -v adds the plan, the phases and the counts.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -o out -v 2>&1 | awk '{ print $1 }' | paste -sd' '
