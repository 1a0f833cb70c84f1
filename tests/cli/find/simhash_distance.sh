# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A pair counts up to its distance, and with a threshold only if its similarity reaches that as well.
. "$CASES/lib.sh"

# 396 shingles each; a2 has another word in the middle, a3 other letters, a4 is another text.
{
    record a1 "$(words 1 400)"
    record a2 "$(words 1 199) other $(words 201 400)"
    record a3 "$(words 1 400 | tr '[:lower:]' '[:upper:]')"
    record a4 "$(words 1001 1400)"
} > x.jsonl

distance=$(neardup find x.jsonl --method simhash --distance 16 --pairs -q | jq 'select(.reason == "near") | .distance' | head -n 1)
for d in $((distance - 1)) "$distance"; do
    neardup find x.jsonl --method simhash --distance "$d" --pairs -q | jq -r .b.id | paste -sd' '
done
for t in 0.97 0.98; do
    neardup find x.jsonl --method simhash --distance 16 --threshold $t --pairs -q | jq -r .b.id | paste -sd' '
done
for search in scan tables multi; do
    neardup find x.jsonl --method simhash --hamming $search --bits 128 --distance 20 --pairs -q | md5sum
done | uniq | wc -l
