#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs what `make tests` has built and sums up: the last line is `N passed, N failed`.
#
<<<<<<< HEAD
#   tests/run.sh BUILD [suite...]      all suites, or some of: criterion cli e2e fuzz install readme symbols fault page
=======
#   tests/run.sh BUILD [suite...]      all suites, or some of: criterion cli e2e fuzz install readme symbols fault reports
>>>>>>> main
#
#   TEST_GROUPS="unit prop"            of the Criterion programs, only those of these folders under tests/
#
# The runners of suites get the program in $NEARDUP, the folder of the build in $BUILD, and end with a line
# `N passed, N failed` of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?usage: tests/run.sh BUILD [suite...]}
shift
<<<<<<< HEAD
suites=${*:-criterion cli e2e fuzz install readme symbols fault page}
=======
suites=${*:-criterion cli e2e fuzz install readme symbols fault reports}
>>>>>>> main
BUILD=$(realpath "$build")
NEARDUP=$BUILD/neardup
export BUILD NEARDUP
# Fresh memory is never zero by luck.
export MALLOC_PERTURB_=${MALLOC_PERTURB_:-165}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1}

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# name, passed, failed, seconds
report()
{
    passed=$((passed + $2))
    failed=$((failed + $3))
    local word=ok
    [ "$3" = 0 ] || word=FAILED
    printf '%-6s  %-34s %4d passed, %d failed  (%s s)\n' "$word" "$1" "$2" "$3" "$4"
}

show_log()
{
    sed 's/^/    /' "$log" | tail -n 80
}

criterion_program() # path
{
    local name=${1#"$BUILD"/tests/} status=0 good=0 bad=0 start=$SECONDS line
    timeout 900 "$1" --short-filename > "$log" 2>&1 < /dev/null || status=$?
    line=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -a 'Synthesis:' | tail -n 1) || true
    if [[ $line =~ Passing:\ ([0-9]+).*Failing:\ ([0-9]+) ]]; then
        good=${BASH_REMATCH[1]}
        bad=${BASH_REMATCH[2]}
    fi
    # A program that ended badly without naming a failed test has failed as a whole.
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ -z "$line" ] && [ "$bad" = 0 ]; then bad=1; fi
    report "$name" "$good" "$bad" $((SECONDS - start))
    if [ "$bad" != 0 ]; then show_log; fi
}

runner() # name, command...
{
    local name=$1 status=0 good=0 bad=0 start=$SECONDS line
    shift
    "$@" > "$log" 2>&1 < /dev/null || status=$?
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || true
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        good=${BASH_REMATCH[1]}
        bad=${BASH_REMATCH[2]}
    fi
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ -z "$line" ] && [ "$bad" = 0 ]; then bad=1; fi
    report "$name" "$good" "$bad" $((SECONDS - start))
    if [ "$bad" != 0 ]; then show_log; fi
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
        if [ -x "$script" ]; then runner "$suite" "$script"; else echo "no $script: skipped"; fi
        ;;
    esac
done

if [ $((passed + failed)) = 0 ]; then
    echo "no test ran"
    failed=1
fi
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
