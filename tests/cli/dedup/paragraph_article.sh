# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What stays of an article.
. "$CASES/lib.sh"
article > article.txt
neardup dedup article.txt -o clean --unit paragraph --threads 1 --memory 1G 2> summary.txt
cat clean/article.txt
echo ----
verdicts clean/decisions.jsonl
jq -c .parts clean/summary.json | sed 's/,"plan".*//; s/,"profile.*//'
grep -i paragraph summary.txt
