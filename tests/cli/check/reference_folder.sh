# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is in the reference and in the inputs at once is an input; what is in allowed texts and in the reference is allowed.
. "$CASES/lib.sh"
mkdir data
(cd data && corpus && record n1 "$(words 201 240)" > new.jsonl)
echo "- a pull request"
verdict data/new.jsonl --reference data/ | sed -n '2,/^$/p;$p'
verdict data/new.jsonl data/part-0.jsonl --reference data --reference data/part-1.jsonl | sed -n '2p;$p'
echo "- the reference in a checked folder"
verdict data --reference data/part-1.jsonl | sed -n '2p;$p'
echo "- allowed, and in the reference"
verdict data/new.jsonl --reference data --allow-texts data/part-1.jsonl | sed -n '2p;$p'
echo "- nothing else in it"
verdict data --reference data
verdict data/new.jsonl --allow-texts data/new.jsonl
