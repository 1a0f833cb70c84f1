# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Notes in the records, which are replaced when there are some.
. "$CASES/lib.sh"
{
    printf '{ "text" : "%s\\n\\n%s" , "id":1 }\r\n' "$(words 1 9)" "$(words 1 9)"
    printf '{"id":2,"neardup":"mine","text":"%s"}\n' "$(words 1 9)"
    printf '{"id":3,"text":"%s"}' "$(words 11 19)"
} > x.jsonl
neardup dedup x.jsonl -o once --unit paragraph --annotate -q
cat once/x.jsonl
echo
neardup dedup once/x.jsonl -o twice --unit paragraph --annotate -q
cmp once/x.jsonl twice/x.jsonl && cmp once/decisions.jsonl twice/decisions.jsonl && echo "twice is once"
# The spans slice the text.
jq -r 'select(.neardup) | .text as $t | .neardup[] | $t[.characters[0]:.characters[1]]' once/x.jsonl
# Notes of an earlier run do not outlive it.
neardup dedup once/x.jsonl -o none --unit paragraph --annotate --min-tokens 1000 -q
jq -c .neardup none/x.jsonl
