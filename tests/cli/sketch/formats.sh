# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Plain text: a file, a paragraph or a line is a document. An empty file is an empty one.
. "$CASES/lib.sh"

printf 'one two three\nfour five six\n\nseven eight nine ten\n' > x.txt
: > y.txt
neardup sketch x.txt y.txt --method simhash -q | jq -c '[.file, .line, .shingles, .fingerprint]'
neardup sketch x.txt --input-format paragraph --ngram 2 --method simhash -q | jq -c '[.line, .shingles]'
neardup sketch x.txt --input-format line --tokens char --ngram 3 --slots 2 -q | jq -c '[.line, .shingles, .signature]'
