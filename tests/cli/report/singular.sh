# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# One document repeats; it does not "repeat".
. "$CASES/lib.sh"
{ record a "$(words 1 20)"; record b "$(words 1 20)"; } > x.jsonl
neardup find x.jsonl --format jsonl > clusters.jsonl 2> /dev/null
neardup report clusters.jsonl --format markdown 2> /dev/null | grep others
{ record a one; record b one; } > y.jsonl
neardup dedup y.jsonl -o out -q
neardup report out --format markdown | grep 'others\|repeated'
