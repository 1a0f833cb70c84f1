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
# b2 is a1 in capitals with a space at the end: an exact duplicate.
corpus() {
    { record a1 "$(words 1 40)"; record a2 "$(words 101 140)"; } > part-0.jsonl
    {
        record b1 "$(words 1 39) other"
        record b2 "$(words 1 40 | tr '[:lower:]' '[:upper:]') "
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

# A file system of its own of the given size, mounted at a folder until the case ends.
small_disk() { # folder, KiB
    mkdir -p "$1"
    [ "$(id -u)" -eq 0 ] || skip "needs root for a small file system"
    mount -t tmpfs -o "size=$2k" tmpfs "$1" 2> /dev/null || skip "cannot mount a small file system"
    # shellcheck disable=SC2064 # the folder is known now
    trap "cd /; umount '$PWD/$1'" EXIT
}

# An article as it comes out of a web page: a summary that is cut off, a credit that appears three times, an opening that
# appears twice with two kinds of apostrophes, and a notice before and after it.
article() {
    cat << 'END'
Lighthouse keepers hand over the last lamp on the northern coast

The keepers of Grey Point say goodbye to the lamp that has turned above the village since 1894. "It's the quiet that will be hard," said Anna Holm, who climbed the stairs every evening for thirty ...

We use cookies to remember your choices and to count our visitors. Read our cookie policy.

By Jonas Reed, our correspondent on the coast
Photo: Harbour Museum
Photo: Harbour Museum
PHOTO: Harbour Museum

The keepers of Grey Point say goodbye to the lamp that has turned above the village since 1894.

"It's the quiet that will be hard," said Anna Holm, who climbed the stairs every evening for thirty years and knows each step by its sound. "A machine does not sing while it works."

"It’s the quiet that will be hard," said Anna Holm, who climbed the stairs every evening for thirty years and knows each step by its sound. "A machine does not sing while it works."

From October a small computer in the basement will watch the light, the fog horn and the weather instruments. The coast guard expects it to save two boat trips a week.

More news

The tower itself stays open to visitors on Sundays, and the harbour museum will show the old lens.

More news

We use cookies to remember your choices, and to count our visitors. Read our cookie policy!
END
}

# Three pages of one site and two of another, with paragraphs that repeat: page N is {"id", "site", "text"}.
pages() {
    local notice='This site is run by volunteers who answer every letter they get within a week.'
    page() { # id, site, paragraph...
        local id=$1 site=$2
        shift 2
        printf '{"id":"%s","site":"%s","text":"%s' "$id" "$site" "$1"
        shift
        printf '\\n\\n%s' "$@"
        printf '"}\n'
    }
    page p1 a.example 'Home' "$(words 1 20)" "$notice"
    page p2 a.example 'Home' "$(words 101 120)" "$(words 1 20)" "$notice"
    page p3 a.example 'Home' "$(words 1 19) other" "$notice"
    page p4 b.example 'Start' "$(words 201 220)" "$(words 201 220)" "$notice"
    page p5 b.example 'Start' "$(words 1 20)"
}

# Decisions on paragraphs, one a line: id, bytes, reason, score, id and bytes of the keeper.
verdicts() {
    jq -r '[.id // .file, (.bytes // [] | join("-")), .reason, .jaccard // .containment // "",
            (.keeper | if . then "\(.id // .file) \(.bytes // [] | join("-"))" else "-" end)] | join(" ")' "$@"
}

# A check without its advice, and its exit status.
verdict() {
    neardup check "$@" | sed '/^What to do/,$d'
    echo "exit ${PIPESTATUS[0]}"
}

# Runs a command on a terminal of the given width, and prints what is seen there, without lines of progress.
on_terminal() { # columns, command
    command -v script > /dev/null || skip "no program 'script' for a terminal"
    script -qec "stty cols $1; $2" typescript < /dev/null | sed -E 's/\r[^\r\n]*\x1b\[K//g' | tr -d '\r'
}

# Sends a signal to a process that is in the middle of its work: it has set up its handlers, and had some time.
interrupt_running() { # signal, pid
    local caught=0 bit=$((1 << ($(kill -l "$1") - 1)))
    until [ $((caught & bit)) != 0 ]; do
        kill -0 "$2" || return
        sleep 0.02
        caught=0x$(sed -n 's/^SigCgt:[[:blank:]]*//p' "/proc/$2/status")
    done
    sleep 0.5
    kill -"$1" "$2"
}

# Standard input to standard output, with the tool of a codec: pack gz|zst|bz2|xz|lzma|lz4|br
pack() {
    case $1 in
    gz) gzip -n ;;
    zst) zstd -q ;;
    bz2) bzip2 ;;
    xz) xz ;;
    lzma) xz --format=lzma ;;
    lz4) lz4 -q -c - ;;
    br) brotli -c - ;;
    esac
}

unpack() {
    case $1 in
    gz) gzip -d ;;
    zst) zstd -q -d ;;
    bz2) bzip2 -d ;;
    xz) xz -d ;;
    lzma) xz --format=lzma -d ;;
    lz4) lz4 -q -d -c - ;;
    br) brotli -d -c - ;;
    esac
}

# What compresses to next to nothing, and quickly.
pack_fast() {
    case $1 in
    zst) zstd -q ;;
    xz) xz -1 ;;
    br) brotli -q 5 -c - ;;
    esac
}
