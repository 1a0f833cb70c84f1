# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# -q says nothing at all.
. "$CASES/lib.sh"
corpus
echo 'not JSON' >> part-0.jsonl
neardup dedup part-0.jsonl part-1.jsonl -o out -q
