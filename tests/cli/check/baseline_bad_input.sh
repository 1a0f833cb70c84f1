# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Of part of the inputs there is no baseline.
. "$CASES/lib.sh"
corpus
neardup check . --baseline b.txt --update-baseline > /dev/null
cp b.txt before.txt
neardup check part-0.jsonl missing.jsonl --baseline b.txt --update-baseline
echo $?
cmp b.txt before.txt && echo "as it was"
