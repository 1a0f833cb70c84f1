# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A cleaned folder is checked without the reports that the run has left in it: as input, reference and split.
. "$CASES/lib.sh"
corpus
mkdir known new
record n1 "$(words 301 340)" > new/new.jsonl
record k1 "$(words 401 440)" > known/old.jsonl
neardup dedup -q part-0.jsonl part-1.jsonl -o clean
verdict clean --reference known --max-invalid 0
verdict new --reference clean --max-invalid 0
verdict --split train=clean --split test=new --max-invalid 0
