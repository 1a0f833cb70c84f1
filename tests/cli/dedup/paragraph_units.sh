# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Documents first, then what is left; lines.
. "$CASES/lib.sh"
{ pages; record p6 "$(words 301 340)"; record p7 "$(words 301 339) other"; } > pages.jsonl
for unit in document,paragraph line document,line; do
    echo "---- $unit"
    neardup dedup pages.jsonl -o "$unit" --unit $unit -q
    verdicts "$unit/decisions.jsonl"
    ids < "$unit/pages.jsonl"
done
