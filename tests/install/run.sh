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

# shellcheck disable=SC2086 # flags are several words
example()
{
    check "pkg-config version" test "$(pkg-config --modversion neardup)" = "$header"
    check "build with the shared library" $cc -std=c17 -Wall -Wextra -Werror examples/sketch.c $shared -o "$work/shared"
    check "build with the static library" $cc -std=c17 -Wall -Wextra -Werror examples/sketch.c $static -o "$work/static"
    printf '%s\n' '{"id":"a","text":"the quick brown fox jumps over the lazy dog in the park"}' \
        '{"id":"b","text":"something else entirely, with words of its own and no more"}' \
        '{"id":"c","text":"The quick brown fox jumps over the lazy dog, in the park!"}' > "$work/three.jsonl"
    check "run (shared)" env LD_LIBRARY_PATH="$prefix/lib" "$work/shared" "$work/three.jsonl" > "$work/out.shared"
    check "run (static)" "$work/static" "$work/three.jsonl" > "$work/out.static"
    check "same output" cmp "$work/out.shared" "$work/out.static"
    check "the duplicate is found" grep -q '"c" duplicates "a"' "$work/out.static"
    check "the installed program runs" "$prefix/bin/neardup" version > /dev/null
}
example

make -s uninstall PREFIX="$prefix" DESTDIR= > "$work/log" 2>&1
check "nothing is left after uninstall" test -z "$(find "$prefix" -type f -o -type l)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
