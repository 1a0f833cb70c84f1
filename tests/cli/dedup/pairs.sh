# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Pairs with all that deciding again needs: copies have the same place in keeper order, and one of them leads.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -q -o out --pairs --keep last
cat out/pairs.jsonl
jq .pairs out/summary.json
ls out
