# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Texts of later splits in others: as they are, changed a little, and inside of longer ones.
. "$CASES/lib.sh"
mkdir train
{ record a "$(words 1 100)"; record b "$(words 201 260)"; } > train/0.jsonl
{ record c "$(words 301 360)"; record d "$(words 401 460)"; } > train/1.jsonl
{
    record t1 "$(words 201 260 | tr 'a-z ' 'A-Z,')"
    record t2 "$(words 301 359) other"
    record t3 "$(words 31 60 | fold -w 30 -s | sed 's/ *$/\\n/' | tr -d '\n')"
    record t4 "$(words 501 560)"
} > test.jsonl
{ record v1 "$(words 601 660)"; record v2 "$(words 501 560)"; } > val.jsonl
verdict --split 'train=train/*.jsonl' --split test=test.jsonl
verdict --split 'train=train/*.jsonl' --split test=test.jsonl --max-leak 3 | head -n 2
verdict --split 'train=train/*.jsonl' --split test=test.jsonl --max-leak 75% | head -n 2
verdict --split train=train/0.jsonl --split train=train/1.jsonl --split val=val.jsonl --split test=test.jsonl | sed -n '1,/^$/p;/^Leaks/,/^$/p'
verdict --split 'train=train/*.jsonl' --split test=test.jsonl --leak-containment 0 | head -n 2
echo "- allowed by fingerprint"
neardup check --split train=train --split test=test.jsonl --report json:- | jq -r '.findings[].fingerprint' > allow.list
verdict --split train=train --split test=test.jsonl --allow allow.list
echo "- and duplicates in all of them"
verdict --split train=train --split test=test.jsonl --max-duplicate-rate 0 --max-leak 3 --max-invalid 0 | head -n 4
neardup check --split train=train --split test=test.jsonl --leak-ngram 6 --report json:- | jq -c .parameters
