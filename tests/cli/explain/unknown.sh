# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No such document: the nearest name is offered.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
neardup explain clean b11
status=$?
neardup explain clean part-1.jsonl:77
neardup explain nowhere b1
exit $status
