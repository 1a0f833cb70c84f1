# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Of documents, of bytes and of tokens: three long documents, and a short one twice.
. "$CASES/lib.sh"
{ record a "$(words 1 200)"; record b "$(words 301 500)"; record c "$(words 601 605)"; record d "$(words 601 605)"; } > x.jsonl
for what in documents bytes tokens; do
    neardup check x.jsonl --max-duplicate-rate 0 --rate-of "$what" --report json:- | jq -r '.verdicts[] | "\(.part) of \(.whole) \(.of)"'
done
tail -n 1 x.jsonl | wc -c
wc -c < x.jsonl
