# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file that is named as an input is not replaced by an output, not even with --force; what an earlier run left is.
. "$CASES/lib.sh"
corpus
mkdir out
cp part-1.jsonl out/clusters.jsonl
echo part-1.jsonl > out/summary.json
cp part-0.jsonl out/part-0.jsonl
ln -s out/part-0.jsonl link.jsonl
before=$(cat out/* | cksum)
neardup find part-0.jsonl out/clusters.jsonl --save out --force; echo $?
neardup find part-0.jsonl --reference out/clusters.jsonl --save out --force; echo $?
neardup find --files-from out/summary.json --save out --force; echo $?
neardup dedup part-1.jsonl link.jsonl -o out --force; echo $?
neardup find part-0.jsonl part-1.jsonl -o part-0.jsonl; echo $?
[ "$before" = "$(cat out/* | cksum)" ] && echo "all as it was"
rm -r out link.jsonl
neardup find . --save out --force -q > /dev/null; echo $?
neardup find . --save out --force -q > /dev/null; echo $?
jq .files out/summary.json
