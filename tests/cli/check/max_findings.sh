# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Findings are capped, the costliest stay, and the report says how many there were.
. "$CASES/lib.sh"
for i in $(seq 20); do
    record "a$i" "$(words "$((1000 * i))" "$((1000 * i + 10 + i))")"
    record "b$i" "$(words "$((1000 * i))" "$((1000 * i + 10 + i))")"
done > x.jsonl
report() { jq -r '"\(.findings | length) of \(.findings_total): \([.findings[].locations[0].id] | join(" "))"'; }
neardup check x.jsonl --max-findings 3 --report json:- | report
neardup check x.jsonl --max-findings 0 --report json:- | report
neardup check x.jsonl --report json:- | report
neardup check x.jsonl --max-findings 3 -j 1 --report json:a.json > /dev/null
neardup check x.jsonl --max-findings 3 -j 3 --report json:b.json > /dev/null
cmp a.json b.json && echo same
