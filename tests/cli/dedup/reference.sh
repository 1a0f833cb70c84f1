# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# New files against a corpus: only they are cleaned and written. b1 and b2 repeat a1, which stands in the reference.
. "$CASES/lib.sh"
corpus
mkdir known
mv part-0.jsonl known/part-1.jsonl
cp -r known before
neardup dedup part-1.jsonl --reference known -o out
find out -type f | sort
ids < out/part-1.jsonl
cat out/decisions.jsonl out/clusters.jsonl
counts out/summary.json files documents exact near kept clusters removed_tokens reference_files reference_documents
jq -c .run.inputs out/summary.json
diff -r known before
