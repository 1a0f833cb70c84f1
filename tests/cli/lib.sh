# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the cases share: . "$CASES/lib.sh"

# Text of the words with these numbers: 40 of them are 36 shingles of five.
words() {
    seq -f 'word%g' -s ' ' "$1" "$2"
}

record() { # id, text
    printf '{"id":"%s","text":"%s"}\n' "$1" "$2"
}

# Records without duplicates, quickly made and hard to compress.
random_records() { # count
    awk -v n="$1" 'BEGIN {
        srand(7)
        for (i = 1; i <= n; i++) {
            printf "{\"id\":\"c%d\",\"text\":\"", i
            for (j = 0; j < 9; j++) printf "%d ", rand() * 1000000
            print "\"}"
        }
    }'
}

# Two files, five documents. b1 differs from a1 in the last word: 35 of 37 shingles are shared, Jaccard 0.945945.
# b2 is a1 in capitals with other punctuation: an exact duplicate.
corpus() {
    { record a1 "$(words 1 40)"; record a2 "$(words 101 140)"; } > part-0.jsonl
    {
        record b1 "$(words 1 39) other"
        record b2 "$(words 1 40 | tr 'a-z ' 'A-Z,')."
        record b3 "$(words 201 240)"
    } > part-1.jsonl
}

# Ids of the records on standard input, on one line.
ids() {
    jq -r .id | paste -sd' '
}

# The numbers of a summary: counts summary.json name...
counts() {
    local file=$1
    shift
    for name in "$@"; do
        jq -r --arg name "$name" '"\($name) \([.. | objects | select(has($name)) | .[$name]] | first)"' "$file"
    done
}

skip() { # reason
    echo "$1" >&2
    exit 77
}

# A file system of its own with so many KiB, mounted at a folder until the case ends.
small_disk() { # folder, KiB
    mkdir -p "$1"
    [ "$(id -u)" -eq 0 ] || skip "needs root for a small file system"
    mount -t tmpfs -o "size=$2k" tmpfs "$1" 2> /dev/null || skip "cannot mount a small file system"
    # shellcheck disable=SC2064 # the folder is known now
    trap "cd /; umount '$PWD/$1'" EXIT
}
