# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Bad records are counted wherever they stand: in the splits, and in what is named besides.
. "$CASES/lib.sh"
corpus
{ cat part-0.jsonl; echo 'nothing'; } > train.jsonl
{ record t1 "$(words 301 340)"; record t2 '!'; } > test.jsonl
{ record x1 "$(words 401 440)"; echo 'nothing'; record x2 '!'; } > more.jsonl
split=(--split train=train.jsonl --split test=test.jsonl)
try() { neardup check "$@" -q --report json:r.json > /dev/null; echo "exit $?  $*"; jq -r '.verdicts[].message, (.findings[] | .locations[0] | "  \(.file):\(.line)")' r.json; }
try "${split[@]}" --max-invalid 0 --max-empty 0
try "${split[@]}" --max-invalid 0 --max-empty 0 --max-duplicate-rate 0
try more.jsonl "${split[@]}" --max-invalid 0 --max-empty 0
try more.jsonl "${split[@]}" --max-invalid 2 --max-empty 2 --max-exact 0
echo "- each is told"
{ neardup check more.jsonl "${split[@]}" --max-exact 0 > /dev/null; } 2>&1
