# SPDX-License-Identifier: MIT
# shellcheck shell=bash
. "$CASES/lib.sh"
record a "$(words 1 40)" > one.jsonl
neardup check one.jsonl
