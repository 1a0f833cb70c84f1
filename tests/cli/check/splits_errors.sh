# SPDX-License-Identifier: MIT
# shellcheck shell=bash
. "$CASES/lib.sh"
corpus
try() { neardup check "$@"; echo "$? $*"; }
try --split train=part-0.jsonl
try --split train=part-0.jsonl --split test=./part-0.jsonl
try --split train --split test=part-1.jsonl
try --split =part-0.jsonl
try --split train=part-0.jsonl --split 'test=nothing*.jsonl'
try --split train=part-0.jsonl --split test=part-1.jsonl part-2.jsonl
