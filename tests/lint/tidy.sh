#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-tidy over the C sources, with the checks of .clang-tidy: no finding is accepted.
#
#   TIDY_DEPTH=deep    let the analyser follow calls and paths as far as it does by default: 4 times as long
set -euo pipefail
cd "$(dirname "$0")/../.."

flags="-std=c17 -Iinclude -Isrc -Ibench -pthread $(pkg-config --cflags libzstd zlib libutf8proc libxxhash libisal nettle)"
[ "${TIDY_DEPTH:-shallow}" = deep ] || flags+=" -Xclang -analyzer-config -Xclang mode=shallow"
tidy=$(command -v clang-tidy-14 || echo clang-tidy)
export flags tidy
# shellcheck disable=SC2016 # expanded by the inner shell, where $flags is several words
find src bench examples -name '*.c' ! -name '*_neon.c' -print0 | sort -z |
    xargs -0 -n 4 -P "$(nproc)" bash -c '"$tidy" --quiet --warnings-as-errors="*" "$@" -- $flags' tidy 2>&1 |
    { grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter|^$' || true; }
