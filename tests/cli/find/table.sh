# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Fitted to the width, with the start of each text.
. "$CASES/lib.sh"
corpus
COLUMNS=60 neardup find part-0.jsonl part-1.jsonl -q --format table
