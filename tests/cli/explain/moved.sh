# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The corpus has moved: what the run wrote stands there anyway, and --input finds it again. A text that has changed
# since is noticed.
. "$CASES/lib.sh"
corpus
neardup dedup part-0.jsonl part-1.jsonl -q -o clean
mkdir away && mv part-*.jsonl away/
COLUMNS=80 neardup explain clean b1
neardup explain clean b3
echo "== found"
COLUMNS=80 neardup explain clean b1 -i away/part-0.jsonl -i away/part-1.jsonl | tail -3
sed -i 's/word7 /word7 new /' away/part-1.jsonl
echo "== changed"
neardup explain clean b1 -i away | grep -E '^  (document|changed)'
