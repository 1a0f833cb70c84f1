# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Standard input cannot be read again; where the same stands in a file, that is read.
. "$CASES/lib.sh"
corpus
cat part-0.jsonl part-1.jsonl | neardup dedup - -q -o clean
neardup explain clean b1
