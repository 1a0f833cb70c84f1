# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What find leaves behind is explained, too: a folder, or the file of clusters alone.
. "$CASES/lib.sh"
corpus
neardup find part-0.jsonl part-1.jsonl -q --save saved > clusters.jsonl
neardup explain saved b2 | head -6
neardup explain clusters.jsonl b2
neardup explain clusters.jsonl b3 -q -i part-0.jsonl -i part-1.jsonl | head -1
