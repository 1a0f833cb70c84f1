# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Files that have other names now are found by the order of the inputs, and called as the run called them.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
cat part-?.jsonl | neardup dedup - -q -o piped
mv part-0.jsonl x.jsonl && mv part-1.jsonl y.jsonl && cat x.jsonl y.jsonl > all.jsonl
neardup explain clean part-1.jsonl:1 -i x.jsonl -i y.jsonl | grep -E '^  (document|texts|changed|shingles)'
neardup explain clean b3 -i x.jsonl -i y.jsonl | head -4
neardup explain piped b1 -i all.jsonl | grep -E '^  (document|texts|changed|shingles)'
neardup explain clean b1 -i y.jsonl | grep -E '^  texts'
