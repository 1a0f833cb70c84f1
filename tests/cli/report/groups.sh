# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Groups keep their digits; what reads alike is one source, and what has no group has the empty name.
. "$CASES/lib.sh"
n=0
for group in '' ',"g":12345678901234567890' ',"g":12345678901234567891' ',"g":17' ',"g":17.0' ',"g":"17"' ',"g":1e2'; do
    n=$((n + 1))
    printf '{"id":%d,"text":"%s"%s}\n' $n "$(words 1 40)" "$group"
done > x.jsonl
neardup dedup x.jsonl -o clean -q --group-field g
neardup report clean --format json | jq -c '.levels[0].sources'
