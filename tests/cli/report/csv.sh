# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The same columns for every run; cells that a spreadsheet would run as formulas do not begin like one.
. "$CASES/lib.sh"
corpus
record '=1+2' "$(words 301 340)" >> part-0.jsonl
record '@x, \"y\"' "$(words 301 340)" >> part-1.jsonl
echo "{\"id\":-5,\"text\":\"$(words 301 340)\"}" >> part-1.jsonl
cp part-1.jsonl -- -part.jsonl
neardup dedup -o clean -q -- part-0.jsonl -part.jsonl
neardup report clean --format csv | tr '\r' '$'
neardup report clean -o table.csv
neardup find -q --format csv -- part-0.jsonl -part.jsonl | tr '\r' '$'
