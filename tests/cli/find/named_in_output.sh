# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What was named in any way is not replaced with --force: hidden names, lists, earlier reports, the output folder itself.
. "$CASES/lib.sh"
corpus
mkdir y out
cp part-0.jsonl y/.h.jsonl
cp part-0.jsonl y/h.jsonl
cp part-1.jsonl out/.h.jsonl
cp part-1.jsonl out/h.jsonl
echo out/h.jsonl > list
before=$(cat out/.h.jsonl out/h.jsonl | cksum)
neardup dedup y/.h.jsonl out/.h.jsonl -o out --force; echo $?
neardup dedup y/h.jsonl --files-from list -o out --force; echo $?
printf 'y/h.jsonl\0out/h.jsonl\0' | neardup dedup --files-from - -o out --force; echo $?
neardup dedup y out -o out --force; echo $?
neardup dedup y --reference out -o out --force; echo $?
[ "$before" = "$(cat out/.h.jsonl out/h.jsonl | cksum)" ] && echo "all as it was"
neardup find part-0.jsonl part-1.jsonl --save save -q > /dev/null
before=$(cat save/* | cksum)
echo save/clusters.jsonl > list
neardup find part-0.jsonl --files-from list --save save --force; echo $?
neardup find part-0.jsonl save/summary.json --save save --force; echo $?
[ "$before" = "$(cat save/* | cksum)" ] && echo "all as it was"
