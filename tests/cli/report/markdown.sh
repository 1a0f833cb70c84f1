# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A short text for a pull request: what stands in the corpus stands in code spans.
. "$CASES/lib.sh"
corpus
# shellcheck disable=SC2016 # the backticks are text
record '`@team` <b>' "|x| [a](http://b) $(words 301 340) *y*" >> part-0.jsonl
record c2 "|x| [a](http://b) $(words 301 340) *z*" >> part-1.jsonl
neardup dedup part-?.jsonl -o clean -q
neardup report clean --format markdown
neardup report clean/ -o short.md && head -1 short.md
