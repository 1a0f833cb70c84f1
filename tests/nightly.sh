#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything that takes too long for each commit. Each step goes on where another one has failed; the last line is
# `N passed, N failed`, of steps.
#
#   NIGHTLY="faults attack"   only these steps     ATTACK_MINUTES=30   KILLS=1000   FUZZ_SECONDS=60
#   MUTANTS=200
set -euo pipefail
cd "$(dirname "$0")/.."

steps=${NIGHTLY:-full oracles python faults kills attack fuzz tidy coverage mutants}
day=$(date +%Y%m%d)
passed=0
failed=0

step() # name, command...
{
    local name=$1 start=$SECONDS verdict=ok
    shift
    case " $steps " in *" $name "*) ;; *) return 0 ;; esac
    printf '\n=== %s: %s\n' "$name" "$*"
    if "$@" < /dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        verdict=FAILED
    fi
    echo "=== $name: $verdict, $((SECONDS - start)) s"
}

# The other tests run under AddressSanitizer in .ci/run.
oracles()
{
    make MODE=asan tests && TEST_GROUPS=oracle tests/run.sh build-asan criterion
}

python_package()
{
    make python && tests/python_asan.sh
}

echo "seed of today: $day"
tools/setup build test lint
make tests
step full env TEST_FULL=1 tests/run.sh build criterion
step oracles oracles
step python python_package
step faults tests/fault/run.sh --all
step kills env KILLS="${KILLS:-1000}" tests/kill/run.sh
step attack make attack ATTACK_MINUTES="${ATTACK_MINUTES:-30}" ATTACK_SEED="$day"
step fuzz make fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
step tidy env TIDY_DEPTH=deep tests/lint/run.sh build tidy
step coverage make coverage
step mutants make mutants MUTANTS="--seed $day --count ${MUTANTS:-200} --cli"

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
