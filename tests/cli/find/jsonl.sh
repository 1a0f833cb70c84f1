# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Off a terminal: JSON Lines.
. "$CASES/lib.sh"
corpus
neardup find part-0.jsonl part-1.jsonl
ls
