# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A text that is not that of the run any more is marked.
. "$CASES/lib.sh"
corpus
neardup dedup part-?.jsonl -o clean -q
sed -i 's/word7 /word8 /' part-1.jsonl
neardup report clean --format json | jq -c '.warnings, [.levels[0].clusters[].members[] | [.id, .changed]]'
# One record less: a place where there is no document.
sed -i 2,3d part-1.jsonl
neardup report clean --format json --no-text | jq -c .warnings
neardup report clean --format json | jq -c '.warnings, [.levels[0].clusters[].members[] | [.id, .changed, .diff != null]]'
