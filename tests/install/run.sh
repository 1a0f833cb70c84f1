#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs into a fresh folder, builds the example against what was installed, through pkg-config only, with the
# shared and with the static library, runs it, and uninstalls.
set -euo pipefail
cd "$(dirname "$0")/../.."

passed=0
failed=0
check() # what, command...
{
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what: $*"
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/usr
# Of the environment of the tests BUILD would make other names of the same files, and so the program anew.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD
make -s install PREFIX="$prefix" DESTDIR= > "$work/log" 2>&1 || { cat "$work/log"; echo "0 passed, 1 failed"; exit 1; }

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
cc=${CC:-cc}
shared=$(pkg-config --cflags --libs neardup)
static="$(pkg-config --cflags neardup) $prefix/lib/libneardup.a $(pkg-config --static --libs-only-l neardup | sed 's/-lneardup//')"
header=$(sed -n 's/^#define NEARDUP_VERSION  *"\(.*\)"/\1/p' include/neardup.h)

corpus=$work/three.jsonl
printf '%s\n' '{"id":"a","text":"the quick brown fox jumps over the lazy dog in the park"}' \
    '{"id":"b","text":"something else entirely, with words of its own and no more"}' \
    '{"id":"c","text":"The quick brown fox jumps over the lazy dog, in the park!"}' > "$corpus"

# Builds an example with either library, runs it, and looks for a line in its output.
# shellcheck disable=SC2086 # flags are several words
example() # name, expected line, arguments...
{
    local name=$1 line=$2
    shift 2
    check "build $name (shared)" $cc -std=c17 -Wall -Wextra -Werror "examples/$name.c" $shared -o "$work/$name.shared"
    check "build $name (static)" $cc -std=c17 -Wall -Wextra -Werror "examples/$name.c" $static -o "$work/$name.static"
    check "run $name (shared)" env LD_LIBRARY_PATH="$prefix/lib" "$work/$name.shared" "$@" > "$work/out.shared"
    check "run $name (static)" "$work/$name.static" "$@" > "$work/out.static"
    check "$name: same output" cmp "$work/out.shared" "$work/out.static"
    check "$name: expected output" grep -qF "$line" "$work/out.static"
}
check "pkg-config version" test "$(pkg-config --modversion neardup)" = "$header"
check "the installed program runs" "$prefix/bin/neardup" version > /dev/null
# shellcheck disable=SC2016 # bash expands it
check "bash completes commands" test "$(bash -c '. "$1" && COMP_WORDS=(neardup ded) COMP_CWORD=1 && _neardup && echo "${COMPREPLY[*]}"' - \
    "$prefix/share/bash-completion/completions/neardup")" = dedup
check "zsh finds the completion" test "$(head -n 1 "$prefix/share/zsh/site-functions/_neardup")" = "#compdef neardup"
check "fish completes options" grep -q -- "-l max-copies" "$prefix/share/fish/vendor_completions.d/neardup.fish"
if command -v zsh > /dev/null; then
    check "zsh reads the completion" zsh -f -n "$prefix/share/zsh/site-functions/_neardup"
fi
if command -v fish > /dev/null; then
    check "fish reads the completion" fish --no-execute "$prefix/share/fish/vendor_completions.d/neardup.fish"
fi
example sketch '"c" duplicates "a"' "$corpus"
example texts 'shared: to discuss the new bridge over the river near the old mill'
example sketches 'texts 1 and 2: estimated Jaccard 0.6' "$work/sketches.bin"
example decide 'document 1 is removed: similarity 0.93 to 0, cluster 1'
example memory 'd duplicates a (Jaccard 0.917)'
example job '"c" duplicates "a"' "$corpus"

# Programs that were compiled against the first header with this ABI, and against headers that are made to look newer, run
# with the library as it is now.
# shellcheck disable=SC2086 # flags are several words
abi() # name, folder of headers, flags...
{
    local name=$1 headers=$2
    shift 2
    check "build against $name headers" $cc -std=c17 -Wall -Wextra -Werror -I"$headers" "$@" tests/abi/program.c \
        -L"$prefix/lib" -lneardup -o "$work/abi"
    check "run a program of $name headers" env LD_LIBRARY_PATH="$prefix/lib" "$work/abi"
}
abi "0.2" tests/abi/0.2
abi "today's" include
mkdir "$work/newer"
sed 's/^#define NEARDUP_VERSION_NUMBER.*/#define NEARDUP_VERSION_NUMBER 999999/' include/neardup.h > "$work/newer/neardup.h"
sed -e 's/^} neardup_job_options;/    uint64_t future;\n&/' \
    -e 's/^} neardup_callbacks;/    bool (*future)(void *context, const neardup_cluster *cluster);\n&/' \
    include/neardup_run.h > "$work/newer/neardup_run.h"
abi "newer" "$work/newer" -DFUTURE

make -s uninstall PREFIX="$prefix" DESTDIR= > "$work/log" 2>&1
check "nothing is left after uninstall" test -z "$(find "$prefix" -type f -o -type l)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
