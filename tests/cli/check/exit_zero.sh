# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Only a violated rule is forgiven.
. "$CASES/lib.sh"
corpus
neardup check part-0.jsonl part-1.jsonl --exit-zero > out
echo "$? $(head -n 1 out)"
neardup check missing.jsonl --exit-zero
