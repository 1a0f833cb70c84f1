# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Clusters and pairs with a reference, of which no two are a pair; paragraphs, too.
. "$CASES/lib.sh"
corpus
neardup find part-0.jsonl --reference part-1.jsonl -q
neardup find part-0.jsonl --reference part-1.jsonl --pairs -q
neardup find part-0.jsonl --reference part-1.jsonl --unit paragraph -q
neardup find part-0.jsonl --reference part-1.jsonl --unit line --within -q
echo $?
