# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The list of bands ends where the terminal does.
. "$CASES/lib.sh"
corpus
neardup dedup -q part-0.jsonl part-1.jsonl -o clean
for columns in 100 60; do
    COLUMNS=$columns neardup explain clean b1 | grep '^  bands'
done
