# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file in two splits is an error: left out of one of them, it would seem to leak nowhere.
. "$CASES/lib.sh"
mkdir -p data
echo '{"text":"a b c d e f g h i j k l"}' > data/x.jsonl
neardup check --split train=data --split test=data/x.jsonl
echo $?
neardup check --split train=data --split test=data
echo $?
