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

# ---- paragraphs ----

# Quarters of a text of 25 MB: the second one is the first, the third has a word changed in every tenth paragraph, and
# the last is new. Every paragraph ends in its number. Removed: all of the second quarter, and all of the third.
paragraphs() # paragraphs of a quarter
{
    awk -v quarter="$1" 'BEGIN {
        srand(3)
        for (i = 0; i < 4000; i++) word[i] = sprintf("w%x%s", i, substr("abcdefgh", 1, rand() * 8))
        for (i = 0; i < 4 * quarter; i++) {
            number = i < 3 * quarter ? i % quarter : i
            if (i < quarter || number == i) {
                text = ""
                for (w = 0; w < 30; w++) text = text word[int(rand() * 4000)] " "
                if (i < quarter) old[i] = text
            } else {
                text = (i >= 2 * quarter && i % 10 == 0 ? "changed " : "") old[number]
            }
            print text "number " number (i < 4 * quarter - 1 ? "\n" : "")
        }
    }'
}
numbers() # summary.json, names of parts...
{
    local file=$1
    shift
    for name in "$@"; do jq ".parts.$name" "$file"; done | paste -sd' '
}
# The watchdog ends a search through all pairs, which takes hours. (make bench times one of 117 MB.)
big() # name, quarter, program...
{
    local name=$1 quarter=$2
    shift 2
    rm -rf "$work/big"
    check "a document of $(du -m "$work/$name" | cut -f1) MB" timeout 1800 "$@" -o "$work/big" -q --memory 4G
    check "its paragraphs" test "$(numbers "$work/big/summary.json" parts exact near contained)" = \
        "$((4 * quarter)) $((2 * quarter - quarter / 10)) $((quarter / 10)) 0"
}
quarter=40000
paragraphs $quarter > "$work/big.txt"
big big.txt $quarter "$NEARDUP" dedup "$work/big.txt" --unit paragraph --within --cut-unique
awk -v q=$quarter 'NR <= 2 * q || NR > 6 * q' "$work/big.txt" > "$work/expected.txt"
check "the rest of the big text" cmp "$work/big/big.txt" "$work/expected.txt"
{ printf '{"text":"'; sed -z 's/\n/\\n/g' "$work/big.txt"; printf '"}\n'; } > "$work/big.jsonl"
big big.jsonl $quarter "$NEARDUP" dedup "$work/big.jsonl" --unit paragraph --within --cut-unique
check "the rest of the big record" test "$(jq -j .text "$work/big/big.jsonl" | md5sum)" = "$(md5sum < "$work/expected.txt")"
for file in big.txt big.jsonl; do
    status=0
    "$NEARDUP" dedup "$work/$file" -o "$work/little-${file#big.}" --unit paragraph --memory 64M -q 2> "$work/stderr" || status=$?
    check "a big document is refused in 64M: $(cat "$work/stderr")" grep -q 'the memory budget' "$work/stderr"
    check "status of the refusal of $file" test $status = 2
done
rm -f "$work"/big.* "$work/expected.txt"

# One line, and nothing at all.
awk 'BEGIN { for (i = 0; i < 4000000; i++) printf "w%d ", i % 5000 }' > "$work/line.txt"
: > "$work/empty.txt"
printf '\n \n\n' > "$work/blank.txt"
printf '{"text":""}\n{"text":"\\n\\n"}\n{"text":" . \\n\\n . "}\n' > "$work/empty.jsonl"
mkdir "$work/odd"
mv "$work"/{line,empty,blank}.txt "$work/empty.jsonl" "$work/odd"
for unit in paragraph line document,paragraph; do
    rm -rf "$work/out"
    check "odd documents by $unit" "$NEARDUP" dedup "$work/odd" -o "$work/out" --unit $unit -q --memory 1G
    for file in line.txt empty.txt blank.txt empty.jsonl; do
        check "$file stays as it is" cmp "$work/odd/$file" "$work/out/$file"
    done
done

# Tiny documents, a quarter of them the same as earlier ones, in kinds that share most of their shingles. Many kinds and
# little memory: what does not fit is spilled. One kind: all of them meet in the same buckets.
tiny() # documents, kinds
{
    awk -v n="$1" -v kinds="$2" 'BEGIN {
        for (i = 0; i < n; i++) {
            number = i % (n / 4 * 3)
            words = "a b c d e f g h "
            gsub(/ /, (number % kinds) " ", words)
            printf "{\"id\":%d,\"text\":\"head\\n\\n%s%d\\n\\nfoot\"}\n", i, words, number
        }
    }' > "$work/tiny.jsonl"
    for memory in 64M 4G; do
        rm -rf "$work/tiny-$memory"
        check "tiny documents in $memory" "$NEARDUP" dedup "$work/tiny.jsonl" -o "$work/tiny-$memory" --unit paragraph \
            --threshold 0.95 --memory $memory -q
    done
    check "tiny documents: $(numbers "$work/tiny-4G/summary.json" exact near)" test \
        "$(numbers "$work/tiny-4G/summary.json" exact near)" = "$(($1 / 4 + 2 * ($1 - 1))) 0"
    check "tiny documents: the budget changes nothing" test "$(fingerprint "$work/tiny-64M")" = \
        "$(fingerprint "$work/tiny-4G")"
}
many=200000 one_kind=20000
case $NEARDUP in *tsan*) many=20000 one_kind=4000 ;; esac # forty times slower there
tiny $one_kind 1
tiny $many 997
if [ $many = 200000 ]; then
    check "tiny documents are spilled" test "$(jq '[.. | .scratch_bytes? // 0] | max' "$work/tiny-64M/summary.json")" -gt 0
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
