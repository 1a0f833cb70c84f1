# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A report that cannot be written is an error.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q > /dev/full
neardup find part-?.jsonl -q --format table > /dev/full
neardup find part-?.jsonl -q -o /dev/full
