# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Paragraphs have a distance too.
. "$CASES/lib.sh"

record a1 "$(words 1 120)\\n\\n$(words 201 320)" > x.jsonl
record a2 "$(words 401 520)\\n\\n$(words 1 60) other $(words 62 120)" >> x.jsonl
neardup find x.jsonl --unit paragraph --method simhash --distance 16
