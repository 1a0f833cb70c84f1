# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Text and id from other fields.
. "$CASES/lib.sh"
for n in 1 2; do printf '{"doc":{"body":"%s"},"key":"k%s"}\n' "$(words 1 40)" $n; done > x.jsonl
neardup dedup x.jsonl -o out -q --text-field doc.body --id-field key
jq -c '[.id, .keeper.id]' out/decisions.jsonl
