# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The text stands in another field: every record is bad, and what to do about it is said once.
printf '{"content":"a b c"}\n{"content":"d e f"}\n' > x.jsonl
neardup find x.jsonl 2>&1 | grep -A1 'not one record'
neardup find x.jsonl --text-field content 2>&1 | grep -c 'not one record'
: > empty.jsonl
neardup find empty.jsonl 2>&1 | grep -c 'not one record'
