#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whole runs of `neardup dedup` on generated corpora with planted duplicates; prints markdown, always with
# recall and precision. Corpora are cached in BUILD/bench/corpora.
#
#   E2E_SIZES="100M 1G"      sizes of the main table (10G on request)
#   E2E_RUNS=5               runs of each row, the median counts; up to 1 GB (larger ones: one)
#   E2E_TABLES="main shapes codecs paragraphs large scale"
#   E2E_MEMORY=SIZE          passed on as --memory
#
# The truth comes from the generator itself (gen_corpus --check builds the documents of every decision again): recall
# is the share of planted duplicates at or above the threshold that were removed, precision the share of decisions
# whose exact Jaccard similarity reaches the threshold and equals the score printed. Kept documents and bytes are
# compared between one thread and two on every row.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

build=${1:-build}
neardup=$build/neardup
gen=$build/bench/gen_corpus
sizes=${E2E_SIZES:-100M 1G}
runs=${E2E_RUNS:-5}
tables=${E2E_TABLES:-main shapes codecs paragraphs large}
threshold=0.7
cache=$build/bench/corpora
out=$build/bench/out
mkdir -p "$cache"
trap 'rm -rf "$out" "$out".1' EXIT
tools/setup --check bench

say()
{
    echo "e2e: $*" >&2
}

median()
{
    sort -g | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'
}

calc() # awk expression
{
    awk "BEGIN { print ($*) }"
}

format() # printf format, awk expression
{
    awk "BEGIN { printf \"$1\", ($2) }"
}

seconds_of() # command...; prints the wall seconds, start of the program included
{
    local begin=$EPOCHREALTIME
    "$@" > /dev/null
    calc "$EPOCHREALTIME - $begin"
}

# Sets $file and $options: the generator's options, needed again for --check.
corpus() # size duplicates mean-words [sentences of a paragraph]
{
    options=(--bytes "$1" --duplicates "$2" --mean-words "$3" --sentences "${4:-8}")
    file=$cache/$1-dup$2-words$3-s${4:-8}.jsonl
    if [ ! -e "$file" ]; then
        say "generating $file"
        "$gen" "${options[@]}" -o "$file.tmp"
        mv "$file.tmp" "$file"
    fi
}

dedup() # threads, input, output folder, more options...
{
    rm -rf "$3"
    "$neardup" dedup "$2" -o "$3" --threshold "$threshold" --threads "$1" -q ${E2E_MEMORY:+--memory "$E2E_MEMORY"} "${@:4}"
}

same_outputs() # label
{
    diff <(cd "$out.1" && find . -type f ! -name summary.json -exec md5sum {} + | sort) \
        <(cd "$out" && find . -type f ! -name summary.json -exec md5sum {} + | sort) > /dev/null ||
        { say "outputs of 1 and 2 threads differ: $1"; exit 1; }
}

median_seconds() # runs, command...
{
    local n=$1 k
    shift
    for ((k = 0; k < n; k++)); do seconds_of "$@"; done | median
}

header()
{
    echo "| corpus | duplicates | words | documents | MB | 1 thread s | 2 threads s | speed-up | GB/s a core |" \
        "GB/s | x md5sum | us a document and core | peak MB | B a document | recall | precision | decisions |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
}

row() # label, duplicates, words, input, the same uncompressed
{
    local label=$1 duplicates=$2 words=$3 input=$4 plain=$5 n=$runs bytes one two md5 check
    bytes=$(stat -c %s "$plain")
    [ "$bytes" -le 2000000000 ] || n=1
    cat "$input" "$plain" > /dev/null
    say "$label: $n runs with 1 and with 2 threads"
    one=$(median_seconds "$n" dedup 1 "$input" "$out.1")
    two=$(median_seconds "$n" dedup 2 "$input" "$out")
    md5=$(median_seconds "$n" md5sum "$plain")
    same_outputs "$label"
    check=$("$gen" "${options[@]}" --threshold "$threshold" --check "$out/decisions.jsonl")
    local documents peak
    documents=$(jq .documents <<< "$check")
    peak=$(jq '[.. | .peak_memory_bytes? // empty] | first' "$out/summary.json")
    printf '| %s | %s %% | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$label" \
        "$(calc "100 * $duplicates")" "$words" "$documents" "$(format %.0f "$bytes / 1e6")" \
        "$(format %.3f "$one")" "$(format %.3f "$two")" "$(format %.2f "$one / $two")" \
        "$(format %.3f "$bytes / 1e9 / $one")" "$(format %.3f "$bytes / 1e9 / $two")" "$(format %.2f "$two / $md5")" \
        "$(format %.2f "$one * 1e6 / $documents")" "$(format %.0f "$peak / 1e6")" \
        "$(format %.0f "$peak > 300e6 ? ($peak - 300e6) / $documents : 0")" \
        "$(jq -r '.recall' <<< "$check")" "$(jq -r '.precision' <<< "$check")" "$(jq -r '.decisions' <<< "$check")"
}

part_header()
{
    echo "| corpus | unit | MB | paragraphs or lines | cut | 1 thread s | 2 threads s | speed-up | GB/s a core |" \
        "x documents | x md5sum | us a paragraph and core | peak MB | B a paragraph |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
}

part_row() # label, unit, input, seconds for whole documents with two threads, seconds of md5sum
{
    local label=$1 unit=$2 input=$3 n=$runs bytes one two parts cut peak
    bytes=$(stat -c %s "$input")
    [ "$bytes" -le 2000000000 ] || n=1
    say "$label $unit: $n runs with 1 and with 2 threads"
    one=$(median_seconds "$n" dedup 1 "$input" "$out.1" --unit "$unit")
    two=$(median_seconds "$n" dedup 2 "$input" "$out" --unit "$unit")
    same_outputs "$label $unit"
    parts=$(jq .parts.parts "$out/summary.json")
    cut=$(jq '.parts | .exact + .near + .contained + .boilerplate' "$out/summary.json")
    peak=$(jq '[.. | .peak_memory_bytes? // empty] | first' "$out/summary.json")
    printf '| %s | %s | %s | %s | %s %% | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$label" "$unit" \
        "$(format %.0f "$bytes / 1e6")" "$parts" "$(format %.1f "100 * $cut / $parts")" \
        "$(format %.3f "$one")" "$(format %.3f "$two")" "$(format %.2f "$one / $two")" \
        "$(format %.3f "$bytes / 1e9 / $one")" "$(format %.2f "$two / $4")" "$(format %.2f "$two / $5")" \
        "$(format %.2f "$one * 1e6 / $parts")" "$(format %.0f "$peak / 1e6")" \
        "$(format %.0f "$peak > 300e6 ? ($peak - 300e6) / $parts : 0")"
}

# Quarters of 110 000 paragraphs: the second is the first, the third has a word changed in every tenth paragraph, and the last
# is new. A search through all pairs takes hours; the e2e suite runs a smaller one, without measuring.
large_document()
{
    local name=$cache/large
    [ ! -e "$name.jsonl" ] || return 0
    say "generating $name.txt and $name.jsonl"
    awk -v quarter=110000 'BEGIN {
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
    }' > "$name.txt"
    { printf '{"text":"'; sed -z 's/\n/\\n/g' "$name.txt"; printf '"}\n'; } > "$name.tmp"
    mv "$name.tmp" "$name.jsonl"
}

large_row() # label, input
{
    local label=$1 input=$2 one two E2E_MEMORY=4G
    cat "$input" > /dev/null
    say "large, $label: $runs runs with 1 and with 2 threads"
    one=$(median_seconds "$runs" dedup 1 "$input" "$out.1" --unit paragraph --within)
    two=$(median_seconds "$runs" dedup 2 "$input" "$out" --unit paragraph --within)
    same_outputs "large $label"
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$label" "$(format %.0f "$(stat -c %s "$input") / 1e6")" \
        "$(jq .parts.parts "$out/summary.json")" \
        "$(jq '.parts | .exact + .near + .contained + .boilerplate' "$out/summary.json")" \
        "$(format %.3f "$one")" "$(format %.3f "$two")" \
        "$(format %.0f "$(jq '[.. | .peak_memory_bytes? // empty] | first' "$out/summary.json") / 1e6")"
}

echo "Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
    "$(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo); $("$neardup" version | head -n 1);" \
    "threshold $threshold; page cache warm; medians of $runs runs."
echo "\"x md5sum\": wall time with two threads over that of md5sum on the same text, uncompressed (below 1: faster than md5sum)."
echo "\"B a document\": peak memory beyond 300 MB, for each document."
echo

for table in $tables; do
    case $table in
    main)
        echo "Sizes, 30 % duplicates, 400 words"
        echo
        header
        for size in $sizes; do
            corpus "$size" 0.3 400
            row "$size" 0.3 400 "$file" "$file"
        done
        ;;
    shapes)
        echo "Duplicate shares and lengths, 100 MB"
        echo
        header
        for words in 40 400 5000; do
            for duplicates in 0 0.3 0.8; do
                corpus 100M $duplicates $words
                row 100M $duplicates $words "$file" "$file"
            done
        done
        ;;
    codecs)
        echo "Compressed, 100 MB, 30 % duplicates, 400 words (MB and GB/s of the uncompressed text)"
        echo
        header
        corpus 100M 0.3 400
        plain=$file
        [ -e "$plain.gz" ] || gzip -k "$plain"
        [ -e "$plain.zst" ] || zstd -q -k "$plain"
        row "100M gzip" 0.3 400 "$plain.gz" "$plain"
        row "100M zstd" 0.3 400 "$plain.zst" "$plain"
        for suffix in .gz .zst; do
            tool=gzip
            [ $suffix = .gz ] || tool=zstd
            seconds=$(median_seconds 3 $tool -dc "$plain$suffix")
            echo "- \`$tool -dc\` alone: $(format %.3f "$(stat -c %s "$plain") / 1e9 / $seconds") GB/s"
        done
        ;;
    paragraphs)
        echo "Paragraphs and lines, 30 % duplicates, 400 words (x documents: over whole documents of the same corpus)"
        echo
        part_header
        for size in $sizes; do
            for sentences in 8 1; do
                corpus "$size" 0.3 400 $sentences
                cat "$file" > /dev/null
                documents=$(median_seconds "$runs" dedup 2 "$file" "$out")
                md5=$(median_seconds "$runs" md5sum "$file")
                for unit in paragraph document,paragraph line; do
                    part_row "$size, $sentences sentences" $unit "$file" "$documents" "$md5"
                done
            done
        done
        ;;
    large)
        echo "One document of 117 MB, as text and as a JSON record, by paragraphs; half of it repeats"
        echo
        echo "| document | MB | paragraphs | cut | 1 thread s | 2 threads s | peak MB |"
        echo "|---|---|---|---|---|---|---|"
        large_document
        large_row text "$cache/large.txt"
        large_row "JSON record" "$cache/large.jsonl"
        ;;
    scale)
        echo "Cost of a document from 10^5 to 10^7 documents, 30 % duplicates, 40 words"
        echo
        header
        for size in 29M 290M 2900M; do
            corpus $size 0.3 40
            row $size 0.3 40 "$file" "$file"
        done
        ;;
    *)
        say "unknown table '$table'"
        exit 2
        ;;
    esac
    echo
done
