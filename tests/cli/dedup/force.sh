# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# --force replaces.
. "$CASES/lib.sh"
corpus
mkdir out; echo mine > out/part-0.jsonl; echo mine > out/other
neardup dedup part-0.jsonl part-1.jsonl -o out --force -q
ids < out/part-0.jsonl; cat out/other
