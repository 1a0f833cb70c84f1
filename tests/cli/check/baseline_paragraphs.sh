# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Documents and paragraphs are told apart.
. "$CASES/lib.sh"
pages > pages.jsonl
neardup check pages.jsonl --unit document,paragraph --baseline b.txt --update-baseline
grep -c '"unit":"paragraph"' b.txt
neardup check pages.jsonl --unit document,paragraph --baseline b.txt > /dev/null
echo $?
printf '{"id":"p6","text":"%s\\n\\n%s"}\n' "$(words 601 620)" "$(words 1 20)" >> pages.jsonl
neardup check pages.jsonl --unit document,paragraph --baseline b.txt | sed -n '2p;/^  error/,/p6/p'
