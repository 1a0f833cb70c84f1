# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The first bad record ends the run; nothing is written.
. "$CASES/lib.sh"
{ record 1 "$(words 1 9)"; echo '{"text": broken'; } > x.jsonl
neardup dedup x.jsonl -o out --strict; s=$?
ls
exit $s
