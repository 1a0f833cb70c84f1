# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a run has left can be the input or the reference of another: its reports are no documents.
. "$CASES/lib.sh"
corpus
neardup dedup -q part-0.jsonl part-1.jsonl --pairs -o clean
echo "- again"
neardup dedup clean -o clean2 2>&1 | grep -v "^time"
(cd clean2 && find . -type f | sort)
counts clean2/summary.json records documents invalid near
echo "- as a reference, with a run of find below it"
neardup find -q part-0.jsonl part-1.jsonl --save clean/news/run > /dev/null
record n1 "$(words 201 240)" > new.jsonl
neardup dedup new.jsonl --reference . -o clean3 2>&1 | grep -v "^time"
counts clean3/summary.json records invalid reference_documents exact
echo "- named itself"
neardup find clean/decisions.jsonl --text-field reason 2>&1 | grep "^documents"
