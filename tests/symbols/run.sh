#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the libraries define and use: every global of the archive has our prefix, the shared library exports exactly the
# functions of the public header, and no library code prints, exits or reads the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}

passed=0
failed=0
expect_empty() # what, text
{
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'failed: %s:\n%s\n' "$1" "$2"
    fi
}

# Mangled names (_Z...) belong to the C++ file and stay inside the shared library.
defined=$(nm -g --defined-only "$BUILD/libneardup.a" 2> /dev/null | awk 'NF == 3 && $2 ~ /[TDBRC]/ { print $3 }')
expect_empty "globals without the prefix ndup_ or neardup_" \
    "$(grep -vE '^(neardup|ndup)_|^_Z' <<< "$defined" || true)"

exported=$(nm -D --defined-only "$BUILD/libneardup.so" | awk '$2 ~ /[A-Z]/ { print $3 }' | sed 's/@.*//' |
    { grep -v '^NEARDUP_1$' || true; } | sort)
declared=$(grep -ohE '\bneardup_[a-z0-9_]+\(' include/neardup.h include/neardup_run.h | tr -d '(' | sort -u)
expect_empty "exported but not declared in the public headers, or the other way round" \
    "$(comm -3 <(echo "$exported") <(echo "$declared"))"

soname=$(readelf -d "$BUILD/libneardup.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
expect_empty "SONAME" "$([ "$soname" = libneardup.so.1 ] || echo "$soname")"

# C objects only: the C++ run time brings what it brings.
used=$(for source in src/*/*.c; do
    object=$BUILD/obj/${source%.c}.o
    case $source in src/term/* | src/report/* | src/check/* | src/cli/*) continue ;; esac
    nm -u "$object" | awk -v o="$source" '{ print $2, "(" o ")" }'
done | sort -u)
forbidden='printf|vprintf|fprintf|vfprintf|puts|putchar|fputs|fputc|perror|psignal|stdout|stderr|exit|_exit|_Exit|abort'
forbidden="$forbidden|quick_exit|getenv|secure_getenv|setenv|putenv|environ|signal|sigaction|__printf_chk|__fprintf_chk"
forbidden="$forbidden|__vfprintf_chk|error|err|warn|warnx|rand|srand|random|setlocale"
inherited="environ (src/base/process.c)" # programs that we run get the environment of ours
expect_empty "library code that prints, exits, or touches process-wide state" \
    "$(grep -E "^($forbidden) " <<< "$used" | grep -vFx "$inherited" || true)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
