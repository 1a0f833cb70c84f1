# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No space left for temporary files: said, and nothing stays behind.
. "$CASES/lib.sh"
small_disk scratch 300
random_records 9000 > x.jsonl
# standard input and compressed input must be kept until they are written back
gzip < x.jsonl | neardup dedup - -o out -q --scratch scratch; s=$?
find scratch out -type f 2> /dev/null
exit $s
