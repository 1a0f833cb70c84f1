# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Case and punctuation do not count.
. "$CASES/lib.sh"
echo 'One, two; three: FOUR five six.' > a.txt
echo 'one two three four five six' > b.txt
neardup compare a.txt b.txt --format json | jq -c '[.verdict, .jaccard, .only_in_a, .only_in_b]'
: > empty.txt
neardup compare empty.txt empty.txt --format json | jq -c '[.verdict, .jaccard, .a.tokens]'
