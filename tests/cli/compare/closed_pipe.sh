# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A reader that leaves is no error.
seq 1 20000 > a.txt
neardup compare a.txt a.txt -v --format json | head -c 1 > /dev/null
echo "${PIPESTATUS[0]}"
