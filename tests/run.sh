#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs what `make tests` has built and sums up: the last line is `N passed, N failed`.
#
#   tests/run.sh BUILD [suite...]      all suites, or some of: fault page e2e reports cli criterion fuzz kill install readme csv
#                                      gitignore symbols; the longest come first
#
#   TEST_GROUPS="unit prop"            of the Criterion programs, only those of these folders under tests/
#   RUN_TEST="qemu-aarch64 -L DIR"     the Criterion programs are run by this: they are for another machine
#   TEST_JOBS=1                        number of programs and suites that run at the same time (2)
#
# The runners of suites get the program in $NEARDUP, the folder of the build in $BUILD, and end with a line
# `N passed, N failed` of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?usage: tests/run.sh BUILD [suite...]}
shift
suites=${*:-fault page e2e reports cli criterion fuzz kill install readme csv gitignore symbols}
BUILD=$(realpath "$build")
NEARDUP=$BUILD/neardup
export BUILD NEARDUP
# Fresh memory is never zero by luck. Where very many small runs are made, the library of tests/fault sees to that: it is
# cheaper. Sanitizers fill memory themselves.
export MALLOC_PERTURB_=${MALLOC_PERTURB_:-165}
fresh=()
if [ -e "$BUILD/tests/fault/libfault.so" ]; then fresh=(env MALLOC_PERTURB_=0 LD_PRELOAD="$BUILD/tests/fault/libfault.so"); fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:allocator_may_return_null=1}

TEST_JOBS=${TEST_JOBS:-2}
read -ra run_test <<< "${RUN_TEST:-}"
passed=0
failed=0
skipped=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Runs a task and leaves its verdict in FILE: name, passed, failed, seconds, seconds of CPU time (which does not depend on
# what else the machine does).
task() # file, name, pattern of the line that counts, command...
{
    local file=$1 name=$2 pattern=$3 status=0 good=0 bad=0 line real user system TIMEFORMAT='%0R %U %S'
    shift 3
    { time "$@" > "$file.log" 2>&1 < /dev/null; } 2> "$file.time" || status=$?
    read -r real user system < <(tail -n 1 "$file.time")
    line=$(sed 's/\x1b\[[0-9;]*m//g' "$file.log" | grep -aE "$pattern" | tail -n 1) || true
    if [[ $line =~ ^.*Passing:\ ([0-9]+).*Failing:\ ([0-9]+) ]] || [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        good=${BASH_REMATCH[1]}
        bad=${BASH_REMATCH[2]}
    fi
    # What ended badly without naming a failed test has failed as a whole.
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ -z "$line" ] && [ "$bad" = 0 ]; then bad=1; fi
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$good" "$bad" "$real" "$(awk "BEGIN { printf \"%.1f\", $user + $system }")" > "$file"
}

# Prints the results of finished tasks, and counts them.
report()
{
    local file name good bad seconds cpu word
    for file in "$logs"/*.running; do
        if ! [ -e "$file" ] || ! [ -e "${file%.running}" ]; then continue; fi
        IFS=$'\t' read -r name good bad seconds cpu < "${file%.running}"
        rm "$file"
        passed=$((passed + good))
        failed=$((failed + bad))
        word=ok
        [ "$bad" = 0 ] || word=FAILED
        printf '%-6s  %-34s %4d passed, %d failed  (%s s, CPU %s s)\n' "$word" "$name" "$good" "$bad" "$seconds" "$cpu"
        if [ "$bad" != 0 ]; then sed 's/^/    /' "${file%.running}.log" | tail -n 80; fi
        # Skipped tests are listed even if all others passed.
        skipped=$((skipped + $(grep -ac '^SKIPPED' "${file%.running}.log" || true)))
        if [ "$bad" = 0 ]; then grep -a '^SKIPPED' "${file%.running}.log" | sed 's/^/        /' || true; fi
    done
}

# Begins a task as soon as fewer than TEST_JOBS are running.
begun=0
begin() # name, pattern, command...
{
    while [ "$(jobs -rp | wc -l)" -ge "$TEST_JOBS" ]; do
        wait -n || true
        report
    done
    begun=$((begun + 1))
    local file
    file=$logs/$(printf '%04d' "$begun")
    touch "$file.running"
    task "$file" "$@" &
}

criterion_program() # path
{
    begin "${1#"$BUILD"/tests/}" 'Synthesis:' timeout 3600 "${fresh[@]}" "${run_test[@]}" "$1" --short-filename
}

runner() # name, command...
{
    local name=$1
    shift
    begin "$name" '^[0-9]+ passed, [0-9]+ failed' "$@"
}

# The programs that belong to today's sources; what older sources left in the folder does not count.
built() # glob of sources
{
    local source
    for source in $1; do
        [ -e "$source" ] && echo "$BUILD/${source%.c}"
    done
}

for suite in $suites; do
    case $suite in
    criterion)
        for group in ${TEST_GROUPS:-tests/*/}; do
            group=$(basename "$group")
            for program in $(built "tests/$group/test_*.c"); do criterion_program "$program"; done
        done
        ;;
    fuzz)
        for program in $(built 'tests/fuzz/fuzz_*.c'); do
            runner "fuzz replay ${program##*/}" tests/fuzz.sh --replay "$program"
        done
        ;;
    *)
        script=tests/$suite/run.sh
        around=()
        case $suite in cli | fault) around=("${fresh[@]}") ;; esac
        if [ -x "$script" ]; then runner "$suite" "${around[@]}" "$script"; else echo "no $script: skipped"; fi
        ;;
    esac
done

wait
report
if [ $((passed + failed)) = 0 ]; then
    echo "no test ran"
    failed=1
fi
echo
if [ "$skipped" != 0 ]; then echo "$skipped skipped: the lines SKIPPED above say why"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
