# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What each policy cuts of the same pages.
. "$CASES/lib.sh"
pages > pages.jsonl
try() {
    echo "---- $*"
    rm -rf clean
    neardup dedup pages.jsonl -o clean --unit paragraph -q "$@"
    verdicts clean/decisions.jsonl
    jq -r '.id + ": " + (.text | gsub("\n"; "|") | gsub("word"; "w") | .[0:70])' clean/pages.jsonl
}
try
try --keep last
try --keep longest
try --within
try --across
try --often 2
try --often 0 --min-tokens 1
try --max-copies 3
try --max-copies 3 --keep-one
try --max-copies 3 --within --across --drop-emptied
try --drop-emptied --min-remaining 5
try --threshold 0.95
try --containment 0
