# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No line is wider than the terminal.
for command in dedup find compare plan version help; do
    COLUMNS=70 neardup $command --help | awk -v c=$command 'length($0) > 70 && !/^ +(neardup|cat|zcat|source) / && !/^usage/ { print c ": " $0 }'
done
