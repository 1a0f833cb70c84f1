#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the Criterion tests of a build for another machine in qemu, and compares what its program writes with what the one
# of this machine writes: the same bytes, with the kernels of either machine and without any. Ends with `N passed, N failed`.
#
#   tests/arm64.sh BUILD BUILD-ARM64
#
#   TEST_GROUPS="diff unit"     of the Criterion programs, those of these folders
set -euo pipefail
cd "$(dirname "$0")/.."
here=$(realpath "${1:?usage: tests/arm64.sh BUILD BUILD-ARM64}")/neardup
there=$(realpath "${2:?usage: tests/arm64.sh BUILD BUILD-ARM64}")
emulated=(qemu-aarch64 -L "$there/sysroot" "$there/neardup")
passed=0
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Decisions, clusters and texts; summary.json names the kernels, the times and the folder.
same() # options...
{
    rm -rf "${folder:?}"/*
    "$here" dedup "$@" -o "$folder/here" --force -q
    NEARDUP_CPU=$cpu "${emulated[@]}" dedup "$@" -o "$folder/there" --force -q
    if diff -r --exclude summary.json "$folder/here" "$folder/there" > "$folder/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  neardup dedup $* with NEARDUP_CPU=$cpu writes something else on the other machine"
        head -n 20 "$folder/log"
    fi
}

if ! "${emulated[@]}" --version > /dev/null; then
    echo "qemu cannot run $there/neardup"
    exit 1
fi
text=(README.md CHANGELOG.md doc src tests/data --input-format file)
for cpu in scalar neon; do
    same "${text[@]}"
    same "${text[@]}" --unit paragraph
    same "${text[@]}" --method simhash
    same "${text[@]}" --tokens char --ngram 8 -j 3
done
echo "$passed passed, $failed failed: the same bytes from both programs"

RUN_TEST="qemu-aarch64 -L $there/sysroot" TEST_GROUPS=${TEST_GROUPS:-diff unit} tests/run.sh "$there" criterion | tee "$folder/tests" || true
[[ $(tail -n 1 "$folder/tests") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { echo "no test ran" && exit 1; }
passed=$((passed + BASH_REMATCH[1]))
failed=$((failed + BASH_REMATCH[2]))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
