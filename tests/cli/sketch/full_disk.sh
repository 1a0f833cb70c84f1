# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What cannot be written is an error, and says why.
. "$CASES/lib.sh"

corpus
neardup sketch . --method simhash -q > /dev/full
