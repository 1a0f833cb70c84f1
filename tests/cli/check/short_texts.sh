# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Texts shorter than a shingle cannot be looked for inside documents: every report says how many there are.
. "$CASES/lib.sh"
record t1 "$(words 1 40)" > train.jsonl
{ record q1 "$(words 3 8)"; record q2 "$(words 3 9)"; record q3 "$(words 101 108)"; record q4 "$(words 201 230)"; } > test.jsonl
splits=(--split train=train.jsonl --split test=test.jsonl)
verdict "${splits[@]}"
for format in markdown junit sarif github; do
    echo "$format: $(neardup check "${splits[@]}" --max-leak 100% --report "$format:-" | grep -c '2 of 4 are shorter than 8 tokens')"
done
neardup check "${splits[@]}" --report json:- | jq -c '.splits, .verdicts[].message'
echo "- no shorter ones, and none looked for"
verdict "${splits[@]}" --leak-ngram 5 | sed -n 2p
verdict "${splits[@]}" --leak-containment 0 | sed -n 2p
