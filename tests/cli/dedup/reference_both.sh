# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file that lies in the reference, too, is an input: it is not compared with itself. A reference that is an input
# altogether, or is not there, is a mistake.
. "$CASES/lib.sh"
corpus
mkdir known
mv part-0.jsonl part-1.jsonl known
neardup dedup known/part-1.jsonl --reference known -o out
ids < out/part-1.jsonl
neardup dedup known --reference known/part-0.jsonl -o out2
echo $?
neardup dedup known/part-0.jsonl --reference missing -o out3
echo $?
ls -d out*
