#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The cost of a document in corpora that consist of one mass: near-identical pages, exact copies, pages of one template that are
# not similar enough, one-document files. The cost of a document must not grow with the size of the mass.
#
#   bench/mass.sh BUILD [small] [large]      100000 and 1000000 documents; files: a tenth of that
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
small=${2:-100000}
large=${3:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

corpus() # kind, documents
{
    awk -v kind="$1" -v n="$2" 'BEGIN {
        srand(1)
        for (w = 0; w < 60; w++) base = base " w" int(rand() * 5000)
        for (i = 0; i < n; i++) {
            tail = kind == "copies" ? " end" : " end" i
            if (kind == "template") for (w = 0; w < 40; w++) tail = tail " u" int(rand() * 1000000)
            print "{\"id\":" i ",\"text\":\"" base tail "\"}"
        }
    }'
}

one_document_files() # documents
{
    corpus near "$1" | split -a 4 -l 1000 - "$work/part-"
    rm -rf "$work/corpus"
    mkdir "$work/corpus"
    for part in "$work"/part-*; do
        mkdir "$work/corpus/${part##*-}"
        split -a 3 -l 1 --additional-suffix=.jsonl "$part" "$work/corpus/${part##*-}/"
        rm "$part"
    done
}

run() # kind, documents, options...
{
    local kind=$1 documents=$2 seconds
    shift 2
    rm -rf "$work/out"
    "$build/neardup" dedup "$work/corpus"* -o "$work/out" -q "$@"
    seconds=$(jq .run.seconds.total "$work/out/summary.json")
    awk -v k="$kind" -v n="$documents" -v s="$seconds" -v c="$(jq .run.candidates "$work/out/summary.json")" \
        -v m="$(jq .run.peak_memory_bytes "$work/out/summary.json")" -v o="$*" \
        'BEGIN { printf "| %s | %s | %d | %.1f | %.2f | %.0f |\n", k, o, n, s / n * 1e6, c / n, m / n }'
}

echo "| corpus | options | documents | us each | pairs verified each | bytes of memory each |"
echo "|---|---|---|---|---|---|"
for kind in near copies template; do
    for documents in "$small" "$large"; do
        # A thousand comparisons a document at most: a tenth is enough to see it.
        [ $kind != template ] || documents=$((documents / 10))
        corpus $kind "$documents" > "$work/corpus.jsonl"
        run $kind "$documents"
        [ $kind = template ] || run $kind "$documents" --memory 700M
    done
done
rm "$work/corpus.jsonl"
for documents in $((small / 10)) $((large / 10)); do
    one_document_files "$documents"
    run files "$documents"
    run files "$documents" --memory 200M
done
