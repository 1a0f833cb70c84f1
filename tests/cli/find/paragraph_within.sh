# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# One document against itself.
. "$CASES/lib.sh"
article > article.txt
neardup find article.txt --unit paragraph --within -q --format table
neardup find article.txt --unit paragraph --within -q --format jsonl
neardup find article.txt --unit paragraph --within -q --format csv | tr -d '\r'
# Short ones, too.
neardup find article.txt --unit paragraph -q --min-tokens 1 --format jsonl | jq -c '[.size, .keeper.bytes]'
