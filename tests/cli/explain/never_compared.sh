# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Similar enough, but the signatures never met: said as it is.
. "$CASES/lib.sh"
{ record a "$(words 1 40)"; record b "$(words 1 38) x y"; } > x.jsonl # 34 of 38: 0.894
neardup dedup x.jsonl -q --bands 1 --rows 128 -o clean
COLUMNS=90 neardup explain clean a
