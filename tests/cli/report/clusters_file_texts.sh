# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A file of clusters does not say how texts were read and compared: the defaults are taken for that, and it is said.
. "$CASES/lib.sh"
corpus
mkdir in && mv part-?.jsonl in/
neardup find in -q > clusters.jsonl
neardup find in -q --ngram 2 > other.jsonl
pages > pages.jsonl
neardup find pages.jsonl -q --unit document,paragraph > parts.jsonl
neardup report clusters.jsonl -i in --format json | jq -c '.text, [.levels[0].clusters[].members[] | [.id, .diff != null, .changed]]'
neardup report clusters.jsonl -i in --format markdown -q | grep -c word
neardup report clusters.jsonl -i in -o page.html && ls page.html*
neardup report parts.jsonl -i pages.jsonl --format json -q | jq -c '.levels[] | .unit, ([.clusters[].members[] | .diff != null] | all)'
# With other options than the default ones texts can seem to have changed.
neardup report other.jsonl -i in --format json -q | jq -r '.warnings[] | select(.kind == "changed") | .message'
