# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file of the run that was cut off at the end of a line: another threshold is not decided from what is left.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl --save pairs -q --pairs > /dev/null
neardup find part-?.jsonl --save run -q > /dev/null
for file in pairs/pairs.jsonl run/decisions.jsonl run/clusters.jsonl; do
    cp "$file" whole
    sed -i '$d' "$file"
    neardup report "${file%/*}" --format markdown --threshold 0.9 || echo "status $?"
    cp whole "$file"
done
neardup report pairs --format markdown --threshold 0.9 | head -1
neardup report run --format markdown --threshold 0.9 | head -1
