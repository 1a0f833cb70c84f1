# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Nobody reads it.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -o clean -q
neardup report clean --format json | head -c 11
