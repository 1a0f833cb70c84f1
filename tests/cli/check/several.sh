# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Every rule has its verdict, and all that are violated are told.
. "$CASES/lib.sh"
corpus
verdict part-0.jsonl part-1.jsonl --max-duplicate-rate 1% --max-exact 1 --max-cluster-size 2 --max-empty 0
