# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A record that the memory budget has no room for ends its file, with a message; what stands before it is cleaned.
. "$CASES/lib.sh"
{ record a "$(words 1 20)"; record b "$(head -c 9500000 /dev/zero | tr '\0' x)"; record c "$(words 1 20)"; } > in.jsonl
neardup dedup in.jsonl -o out --memory 64M -q
wc -l < out/in.jsonl
