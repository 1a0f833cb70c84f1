# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A folder that contains itself is entered once.
. "$CASES/lib.sh"
mkdir -p in/deep
record 1 "$(words 1 9)" > in/deep/x.jsonl
ln -s .. in/deep/up
neardup dedup in -o out
counts out/summary.json files documents
