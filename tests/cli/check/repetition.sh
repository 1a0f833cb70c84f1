# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Tokens in repeated paragraphs, of the documents that stay.
. "$CASES/lib.sh"
pages > pages.jsonl
verdict pages.jsonl --max-repetition 10%
neardup check pages.jsonl --max-repetition 90% | head -n 2
neardup check pages.jsonl --unit paragraph --max-repetition 99 | head -n 2
neardup check pages.jsonl --unit paragraph | head -n 2
