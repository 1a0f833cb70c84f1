#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the N-th allocation, read, write, open, rename or thread start of a small run fail, for N = 1, 2, 3 ...; once,
# and from then on. Whatever happens, the program must end by itself: with status 0 and the right output (it could do
# without), or with status 2, a message and no output left behind. Never a crash, a hang or half a result.
#
# So do a run over paragraphs and those with references, with fewer N.
#
#   FAULT_KINDS="alloc write"   only these kinds        FAULT_LIMIT=60   so many N of each kind, evenly spread
#   FAULT_JOBS="paragraphs"     only these jobs
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
NEARDUP=${NEARDUP:-$BUILD/neardup}
library=$BUILD/tests/fault/libfault.so
kinds=${FAULT_KINDS:-alloc read write open rename thread}
limit=${FAULT_LIMIT:-60}
jobs=${FAULT_JOBS:-documents paragraphs annotate references fingerprints}
options=()

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/in/deep" "$work/scratch"
"$BUILD/bench/gen_corpus" --documents 300 --mean-words 60 --duplicates 0.5 -o "$work/in/a.jsonl"
"$BUILD/bench/gen_corpus" --documents 40 --seed 2 -o "$work/in/b.jsonl"
"$BUILD/bench/gen_corpus" --documents 40 --seed 2 -o "$work/in/deep/c.jsonl"
gzip "$work/in/b.jsonl"
zstd -q --rm "$work/in/deep/c.jsonl"

# Paragraphs that repeat in and between documents, lines that repeat, an opening that is contained.
mkdir "$work/parts"
awk 'BEGIN {
    srand(5)
    for (p = 0; p < 30; p++)
        for (w = 0; w < 20; w++) pool[p] = pool[p] "w" int(rand() * 900) " "
    for (i = 0; i < 120; i++) {
        text = pool[i % 30] "\\n\\n" pool[int(rand() * 30)] "\\n\\ncredit\\ncredit\\n\\n" substr(pool[i % 30], 1, 70)
        printf "{\"id\":%d,\"site\":\"s%d\",\"text\":\"%s\\n\\nown %d %d %d\"}\n", i, i % 3, text, i, i * i, i + 1
    }
}' > "$work/parts/a.jsonl"
gzip -k "$work/parts/a.jsonl"

# References: some of it, and a mass of texts that are all near to each other.
mkdir "$work/known"
head -n 40 "$work/parts/a.jsonl" | gzip > "$work/known/a.jsonl.gz"
awk 'BEGIN {
    for (i = 0; i < 600; i++) {
        printf "{\"text\":\"number %d", i
        for (w = 0; w < 60; w++) printf " w%d", w
        print "\"}"
    }
}' > "$work/known/b.jsonl"

# The settings are for the program alone, not for timeout.
dedup() # output folder, settings...
{
    local out=$1
    shift
    timeout 1800 env "$@" "$NEARDUP" dedup "$input" -o "$out" --threads 2 --scratch "$work/scratch" -q "${options[@]}" \
        2> "$work/stderr"
}

fingerprint() # folder
{
    (cd "$1" && find . -type f ! -name summary.json -exec md5sum {} + | sort)
}

fail()
{
    failed=$((failed + 1))
    echo "failed: $*"
    sed 's/^/    /' "$work/stderr" | head -n 5
}

one() # kind, N, sticky or once
{
    local what="$job: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" FAULT_REPORT="$work/calls" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    rm -rf "$work/out"
    dedup "$work/out" "${settings[@]}" || status=$?
    if [ $status = 0 ]; then
        if [ "$(fingerprint "$work/out")" != "$reference" ]; then fail "$what: status 0, but other output"; return; fi
    elif [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then
        # simdjson 3.0 makes its tables on first use, in functions that are noexcept: when that allocation (one, of some
        # forty bytes) fails, the C++ library ends the process before anybody can catch it.
        if [ -e "$work/out/summary.json" ]; then fail "$what: aborted after it had finished"; return; fi
    elif [ $status != 2 ]; then
        fail "$what: status $status"
        return
    elif ! grep -q '^neardup: error: ' "$work/stderr"; then
        fail "$what: status 2 without a message"
        return
    elif [ "$1" = rename ]; then
        if find "$work/out" -name '*.tmp' 2> /dev/null | grep -q .; then fail "$what: temporary files left"; return; fi
    elif [ -e "$work/out" ] && [ "$(find "$work/out" -type f | wc -l)" != 0 ]; then
        # A file that could not be read to its end is named, and the rest is still cleaned: complete output, status 2.
        if [ ! -e "$work/out/summary.json" ]; then fail "$what: half an output folder"; return; fi
    fi
    if [ -n "$(ls -A "$work/scratch")" ]; then fail "$what: files left in the scratch folder"; return; fi
    passed=$((passed + 1))
}

try_all()
{
    local kind calls step n
    rm -rf "$work/out"
    dedup "$work/out"
    reference=$(fingerprint "$work/out")
    for kind in $kinds; do
        rm -rf "$work/out" "$work/calls"
        dedup "$work/out" FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library"
        calls=$(cat "$work/calls")
        step=$(((calls + limit - 1) / limit))
        [ "$step" -ge 1 ] || step=1
        echo "$job: $kind: $calls calls, every $step. tried"
        for ((n = 1; n <= calls; n += step)); do
            one "$kind" "$n" once
            one "$kind" "$n" sticky
        done
    done
}

for job in $jobs; do
    input=$work/parts
    case $job in
    documents) input=$work/in ;;
    paragraphs) options=(--unit "document,paragraph" --max-copies 20 --drop-emptied --min-remaining 30) limit=$(((limit + 1) / 2)) ;;
    annotate) options=(--unit line --annotate --memory 64M) ;;
    references) options=(--unit "document,paragraph" --reference "$work/known" --keep last) ;;
    fingerprints) options=(--method simhash --distance 16 --reference "$work/known") ;;
    esac
    try_all
done

# ---- sketch: streams, and writes a file of its own ----

sketch() # settings...
{
    timeout 1800 env "$@" "$NEARDUP" sketch "$work/in" --method "$method" --threads 2 -o "$work/lines" -q \
        2> "$work/stderr"
}

one_sketch() # kind, N, sticky or once
{
    local what="sketch $method: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" FAULT_REPORT="$work/calls" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    rm -f "$work"/lines*
    sketch "${settings[@]}" || status=$?
    if [ $status = 0 ]; then
        if ! cmp -s "$work/lines" "$work/reference"; then fail "$what: status 0, but other output"; return; fi
    elif [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then
        rm -f "$work"/lines*
    elif [ $status != 2 ] || ! grep -q '^neardup: error: ' "$work/stderr"; then
        fail "$what: status $status without a message, or another"
        return
    fi
    if find "$work" -maxdepth 1 -name 'lines.*' | grep -q .; then fail "$what: temporary file left"; return; fi
    passed=$((passed + 1))
}

for method in simhash minhash; do
    rm -f "$work"/lines*
    sketch && mv "$work/lines" "$work/reference"
    for kind in $kinds; do
        rm -f "$work"/lines* "$work/calls"
        sketch FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library"
        calls=$(cat "$work/calls")
        step=$(((calls + limit / 2 - 1) / (limit / 2)))
        [ "$step" -ge 1 ] || step=1
        echo "sketch $method: $kind: $calls calls, every $step. tried"
        for ((n = 1; n <= calls; n += step)); do
            one_sketch "$kind" "$n" once
            one_sketch "$kind" "$n" sticky
        done
    done
done

# ---- a finished run, read back: by the fuzz target, which aborts where a failure has no message ----

reread() # settings...
{
    timeout 1800 env "$@" "$BUILD/tests/fuzz/fuzz_replay" "${seeds[@]}" > /dev/null 2> "$work/stderr"
}

one_reread() # kind, N, sticky or once
{
    local what="reading back: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    reread "${settings[@]}" || status=$?
    # 2: the target itself could not go on. 134 as above.
    if [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then status=0; fi
    if [ $status != 0 ] && [ $status != 2 ]; then fail "$what: status $status"; return; fi
    passed=$((passed + 1))
}

seeds=(tests/fuzz/corpus/replay/documents-pairs tests/fuzz/corpus/replay/both)
for kind in $kinds; do
    case $kind in alloc | read | open) ;; *) continue ;; esac
    rm -f "$work/calls"
    reread FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library"
    calls=$(cat "$work/calls")
    step=$(((calls + 2 * limit - 1) / (2 * limit)))
    [ "$step" -ge 1 ] || step=1
    echo "reading back: $kind: $calls calls, every $step. tried"
    for ((n = 1; n <= calls; n += step)); do
        one_reread "$kind" "$n" once
        one_reread "$kind" "$n" sticky
    done
done

# ---- check: two runs, a baseline, reports; a verdict that is right, or none ----

check() # settings...
{
    timeout 1800 env "$@" "$NEARDUP" check "$work/in" --no-config --baseline "$work/baseline" --allow "$work/allow" \
        --split train="$work/in/a.jsonl" --split test="$work/in/deep" --report "json:$work/check.json" \
        --report "sarif:$work/check.sarif" --threads 2 --scratch "$work/scratch" -q > "$work/text" 2> "$work/stderr"
}

one_check() # kind, N, sticky or once
{
    local what="check: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" FAULT_REPORT="$work/calls" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    rm -f "$work"/check.*
    check "${settings[@]}" || status=$?
    if [ $status = 1 ]; then
        if ! cmp -s "$work/check.json" "$work/right.json" || ! cmp -s "$work/text" "$work/right.text"; then
            fail "$what: another verdict"
            return
        fi
    elif [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then
        rm -f "$work"/check.*
    elif [ $status != 2 ] || ! grep -q 'error: ' "$work/stderr"; then
        fail "$what: status $status without a message, or another"
        return
    fi
    if find "$work" -maxdepth 1 -name 'check.*.tmp' | grep -q .; then fail "$what: temporary file left"; return; fi
    passed=$((passed + 1))
}

echo "0123456789abcdef0123456789abcdef  # nothing" > "$work/allow"
"$NEARDUP" check "$work/in/a.jsonl" --no-config --baseline "$work/baseline" --update-baseline -q > "$work/text"
status=0
check || status=$?
[ $status = 1 ] || fail "check: status $status without a fault"
mv "$work/check.json" "$work/right.json"
mv "$work/text" "$work/right.text"
for kind in $kinds; do
    rm -f "$work/calls"
    check FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library" || true
    calls=$(cat "$work/calls")
    step=$(((calls + limit / 2 - 1) / (limit / 2)))
    [ "$step" -ge 1 ] || step=1
    echo "check: $kind: $calls calls, every $step. tried"
    for ((n = 1; n <= calls; n += step)); do
        one_check "$kind" "$n" once
        one_check "$kind" "$n" sticky
    done
done

# ---- report: reads what a run left, and its corpus; where that cannot be read it says so, and does without texts ----

report() # settings...
{
    timeout 1800 env "$@" "$NEARDUP" report "$work/run" -o "$work/report.$format" --format "$format" 2> "$work/stderr"
}

one_report() # kind, N, sticky or once
{
    local what="report $format: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" FAULT_REPORT="$work/calls" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    rm -f "$work"/report.*
    report "${settings[@]}" || status=$?
    if [ $status = 0 ]; then
        if ! cmp -s "$work/report.$format" "$work/reference" && ! grep -q 'warning: ' "$work/stderr"; then
            fail "$what: status 0, but other output"
            return
        fi
    elif [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then
        rm -f "$work"/report.*
    elif [ $status != 2 ] || ! grep -q '^neardup: error: ' "$work/stderr"; then
        fail "$what: status $status without a message, or another"
        return
    elif [ -e "$work/report.$format" ]; then
        fail "$what: status 2, but a report"
        return
    fi
    if find "$work" -maxdepth 1 -name 'report.*.tmp' | grep -q .; then fail "$what: temporary file left"; return; fi
    passed=$((passed + 1))
}

"$NEARDUP" dedup "$work/parts" -o "$work/run" --unit document,paragraph --threshold 0.9 -q
for format in html json markdown csv; do
    rm -f "$work"/report.*
    report && mv "$work/report.$format" "$work/reference"
    for kind in $kinds; do
        rm -f "$work"/report.* "$work/calls"
        report FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library"
        calls=$(cat "$work/calls")
        step=$(((calls + limit / 4 - 1) / (limit / 4)))
        [ "$step" -ge 1 ] || step=1
        echo "report $format: $kind: $calls calls, every $step. tried"
        for ((n = 1; n <= calls; n += step)); do
            one_report "$kind" "$n" once
            one_report "$kind" "$n" sticky
        done
    done
done

# ---- explain: reads the same; what it could not read it says where that belongs ----

explain() # settings...
{
    timeout 1800 env "$@" "$NEARDUP" explain "$work/explained" "$document" --threads 2 -q > "$work/lines" 2> "$work/stderr"
}

one_explain() # kind, N, sticky or once
{
    local what="explain $document: $1 number $2 ($3)" status=0
    local settings=(FAULT_KIND="$1" FAULT_AT="$2" FAULT_REPORT="$work/calls" LD_PRELOAD="$library")
    [ "$3" = once ] || settings+=(FAULT_STICKY=1)
    explain "${settings[@]}" || status=$?
    if [ $status = 0 ]; then
        if ! cmp -s "$work/lines" "$work/reference" &&
            { [ "$1" = alloc ] || ! grep -q 'not shown: \|not all: ' "$work/lines"; }; then
            fail "$what: status 0, but other output"
            return
        fi
    elif [ $status = 134 ] && [ "$1" = alloc ] && grep -q 'std::bad_alloc' "$work/stderr"; then
        :
    elif [ $status != 2 ] || ! grep -q '^neardup: error: ' "$work/stderr"; then
        fail "$what: status $status without a message, or another"
        return
    fi
    passed=$((passed + 1))
}

"$NEARDUP" dedup "$work/in/a.jsonl" -q -o "$work/explained"
removed=$(head -n 1 "$work/explained/decisions.jsonl" | jq -r .id)
kept=$(head -n 1 "$work/explained/a.jsonl" | jq -r .id)
for document in "$removed" "$kept"; do
    explain && mv "$work/lines" "$work/reference"
    for kind in $kinds; do
        rm -f "$work/calls"
        explain FAULT_KIND="$kind" FAULT_AT=0 FAULT_REPORT="$work/calls" LD_PRELOAD="$library"
        calls=$(cat "$work/calls")
        step=$(((calls + limit - 1) / limit))
        [ "$step" -ge 1 ] || step=1
        echo "explain $document: $kind: $calls calls, every $step. tried"
        for ((n = 1; n <= calls; n += step)); do
            one_explain "$kind" "$n" once
            one_explain "$kind" "$n" sticky
        done
    done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
