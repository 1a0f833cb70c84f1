# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# They can be left out.
. "$CASES/lib.sh"
{ record 1 "$(words 1 9)"; echo '{"text": broken'; record 2 '...'; } > x.jsonl
neardup dedup x.jsonl -o - -q --drop-invalid | ids
neardup dedup x.jsonl -o - -q --drop-invalid --drop-empty | ids
