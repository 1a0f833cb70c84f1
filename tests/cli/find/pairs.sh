# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# All verified pairs, by (a, b).
. "$CASES/lib.sh"
corpus
neardup find part-0.jsonl part-1.jsonl -q --pairs
neardup find part-0.jsonl part-1.jsonl -q --pairs --format csv | tr -d '\r'
