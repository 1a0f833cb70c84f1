# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What stands in ids, names and texts cannot reach the terminal as it is.
. "$CASES/lib.sh"
name=$'x\e[1m.jsonl'
printf '{"id":"e\\u001b[31m","text":"%s \\u001b]0;x\\u0007 \\u202e done"}\n' "$(words 1 40)" > "$name"
printf '{"id":"f","text":"%s done here"}\n' "$(words 1 40)" >> "$name"
neardup dedup "$name" -q -o clean
COLUMNS=80 LC_ALL=C.UTF-8 neardup explain clean f
