# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# gzip (also concatenated members) and zstd, whatever the name; the output is compressed alike.
. "$CASES/lib.sh"
corpus
{ gzip < part-0.jsonl; gzip < part-1.jsonl; } > x.jsonl
zstd -q < part-1.jsonl > y.jsonl.zst
neardup dedup x.jsonl y.jsonl.zst -o out -q
zcat < out/x.jsonl | ids
zstdcat out/y.jsonl.zst | ids
counts out/summary.json documents kept
