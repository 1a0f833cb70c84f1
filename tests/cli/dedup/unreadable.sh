# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Files that are not there or cannot be read: named, the rest is done, status 2.
. "$CASES/lib.sh"
corpus
ln -s nowhere dangling.jsonl
neardup dedup gone.jsonl dangling.jsonl part-0.jsonl -o out -q; s=$?
ids < out/part-0.jsonl
exit $s
