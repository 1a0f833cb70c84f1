# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What was read from standard input cannot be read again; a file of the same name can.
. "$CASES/lib.sh"
corpus
cat part-?.jsonl > stdin
neardup find - --save run -q < stdin > printed
neardup report run --format json | jq -c '[.text, .text_note, .levels[0].clusters[0].keeper.text != null]'
neardup report run --format json -q | jq -c .text_note
neardup report run --format json -i stdin | jq -c '[.text, .text_note, .levels[0].clusters[0].keeper.text != null]'
