#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the N-th allocation, read, write, open, rename or thread start of a small run fail, for N = 1, 2, 3 ...; once,
# and from then on. The program must always end by itself: with status 0 and the right output (it could do
# without), or with status 2, a message and no output left behind. Never a crash, a hang or half a result.
#
# So do a run over paragraphs and those with references, with half as many N, the other commands, and a program that gives the
# library documents from memory and stores sketches.
#
#   FAULT_KINDS="alloc write"   only these kinds        FAULT_LIMIT=60   at most 60 N of each kind, evenly spread
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
# A hang ends the suite, and the last line says where.
if [ -z "${FAULT_WATCHED:-}" ]; then FAULT_WATCHED=1 exec timeout 3600 "$0"; fi
trap 'echo "hangs: $subject: $kind number $at ($mode)"; exit 1' TERM
ulimit -c 0

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

# ---- how a fault is tried: a command for each kind, each N, once and from then on ----

kind='' at=0 mode=once status=0 subject='' said=''

# Runs a command with the fault of $kind, $at and $mode, or without one where $kind is empty. Its standard error is in $said.
run() # command...
{
    status=0
    # The shell's own words on an aborted command are of no interest.
    { FAULT_KIND=$kind FAULT_AT=$at FAULT_STICKY=${mode#once} FAULT_REPORT=$work/calls LD_PRELOAD=$library "$@" \
        > "$work/stdout" 2> "$work/stderr" || status=$?; } 2> "$work/shell"
    IFS= read -r -d '' said < "$work/stderr" || true
}

wrong() # what...
{
    failed=$((failed + 1))
    echo "failed: $subject: $kind number $at ($mode): status $status: $*"
    head -n 5 "$work/stderr" | sed 's/^/    /'
    return 1
}

# simdjson 3.0 makes its tables on first use, in functions that are noexcept: when that allocation (one, of some forty
# bytes) fails, the C++ library ends the process before anybody can catch it.
aborted()
{
    [ $status = 134 ] && [ "$kind" = alloc ] && [[ $said == *std::bad_alloc* ]]
}

# Status 2 with a message: $1 is how it begins.
explained()
{
    [ $status = 2 ] && [[ $'\n'$said == *$'\n'$1* ]]
}

any() # files...
{
    local file
    for file; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

try_all() # name, how many N, function that runs, function that judges
{
    local act=$3 judge=$4 most=$2 calls step n
    subject=$1
    for kind in $kinds; do
        [ "$act" != reread ] || case $kind in alloc | read | open) ;; *) continue ;; esac
        at=0
        rm -f "$work/calls"
        $act
        calls=$(< "$work/calls")
        step=$(((calls + most - 1) / most))
        [ "$step" -ge 1 ] || step=1
        echo "$subject: $kind: $calls calls, every $step. tried"
        for ((n = 1; n <= calls; n += step)); do
            for mode in once sticky; do
                at=$n
                $act
                if $judge; then passed=$((passed + 1)); fi
            done
        done
    done
    kind='' mode=once
}

# ---- dedup ----

fingerprint() # folder
{
    (cd "$1" && find . -type f ! -name summary.json -exec md5sum {} + | sort)
}

dedup()
{
    if [ -e "$work/out" ]; then rm -r "$work/out"; fi
    run "$NEARDUP" dedup "$input" -o "$work/out" --threads 2 --scratch "$work/scratch" -q "${options[@]}"
}

judge_dedup()
{
    if [ $status = 0 ]; then
        [ "$(fingerprint "$work/out")" = "$reference" ] || wrong "other output" || return
    elif aborted; then
        ! any "$work/out/summary.json" || wrong "aborted after it had finished" || return
    elif ! explained 'neardup: error: '; then
        wrong "no message, or another status" || return
    elif [ "$kind" = rename ]; then
        [ -z "$(find "$work/out" -name '*.tmp' 2> /dev/null)" ] || wrong "temporary files left" || return
    elif [ -e "$work/out" ] && [ -n "$(find "$work/out" -type f)" ]; then
        # A file that could not be read to its end is named, and the rest is still cleaned: complete output, status 2.
        any "$work/out/summary.json" || wrong "half an output folder" || return
    fi
    ! any "$work"/scratch/* "$work"/scratch/.[!.]* || wrong "files left in the scratch folder"
}

for job in $jobs; do
    input=$work/parts most=$limit
    case $job in
    documents) input=$work/in ;;
    paragraphs) options=(--unit "document,paragraph" --max-copies 20 --drop-emptied --min-remaining 30) ;;
    annotate) options=(--unit line --annotate --memory 64M) ;;
    references) options=(--unit "document,paragraph" --reference "$work/known" --keep last) ;;
    fingerprints) options=(--method simhash --distance 16 --reference "$work/known") ;;
    esac
    [ "$job" = documents ] || most=$(((limit + 1) / 2))
    dedup
    [ $status = 0 ] || wrong "without a fault"
    reference=$(fingerprint "$work/out")
    try_all "$job" "$most" dedup judge_dedup
done

limit=$(((limit + 1) / 2))

# ---- sketch: streams, and writes a file of its own ----

sketch()
{
    rm -f "$work"/lines*
    run "$NEARDUP" sketch "$work/in" --method "$method" --threads 2 -o "$work/lines" -q
}

judge_sketch()
{
    if [ $status = 0 ]; then
        cmp -s "$work/lines" "$work/reference" || wrong "other output" || return
    elif aborted; then
        return
    else
        explained 'neardup: error: ' || wrong "no message, or another status" || return
    fi
    ! any "$work"/lines.* || wrong "temporary file left"
}

for method in simhash minhash; do
    sketch && mv "$work/lines" "$work/reference"
    try_all "sketch $method" $((limit / 2)) sketch judge_sketch
done

# ---- a finished run, read back: by the fuzz target, which aborts where a failure has no message ----

reread()
{
    run "$BUILD/tests/fuzz/fuzz_replay" tests/fuzz/corpus/replay/documents-pairs tests/fuzz/corpus/replay/both
}

judge_reread()
{
    # 2: the target itself could not go on.
    [ $status = 0 ] || [ $status = 2 ] || aborted || wrong "no message"
}

try_all "reading back" $((2 * limit)) reread judge_reread

# ---- check: two runs, a baseline, reports; a verdict that is right, or none ----

check()
{
    rm -f "$work"/check.*
    run "$NEARDUP" check "$work/in" --no-config --baseline "$work/baseline" --allow "$work/allow" \
        --split train="$work/in/a.jsonl" --split test="$work/in/deep" --report "json:$work/check.json" \
        --report "sarif:$work/check.sarif" --threads 2 --scratch "$work/scratch" -q
}

judge_check()
{
    if [ $status = 1 ]; then
        cmp -s "$work/check.json" "$work/right.json" && cmp -s "$work/stdout" "$work/right.text" ||
            wrong "another verdict" || return
    elif aborted; then
        return
    else
        [ $status = 2 ] && [[ $said == *'error: '* ]] || wrong "no message, or another status" || return
    fi
    ! any "$work"/check.*.tmp || wrong "temporary file left"
}

echo "0123456789abcdef0123456789abcdef  # nothing" > "$work/allow"
"$NEARDUP" check "$work/in/a.jsonl" --no-config --baseline "$work/baseline" --update-baseline -q > "$work/stdout"
check
[ $status = 1 ] || wrong "check without a fault"
mv "$work/check.json" "$work/right.json"
mv "$work/stdout" "$work/right.text"
try_all check $((limit / 2)) check judge_check

# ---- report: reads what a run left, and its corpus; a corpus that cannot be read costs the texts, with a warning ----

report()
{
    rm -f "$work"/report.*
    run "$NEARDUP" report "$work/run" -o "$work/report.$format" --format "$format"
}

judge_report()
{
    if [ $status = 0 ]; then
        cmp -s "$work/report.$format" "$work/reference" || [[ $said == *'warning: '* ]] || wrong "other output" || return
    elif aborted; then
        return
    else
        explained 'neardup: error: ' || wrong "no message, or another status" || return
        ! any "$work/report.$format" || wrong "a report nevertheless" || return
    fi
    ! any "$work"/report.*.tmp || wrong "temporary file left"
}

"$NEARDUP" dedup "$work/parts" -o "$work/run" --unit document,paragraph --threshold 0.9 -q
for format in html json markdown csv; do
    report
    mv "$work/report.$format" "$work/reference"
    try_all "report $format" $((limit / 4)) report judge_report
done

# ---- explain: reads the same files, and names each part that it could not read ----

explain()
{
    run "$NEARDUP" explain "$work/explained" "$document" --threads 2 -q
}

judge_explain()
{
    if [ $status = 0 ]; then
        cmp -s "$work/stdout" "$work/reference" || { [ "$kind" != alloc ] && grep -q 'not shown: \|incomplete: ' "$work/stdout"; } ||
            wrong "other output"
    else
        aborted || explained 'neardup: error: ' || wrong "no message, or another status"
    fi
}

"$NEARDUP" dedup "$work/in/a.jsonl" -q -o "$work/explained"
removed=$(head -n 1 "$work/explained/decisions.jsonl" | jq -r .id)
kept=$(head -n 1 "$work/explained/a.jsonl" | jq -r .id)
for document in "$removed" "$kept"; do
    explain
    mv "$work/stdout" "$work/reference"
    try_all "explain $document" "$limit" explain judge_explain
done

# ---- the library: documents from memory, results as columns; sketches saved and loaded ----

library_program()
{
    rm -f "$work"/stored*
    run "$work/ladder" "$act_on" "$work/stored"
}

judge_library_program()
{
    if [ $status = 0 ]; then
        cmp -s "$work/stdout" "$work/reference" || wrong "other output" || return
    elif aborted; then
        return
    else
        explained 'ladder: error: ' || wrong "no message, or another status" || return
        [ ! -s "$work/stdout" ] || wrong "half a result" || return
    fi
    ! any "$work"/stored.* || wrong "temporary file left"
}

"${CC:-cc}" -std=c17 -O1 -Iinclude tests/fault/ladder.c "$BUILD/libneardup.so" -Wl,-rpath,"$(realpath "$BUILD")" -o "$work/ladder"
for act_on in source reread sketches; do
    library_program
    [ $status = 0 ] || wrong "without a fault"
    mv "$work/stdout" "$work/reference"
    try_all "library, $act_on" "$limit" library_program judge_library_program
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
