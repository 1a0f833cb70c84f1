# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What find printed is enough for a report, but not for its texts.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q > clusters.jsonl
neardup report clusters.jsonl --format markdown
neardup report clusters.jsonl --format json -q | jq -c 'del(.levels[0].clusters)'
