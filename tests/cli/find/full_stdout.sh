# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What standard output cannot take is an error that says why.
. "$CASES/lib.sh"
[ -c /dev/full ] || skip "no /dev/full"
corpus
neardup find part-0.jsonl part-1.jsonl -q > /dev/full
