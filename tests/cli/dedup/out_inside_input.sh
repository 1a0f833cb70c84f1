# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# An output folder inside the input is not read, nor is it a second time.
. "$CASES/lib.sh"
mkdir in; cd in || exit; corpus; cd ..
neardup dedup in -o in/out -q
neardup dedup in -o in/out -q --force
neardup dedup in -o in/out --force 2>&1 | grep 'left out'
find in -type f | sort
counts in/out/summary.json files documents
