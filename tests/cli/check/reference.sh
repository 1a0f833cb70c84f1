# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# New files must not repeat the reference, which is not judged itself.
. "$CASES/lib.sh"
corpus
mkdir old
mv part-1.jsonl old/
record b9 "$(words 201 240)" >> old/part-1.jsonl
verdict part-0.jsonl --reference old
neardup check part-0.jsonl --reference old --max-reference 1 | head -n 2
neardup check part-0.jsonl --reference old --max-reference 50% --max-duplicate-rate 0 | head -n 3
