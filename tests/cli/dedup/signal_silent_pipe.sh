# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The first signal ends a run that waits for a pipe which says nothing, and nothing is left behind.
mkfifo pipe
exec 9<> pipe # keeps it open
timeout --preserve-status -s INT -k 10 0.5 neardup dedup - -o out < pipe
echo "status $?"
ls
