# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is read is not replaced, not even with --force, under whatever name; an earlier report is.
. "$CASES/lib.sh"
mkdir in && cd in && corpus && cd ..
{ record x "$(words 1 40)"; } > single.jsonl
neardup dedup in single.jsonl -o run -q
neardup find in -q > clusters.jsonl
ln -s ../in/part-0.jsonl run/link.jsonl
ln -s part-1.jsonl in/name.jsonl
ln single.jsonl hard.jsonl
mkdir moved && cp in/part-?.jsonl moved/ && cp single.jsonl moved.jsonl
sums() { find . -type f ! -name 'report*' -exec cksum {} + | sort | cksum; }
before=$(sums)
try() { neardup report --force -q "$@" > /dev/null; echo "$? ${*: -1}"; }
for file in clusters.jsonl decisions.jsonl summary.json part-0.jsonl link.jsonl; do
    try run --format csv -o "run/$file"
done
for file in in/part-0.jsonl ./single.jsonl hard.jsonl in/name.jsonl; do
    try run --format json -o "$file"
done
try clusters.jsonl --no-text -o ./clusters.jsonl
try run -i moved -i moved.jsonl -o moved/part-1.jsonl
try run -i moved -i moved.jsonl -o moved.jsonl
(cd in && try ../run -o part-0.jsonl)
[ "$before" = "$(sums)" ] && echo "all as it was"
for report in in/report.json run/report.html in/report.md in/report.csv; do
    try run -o $report
    try run -o $report
done
