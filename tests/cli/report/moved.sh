# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The corpus is somewhere else now.
. "$CASES/lib.sh"
mkdir here there
cd here && corpus && cd ..
(cd here && neardup dedup part-0.jsonl part-1.jsonl -o ../clean -q)
texts() { jq -c '[.text, .text_note, (.levels[0].clusters[0] | .keeper.text, .members[].diff | . != null)]'; }
neardup report clean --format json | texts
mv here/* there/
neardup report clean --format json | texts
neardup report clean --format json -i there/part-0.jsonl -i there/part-1.jsonl | texts
neardup report clean --format json -i nowhere
