#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every header compiles alone, as C; those meant for C++ too (the public one, and what has extern "C"), as C++.
set -euo pipefail
cd "$(dirname "$0")/../.."

flags="-Iinclude -Isrc $(pkg-config --cflags libutf8proc libxxhash simdjson) -fsyntax-only -Wall -Wextra -Werror"
for header in include/*.h src/*/*.h; do
    # Templates are included several times with parameters set; alone they mean nothing.
    case $header in *_tmpl.h | *_template.h) continue ;; esac
    if grep -q 'LINT: not alone' "$header"; then continue; fi
    # shellcheck disable=SC2086 # several flags
    echo "#include \"${header#*/}\"" | ${CC:-cc} $flags -std=c17 -D_GNU_SOURCE -x c -
    if grep -q 'extern "C"' "$header"; then
        # shellcheck disable=SC2086
        echo "#include \"${header#*/}\"" | ${CXX:-c++} $flags -std=c++17 -x c++ -
    fi
done
# A program that knows nothing but the installed header.
for header in neardup neardup_run; do
    echo "#include <$header.h>" | ${CC:-cc} -Iinclude -fsyntax-only -std=c99 -Wall -Wextra -Wpedantic -Werror -x c -
    echo "#include <$header.h>" | ${CXX:-c++} -Iinclude -fsyntax-only -std=c++11 -Wall -Wextra -Wpedantic -Werror -x c++ -
done
