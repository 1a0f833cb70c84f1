# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A folder with the reports and no corpus; what is printed stays the same, and the reports are those of dedup.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q > plain
neardup find part-?.jsonl -q --save run > saved && cmp plain saved && ls run
neardup dedup part-?.jsonl -q -o out
cmp run/clusters.jsonl plain && cmp run/clusters.jsonl out/clusters.jsonl && cmp run/decisions.jsonl out/decisions.jsonl
diff <(jq 'del(.run)' run/summary.json) <(jq 'del(.run)' out/summary.json)
jq -c '.run | .command[1:], .inputs' run/summary.json
neardup find part-?.jsonl -q --save run
echo "again: $?"
cp part-0.jsonl other.jsonl
printf '%s\0' part-0.jsonl other.jsonl > list
neardup find --files-from list part-1.jsonl -q --save run --force --pairs > pairs
jq -c .run.inputs run/summary.json
diff <(jq -c '[.a.id,.b.id,.reason]' pairs) <(jq -c '[.a.id,.b.id,.reason]' run/pairs.jsonl) && echo "same pairs"
