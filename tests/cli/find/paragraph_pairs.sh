# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# All verified pairs of paragraphs, and of documents before them.
. "$CASES/lib.sh"
pages | head -3 > pages.jsonl
neardup find pages.jsonl --unit paragraph --pairs -q
neardup find pages.jsonl --unit document,line --threshold 0.4 --pairs -q | jq -c '[.a.unit // "document", .a.id, .b.id, .jaccard]'
neardup find pages.jsonl --unit paragraph --pairs -q --format csv | tr -d '\r' | head -2
