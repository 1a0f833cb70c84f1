# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file that cannot be read is trouble, not a verdict; what was read is told all the same.
. "$CASES/lib.sh"
corpus
neardup check part-0.jsonl missing.jsonl
