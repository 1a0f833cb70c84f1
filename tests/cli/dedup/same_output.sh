# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Byte for byte the same for any threads, instruction set and memory.
. "$CASES/lib.sh"
corpus
for i in $(seq 1 300); do record "c$i" "$(words $((i * 7)) $((i * 7 + 50)))"; done > part-2.jsonl
run() { neardup dedup part-?.jsonl -o "out-$1" -q "${@:2}" && cat out-"$1"/*.jsonl | cksum; }
{
    run a; run b --threads 1; run c --threads 3; run d --memory 300M
    NEARDUP_CPU=scalar run e; NEARDUP_CPU=avx2 run f
} | sort -u | wc -l
