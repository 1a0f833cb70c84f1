# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the page leaves out of a large cluster is told by source, reason and score.
. "$CASES/lib.sh"
for i in 0 1 2; do
    for j in $(seq 1 30); do record "$i-$j" "$(words 1 40)"; done > "part-$i.jsonl"
done
record near "$(words 1 39) other" >> part-2.jsonl
neardup dedup part-?.jsonl -o clean -q
neardup report clean -o report.html -q
neardup report clean --format json | jq -c '.levels[0].clusters[] | [.size, (.members | length), .rest]'
sed -n '/<script type="application\/json"/,/<\/script>/p' report.html | sed 's/^<script[^>]*>//; s/<\/script>.*//' |
    jq -c '.levels[0] | .sources.names, (.clusters[] | (.members | length, .[0].id), .members_total, .rest)'
