# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Threads, instruction set, compression and a pipe change nothing but the name of the file.
. "$CASES/lib.sh"

random_records 20000 > x.jsonl
for i in 1 2 3; do random_records 300 | sed "s/:\"c/:\"$i-c/" > "y$i.jsonl"; done
for method in "minhash --slots 20" simhash; do
    # shellcheck disable=SC2086 # two words
    neardup sketch x.jsonl y*.jsonl --method $method -j 1 -q > one.jsonl
    wc -l < one.jsonl
    # shellcheck disable=SC2086
    neardup sketch x.jsonl y*.jsonl --method $method -j 5 -q | cmp - one.jsonl
    # shellcheck disable=SC2086
    NEARDUP_CPU=scalar neardup sketch x.jsonl y*.jsonl --method $method -q | cmp - one.jsonl
    # shellcheck disable=SC2086
    gzip -c x.jsonl | neardup sketch - --method $method -q | sed 's/"file":"stdin"/"file":"x.jsonl"/' | cmp - <(head -n 20000 one.jsonl)
done
