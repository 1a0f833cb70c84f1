# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Texts of references are read, too, and are called so.
. "$CASES/lib.sh"
corpus
mkdir old new
mv part-0.jsonl old/x.jsonl; mv part-1.jsonl new/x.jsonl
neardup dedup new -o out -q --reference old
neardup report out --format json |
    jq -c '.levels[0].clusters[] | (.keeper | [.file, .reference, .text[:11]]), (.members[] | [.file, .diff != null])'
neardup report out --format csv | cut -d, -f6,11,12,20 | tr -d '\r'
neardup report out --format markdown | grep reference
