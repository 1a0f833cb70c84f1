# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is compared is not replaced, not even with --force.
. "$CASES/lib.sh"
words 1 40 > a.txt
words 1 39 > b.txt
ln -s b.txt link
for file in a.txt ./b.txt link; do
    neardup compare a.txt b.txt --format html -o $file --force
    echo $?
done
wc -w a.txt b.txt
