# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Escape sequences in texts and ids do not reach the terminal.
. "$CASES/lib.sh"
for n in 1 2; do printf '{"id":"\\u001b[3%sm","text":"\\u001b[31mred\\n\\n and more words than five of them"}\n' $n; done > x.jsonl
neardup find x.jsonl -q --format table
