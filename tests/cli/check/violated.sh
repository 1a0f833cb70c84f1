# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Without a rule no near-duplicate is allowed.
. "$CASES/lib.sh"
corpus
neardup check part-0.jsonl part-1.jsonl
