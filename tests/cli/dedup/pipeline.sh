# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# From standard input to standard output.
. "$CASES/lib.sh"
corpus
cat part-0.jsonl part-1.jsonl | neardup dedup - -o - -q | ids
ls
