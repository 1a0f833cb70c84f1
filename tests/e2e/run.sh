#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The whole program on a generated corpus with planted duplicates. The truth comes from the generator, which shares no
# code with the library: every decision must be right and carry the exact score, and the planted duplicates must be
# found. And the output must be the same for any number of threads, instruction set and memory budget.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
NEARDUP=${NEARDUP:-$BUILD/neardup}
gen=$BUILD/bench/gen_corpus
[ -x "$gen" ] || gen=build/bench/gen_corpus

passed=0
failed=0
check() # what, command...
{
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what: $*"
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

at_least() # value, least
{
    awk "BEGIN { exit !($1 >= $2) }"
}

# All files but summary.json, which holds timings.
fingerprint() # folder
{
    (cd "$1" && find . -type f ! -name summary.json -exec md5sum {} + | sort)
}

planted() # threshold, recall asked for, generator options...
{
    local threshold=$1 recall=$2 verdict
    shift 2
    rm -rf "$work/out"
    "$gen" "$@" -o "$work/corpus.jsonl"
    check "dedup $*" "$NEARDUP" dedup "$work/corpus.jsonl" -o "$work/out" --threshold "$threshold" --recall "$recall" -q
    verdict=$("$gen" "$@" --threshold "$threshold" --check "$work/out/decisions.jsonl")
    echo "threshold $threshold, $*: $verdict"
    check "no wrong decision" test "$(jq .wrong <<< "$verdict")" = 0
    check "every exact duplicate is found" test "$(jq '.exact == .exact_found' <<< "$verdict")" = true
    # Three standard errors below the share asked for, of a few hundred pairs.
    check "recall" at_least "$(jq .recall <<< "$verdict")" \
        "$(jq ".planted as \$n | $recall - 3 * (($recall * (1 - $recall) / ([\$n, 1] | max)) | sqrt)" <<< "$verdict")"
    check "summary counts the decisions" test \
        "$(jq '[.. | objects | select(has("exact") and has("near"))] | first | .exact + .near' "$work/out/summary.json")" \
        = "$(jq .decisions <<< "$verdict")"
}

planted 0.7 0.99 --documents 4000 --mean-words 60 --non-ascii 0.2
planted 0.5 0.95 --documents 2000 --mean-words 120 --duplicates 0.8
planted 0.9 0.99 --documents 2000 --mean-words 200 --hub 0.5

# The last corpus again, in every way that must not matter.
"$gen" --documents 3000 --mean-words 80 --duplicates 0.5 -o "$work/corpus.jsonl"
same()
{
    rm -rf "$work/other"
    check "dedup $*" "$@" dedup "$work/corpus.jsonl" -o "$work/other" -q "${extra[@]}"
    check "same output: $* ${extra[*]}" test "$(fingerprint "$work/other")" = "$(fingerprint "$work/out")"
}
rm -rf "$work/out"
check "reference run" "$NEARDUP" dedup "$work/corpus.jsonl" -o "$work/out" -q --threads 1
for extra_words in "--threads 2" "--threads 5" "--threads 2 --memory 300M" "--memory 64G"; do
    read -r -a extra <<< "$extra_words"
    same "$NEARDUP"
done
extra=()
for cpu in scalar avx2 avx512; do same env NEARDUP_CPU=$cpu "$NEARDUP"; done

# Exact join and LSH agree on what they find: all of LSH's decisions are among those of the join.
rm -rf "$work/all"
check "exact join" "$NEARDUP" dedup "$work/corpus.jsonl" -o "$work/all" -q --candidates all
verdict=$("$gen" --documents 3000 --mean-words 80 --duplicates 0.5 --check "$work/all/decisions.jsonl")
check "the exact join decides nothing wrong" test "$(jq .wrong <<< "$verdict")" = 0
check "the exact join has recall 1" test "$(jq '.planted == .found' <<< "$verdict")" = true

# Deduplicating the result again changes nothing.
rm -rf "$work/again"
check "dedup of all/" "$NEARDUP" dedup "$work/all/corpus.jsonl" -o "$work/again" -q --candidates all
check "nothing left to remove" test ! -s "$work/again/decisions.jsonl"
check "the cleaned corpus is unchanged" cmp "$work/all/corpus.jsonl" "$work/again/corpus.jsonl"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
