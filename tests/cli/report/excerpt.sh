# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The beginning of a long text says that there is more of it; a whole text does not. One id that is there twice is one.
. "$CASES/lib.sh"
{
    record a "$(words 1 100)"
    record a "$(words 1 100)"
    record c "$(words 201 210)"
    record d "$(words 201 210)"
} > in.jsonl
neardup find in.jsonl --save run -q > /dev/null
neardup report run --format json > report.json
jq -c '.levels[0].clusters[].keeper | [.id, (.text | length), .more]' report.json
jq -r '.warnings[] | select(.kind == "duplicate_ids") | .message' report.json
