# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is printed reads back to the same, values of any kind.
. "$CASES/lib.sh"
corpus
neardup check part-0.jsonl 'odd "name"\x' --max-duplicate-rate 0.1% --max-exact 20 --rate-of tokens --max-leak 0.0001% \
    --threshold 0.85 --ngram 4 --memory 4G --seed 18446744073709551615 --report json:a.json --report 'github:-' --strict \
    --split train=a --split 'test=b/*.jsonl' --candidates all --method minhash --bits 128 -v --print-config > first.toml
neardup check --config first.toml --print-config > second.toml
cmp first.toml second.toml && echo same
grep -v '^#' first.toml
