# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Nothing of the corpus but places and scores.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -o clean -q
for format in html json markdown csv; do
    neardup report clean -o "report.$format" --format "$format" --no-text -q
    grep -c word39 "report.$format"
done
jq -c '.text, .text_note, .levels[0].clusters[0].members[0]' report.json
