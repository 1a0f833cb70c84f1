# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# SIGTERM: temporary files are removed, and the program ends by the signal.
. "$CASES/lib.sh"
mkdir scratch
# Endless input, so that the run is still going when the signal comes.
while :; do record "$RANDOM" "$(words 1 400)"; done |
    timeout --preserve-status -s TERM 1 neardup dedup - -o out --scratch scratch
echo "${PIPESTATUS[1]}"
find . -type f; ls
