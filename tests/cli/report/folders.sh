# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Where every text is a file of its own, files would all be in the rest: folders say who duplicates whom.
. "$CASES/lib.sh"
mkdir -p texts/a texts/b/c
for i in $(seq 1 30); do
    words $((i * 50)) $((i * 50 + 40)) > "texts/a/$i.txt"
    cp "texts/a/$i.txt" "texts/b/c/$i.txt"
done
cp texts/a/1.txt texts/top.txt
neardup find texts --save run -q > clusters.jsonl
neardup report run --format json | jq -c '.levels[0].sources'
