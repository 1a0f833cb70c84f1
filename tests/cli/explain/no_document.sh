# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Records that are no documents.
. "$CASES/lib.sh"
{ record e ""; echo '{"id":"t"}'; record a "$(words 1 40)"; } > x.jsonl
neardup dedup x.jsonl -q -o clean
neardup explain clean e
neardup explain clean x.jsonl:2
neardup dedup x.jsonl -q --drop-empty --drop-invalid -o clean2
neardup explain clean2 e | head -1
neardup explain clean2 x.jsonl:2 --format json
