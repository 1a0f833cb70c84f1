# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# All clusters, with the texts of the costliest side by side.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -o clean -q
neardup report clean -o report.json
jq -c '.report, .title, .command[1:4], .text, .warnings' report.json
jq -c '.levels[] | del(.clusters)' report.json
jq -c '.levels[].clusters[]' report.json
jq -e --slurpfile s clean/summary.json '.summary == $s[0]' report.json
