# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Patterns in a configuration are expanded; what is there by such a name is no pattern.
. "$CASES/lib.sh"
corpus
record a "$(words 801 840)" > 'odd[1].jsonl'
echo 'inputs = ["part-*.jsonl", "odd[1].jsonl"]' > neardup.toml
verdict -q | sed -n '2p;$p'
neardup check --print-config | sed -n '/^inputs/p'
echo 'inputs = ["nothing-*.jsonl"]' > neardup.toml
neardup check
echo "$?"
verdict part-0.jsonl -q | sed -n '2p;$p'
echo "- ** is no pattern here: elsewhere it means any depth"
neardup check --no-config --split 'train=train/**/*.jsonl' --split test=part-1.jsonl
echo "exit $?"
