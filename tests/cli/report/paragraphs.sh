# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Documents and their paragraphs are levels of their own.
. "$CASES/lib.sh"
pages > pages.jsonl
neardup dedup pages.jsonl -o clean -q --unit document,paragraph --group-field site
neardup report clean --format json |
    jq -c '.levels[] | .unit, .units, .removed, .sources, (.clusters[] | [.n, .size, .documents, .low, .keeper.text, .members[].diff])'
neardup report clean --format markdown | grep -v '^$'
# Of plain text, too, where a paragraph does not stand on the line on which its document begins.
article > article.txt
neardup find article.txt --unit paragraph --within -q --save found > /dev/null
neardup report found --format json | jq -c '.levels[] | .unit, (.clusters[] | .keeper.line, .keeper.text[:40], .members[0].line)'
