# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is nearly equal to an allowed text is let pass; everything else is judged.
. "$CASES/lib.sh"
corpus
{ record c1 "$(words 301 340)"; record c2 "$(words 301 340)"; } >> part-0.jsonl
record licence "$(words 1 38) and more" > licences.jsonl
verdict part-0.jsonl part-1.jsonl --allow-texts licences.jsonl
