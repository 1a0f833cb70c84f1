# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options that would do nothing are refused.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl --save run -q > /dev/null
neardup report run --format csv -i . ; echo $?
neardup report run -o table.csv --clusters 3; echo $?
neardup report run --format markdown --clusters 3; echo $?
neardup report run --format csv --no-text | wc -l
