#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-tidy over the C sources, with the checks of .clang-tidy: no finding is accepted.
set -euo pipefail
cd "$(dirname "$0")/../.."

flags="-std=c17 -Iinclude -Isrc -Ibench -pthread $(pkg-config --cflags libzstd zlib libutf8proc libxxhash libisal nettle)"
tidy=$(command -v clang-tidy-14 || echo clang-tidy)
export flags tidy
# shellcheck disable=SC2016 # expanded by the inner shell, where $flags is several words
find src bench examples -name '*.c' ! -name '*_neon.c' -print0 | sort -z |
    xargs -0 -n 4 -P "$(nproc)" bash -c '"$tidy" --quiet --warnings-as-errors="*" "$@" -- $flags' tidy 2>&1 |
    { grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter|^$' || true; }
