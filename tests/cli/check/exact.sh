# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Copies count as such in any order, also where a third text is kept of which both are near-duplicates.
. "$CASES/lib.sh"
corpus
verdict part-0.jsonl part-1.jsonl --max-exact 0 | sed -n '2p;$p'
verdict part-1.jsonl part-0.jsonl --max-exact 0 | sed -n '2p;/^  error/p;$p'
verdict part-1.jsonl part-0.jsonl --max-exact 1 | sed -n '2p;$p'
verdict part-1.jsonl part-0.jsonl --max-exact 0 --max-duplicate-rate 50% | sed -n '/^  [A-Zew]/p;$p'
