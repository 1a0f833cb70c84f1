# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# An output folder that holds files is refused, and left as it is.
. "$CASES/lib.sh"
corpus
mkdir out; echo mine > out/part-0.jsonl
neardup dedup part-0.jsonl part-1.jsonl -o out; s=$?
cat out/*
exit $s
