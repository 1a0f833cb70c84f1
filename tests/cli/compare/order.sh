# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What stands in one text only is told in its order, also where only the largest pieces are.
. "$CASES/lib.sh"
{ words 1 20; words 21 40; words 41 60; words 61 80; words 81 100; words 101 120; words 121 140; } > a.txt
{
    words 1 20; echo "a small one"; words 21 40; echo "another, somewhat larger one"; words 41 60; echo "x"
    words 61 80; echo "the largest one of all that are here"; words 81 100; echo "one more"; words 101 120
    echo "and the last but one"; words 121 140
} > b.txt
neardup compare a.txt b.txt | sed -n '/^only in b/,$p'
