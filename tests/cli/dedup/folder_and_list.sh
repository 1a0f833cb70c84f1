# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Folders are read with all that is in them; lists by line or by NUL.
. "$CASES/lib.sh"
corpus
mkdir -p in/deep && mv part-1.jsonl in/deep && mv part-0.jsonl in
neardup dedup in -o - -q | ids
printf 'in/part-0.jsonl\nin/deep/part-1.jsonl\n' > list
neardup dedup --files-from list -o - -q | ids
find in -type f -print0 | sort -zr | neardup dedup --files-from - -o - -q | ids
