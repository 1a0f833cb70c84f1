# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# On a terminal the lines of the summary are broken between words, and numbers stay whole; in a log they are not broken.
. "$CASES/lib.sh"
command -v script > /dev/null || skip "no program 'script' for a terminal"
pages > pages.jsonl
count='neardup find pages.jsonl --unit paragraph --containment 0.8 --max-copies 2 --keep-one --min-tokens 1 --save run --force'
script -qec "stty cols 60; $count > list.txt" typescript < /dev/null | tr -d '\r' | grep -A 2 '^would cut\|^paragraphs'
$count 2>&1 > list.txt | grep '^would cut'
