# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Where a contained text stands: the advice names a command, on one line, that shows it.
. "$CASES/lib.sh"
{ record a "$(words 501 540)"; record b "$(words 1 300)"; } > A
record t "$(words 101 140)" > B
neardup check --split train=A --split test=B | sed -n '/^What to do/,$p'
neardup compare <(sed -n 1p B | jq -r .text) <(sed -n 2p A | jq -r .text) | grep -A 1 '^shared'
