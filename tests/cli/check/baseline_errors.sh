# SPDX-License-Identifier: MIT
# shellcheck shell=bash
. "$CASES/lib.sh"
corpus
neardup check . --baseline b.txt --update-baseline > /dev/null
cp b.txt good.txt
try() { neardup check part-0.jsonl --baseline b.txt "$@"; echo "$?"; }
try --threshold 0.8
try --tokens char
try --method simhash
try --unit document,paragraph
echo "- of another threshold, made anew"
neardup check part-0.jsonl part-1.jsonl --baseline b.txt --threshold 0.8 --update-baseline
head -n 1 b.txt
sed 's/copies/copes/' good.txt > b.txt
try
try --update-baseline
sed 's/^{"content/<<<<<<< HEAD\n&/' good.txt > b.txt
try
echo '{"id":"a","text":"b"}' > b.txt
try
try --update-baseline
cat b.txt
: > b.txt
try
rm b.txt
mkdir b.txt
try
