#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Kills runs that write, and looks at what they leave: the older run or the new one, as a whole. The next command must find no
# obstacle and leave no leftover.
#
#   KILLS=1000   number of kills (40; make kill-loop: 1000). Half of them come at a random moment; the others just before a
#                random call that changes files, and half of those before a call that makes, moves or removes a name
#   SEED=N       another series of moments
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=$(realpath "${BUILD:-build}")
NEARDUP=$(realpath "${NEARDUP:-$BUILD/neardup}")
library=$BUILD/tests/kill/libkill.so
kills=${KILLS:-40}
RANDOM=${SEED:-1}
ulimit -c 0

passed=0
failed=0
declare -A seen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# ---- a corpus on which an older run and a new one decide differently ----

text() { # first word, number of words, last word
    seq -f 'word%g' -s ' ' "$1" "$(($1 + $2))"
    [ $# -lt 3 ] || echo "$3"
}
mkdir -p in/deep
for i in $(seq 1 60); do
    printf '{"id":"a%d","text":"%s"}\n' "$i" "$(text $((i * 50 - i % 2 * 50)) $((40 + i % 2)))"
done > in/a.jsonl
sed 's/"id":"a/"id":"b/; s/word3 /other /' in/a.jsonl | gzip > in/b.jsonl.gz
sed 's/"id":"a/"id":"c/' in/a.jsonl > in/deep/c.jsonl
text 9000 60 one > in/deep/one.txt
text 9000 60 two > in/deep/two.txt

older=(--threshold 0.95 --pairs)
state() { # folder: all that can be seen but times and the command
    [ -d "$1" ] || { echo "no folder"; return; }
    (cd "$1" && find . -type f ! -name .gitkeep ! -path './.neardup/*' ! -name summary.json -exec md5sum {} + | sort
     jq -cS 'del(.run)' summary.json 2> /dev/null || echo "no summary")
}
"$NEARDUP" dedup in -o older -q "${older[@]}"
"$NEARDUP" dedup in -o newer -q
echo mine | tee older/mine.txt > newer/mine.txt
old_state=$(state older) new_state=$(state newer)
"$NEARDUP" dedup in -o fresh -q
fresh_state=$(state fresh)
[ "$old_state" != "$new_state" ] || { echo "the two runs do not differ"; exit 1; }
"$NEARDUP" check in/a.jsonl --no-config --baseline old.baseline --update-baseline -q > /dev/null
"$NEARDUP" check in --no-config --baseline new.baseline --update-baseline -q > /dev/null

# ---- killing ----

# Ends the command at a moment of its own; $moment says which. It was killed, or has ended before that.
strike() { # calls, calls that change names, microseconds that it takes; command...
    local all=$1 names=$2 takes=$3 status=0
    shift 3
    case $((RANDOM % 4)) in
    0) moment="before name change $((RANDOM % names + 1))"
       { KILL_KIND=rename KILL_AT=${moment##* } LD_PRELOAD=$library "$@" > out.log 2>&1 || status=$?; } 2> /dev/null ;;
    1) moment="before call $((RANDOM % all + 1))"
       { KILL_AT=${moment##* } LD_PRELOAD=$library "$@" > out.log 2>&1 || status=$?; } 2> /dev/null ;;
    *) moment="after $((RANDOM * 32768 % takes + RANDOM % 1000)) us"
       { timeout --foreground -s KILL "$(awk -v us="${moment//[^0-9]/}" 'BEGIN { printf "%.6f", us / 1e6 + 1e-6 }')" "$@" > out.log 2>&1 ||
           status=$?; } 2> /dev/null ;;
    esac
    [ $status != 124 ] || status=0 # it ended just then
    seen[$status]=$((${seen[$status]:-0} + 1))
    [ $status = 137 ] || [ $status = 0 ] || wrong "status $status: $(head -n 1 out.log)"
}

measure() { # command...: sets calls, names, takes
    local begin=${EPOCHREALTIME/./}
    KILL_REPORT=count LD_PRELOAD=$library "$@" > out.log 2>&1
    takes=$((${EPOCHREALTIME/./} - begin))
    calls=$(< count)
}

wrong() { # what
    echo "failed: $job $moment: $1"
    failed=$((failed + 1))
    good=no
}

leftovers() { # how many hidden files and folders there are
    find . -mindepth 1 -name '.*' | wc -l
}

# ---- the three jobs ----

prepare_new() { rm -rf out .out.neardup; }
judge_new() {
    if [ -e out ]; then
        [ "$(state out)" = "$fresh_state" ] || wrong "the new folder is not complete"
    fi
    if [ -e out ]; then
        "$NEARDUP" dedup in -o out -q --force > out.log 2>&1 || wrong "the next run: $(head -n 1 out.log)"
    else
        "$NEARDUP" dedup in -o out -q > out.log 2>&1 || wrong "the next run is refused: $(head -n 1 out.log)"
    fi
    [ "$(state out)" = "$fresh_state" ] || wrong "the next run left another result"
}

prepare_force() { rm -rf out .out.neardup && cp -a older out; }
judge_force() {
    local now
    now=$(state out)
    if [ -e out/.neardup/ready ]; then
        # Before the first move, between two, or after the last one.
        [ "$(tail -n 1 <<< "$now")" = "no summary" ] || [ "$now" = "$old_state" ] || [ "$now" = "$new_state" ] ||
            wrong "a summary beside files of another run"
        interrupted=$((interrupted + 1))
        if "$NEARDUP" find out -q > out.log 2>&1; then wrong "half a run is read as an input"; fi
        if [ $((RANDOM % 2)) = 0 ]; then
            "$NEARDUP" report out --format json -q > out.log 2>&1 || wrong "report does not finish the run: $(head -n 1 out.log)"
            [ "$(state out)" = "$new_state" ] || wrong "report left another result"
        fi
    elif [ "$now" != "$old_state" ] && [ "$now" != "$new_state" ]; then
        wrong "neither the older run nor the new one"
    fi
    "$NEARDUP" dedup in -o out -q --force > out.log 2>&1 || wrong "the next run: $(head -n 1 out.log)"
    [ "$(state out)" = "$new_state" ] || wrong "the next run left another result"
}

prepare_baseline() { cp old.baseline known && rm -f .known*; }
judge_baseline() {
    cmp -s known old.baseline || cmp -s known new.baseline || wrong "neither the older baseline nor the new one"
    "$NEARDUP" check in --no-config --baseline known --update-baseline -q > out.log 2>&1 || wrong "the next check: $(head -n 1 out.log)"
    cmp -s known new.baseline || wrong "the next check wrote another baseline"
}

moment='' good='' interrupted=0
for job in new force baseline; do
    case $job in
    new) command=("$NEARDUP" dedup in -o out -q) ;;
    force) command=("$NEARDUP" dedup in -o out -q --force) ;;
    baseline) command=("$NEARDUP" check in --no-config --baseline known --update-baseline -q) ;;
    esac
    prepare_$job
    measure "${command[@]}"
    all=$calls
    prepare_$job
    KILL_KIND=rename measure "${command[@]}"
    for ((n = 0; n < (kills + 2) / 3; n++)); do
        good=yes
        prepare_$job
        strike "$all" "$calls" "$takes" "${command[@]}"
        judge_$job
        [ "$(leftovers)" = 0 ] || wrong "left: $(find . -mindepth 1 -name '.*' | head -n 3 | paste -sd' ')"
        if [ $good = yes ]; then passed=$((passed + 1)); fi
    done
    echo "$job: $all calls that change files, $calls of them names"
done
echo "killed ${seen[137]:-0}, ended before ${seen[0]:-0}; $interrupted while files were put in place"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
