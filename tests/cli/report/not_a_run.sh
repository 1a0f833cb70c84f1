# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is no run is said to be none.
. "$CASES/lib.sh"
corpus
mkdir empty
neardup report empty --format json; echo $?
neardup report missing --format json; echo $?
neardup report part-0.jsonl --format json; echo $?
neardup report; echo $?
