# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Numbers that can be counted by hand: 36 shingles each, 35 shared, 37 in the union.
. "$CASES/lib.sh"
words 1 40 > a.txt
{ words 1 39; echo other; } | tr '\n' ' ' > b.txt
neardup compare a.txt b.txt --format json | tee out |
    jq -c '[.verdict, .jaccard, .a_in_b, .b_in_a, .shared_shingles], [.a, .b | .tokens, .shingles], [.passages[].tokens]'
jq -c '.only_in_a, .only_in_b' out
