# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Only the costliest clusters are in the page; JSON has all.
. "$CASES/lib.sh"
for i in $(seq 1 30); do
    for copy in a b; do record "$copy$i" "$(words $((i * 100)) $((i * 100 + 10 + i)))"; done
done > x.jsonl
neardup dedup x.jsonl -o clean -q
neardup report clean -o report.html --clusters 5
neardup report clean --format json --clusters 5 |
    jq -c '.levels[0] | .clusters_total, .clusters_shown, ([.clusters[] | select(.keeper.text)] | length, [.[].size] == ([.[].size] | sort | reverse))'
