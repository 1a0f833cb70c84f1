# SPDX-License-Identifier: MIT
# shellcheck shell=bash
. "$CASES/lib.sh"
corpus
try() { neardup check "$@"; echo "$? $*"; }
try --split train=part-0.jsonl
try --split train=part-0.jsonl --split test=./part-0.jsonl
try --split train=- --split test=part-1.jsonl --max-exact 0 < part-0.jsonl
mkfifo pipe
try --split train=pipe --split test=part-1.jsonl --max-exact 0
try part-0.jsonl --leak-ngram 5
try part-0.jsonl --leak-containment 0.5
try part-0.jsonl --max-exact 0 --rate-of bytes
try --split train --split test=part-1.jsonl
try --split =part-0.jsonl
try --split train=part-0.jsonl --split 'test=nothing*.jsonl'
try --split train=part-0.jsonl --split test=part-1.jsonl part-2.jsonl
