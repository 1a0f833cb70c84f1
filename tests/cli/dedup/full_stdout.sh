# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No space left behind standard output.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -o - -q > /dev/full
