# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Files, paragraphs and lines as documents.
. "$CASES/lib.sh"
{ words 1 40; echo; words 101 140; echo; words 1 40; } > x.txt
neardup dedup x.txt -o - -q --input-format line | wc -l
neardup dedup x.txt -o - -q --input-format paragraph | wc -w
cp x.txt y.txt; neardup dedup x.txt y.txt -o out -q; find out -name '?.txt' -size +0 | wc -l
