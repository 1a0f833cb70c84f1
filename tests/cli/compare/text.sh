# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For people.
. "$CASES/lib.sh"
words 1 40 > a.txt
{ echo; echo; words 1 39 | tr ' ' '\n'; echo 'and then other things'; } > b.txt
neardup compare a.txt - < b.txt
