# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Nothing in, nothing out.
. "$CASES/lib.sh"
mkdir in
neardup dedup in -o out -q; ls out; counts out/summary.json files documents kept
neardup dedup - -o - < /dev/null
neardup find in -q
