# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The order of the file says which split is the first.
. "$CASES/lib.sh"
record a "$(words 1 60)" > z.jsonl
record b "$(words 1 60)" > a.jsonl
record c "$(words 101 160)" > b.jsonl
printf '%s\n' '[splits]' 'zebra = "z.jsonl"' 'apple = ["a.jsonl", "b.jsonl"]' > neardup.toml
verdict | sed -n '2,/^$/p;/^Leaks/,/^$/p'
verdict --split apple=a.jsonl --split zebra=b.jsonl | sed -n '2,/^$/p;/^Leaks/,/^$/p'
