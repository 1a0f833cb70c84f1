# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A new file, complete or absent; one that exists is refused.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q -o report.jsonl && wc -l < report.jsonl && ls
neardup find part-?.jsonl -q -o part-0.jsonl; s=$?
ids < part-0.jsonl
exit $s
