# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The first ten are shown, the rest is counted; -v shows all.
. "$CASES/lib.sh"
yes broken | head -1247 > x.jsonl
neardup find x.jsonl 2> few; neardup find x.jsonl -v 2> all
grep -c warning: few all
grep more few
