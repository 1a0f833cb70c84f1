# SPDX-License-Identifier: MIT
# shellcheck shell=bash
try() { neardup check . "$@"; echo "$? $*"; }
try --max-exact many
try --max-exact -1
try --max-duplicate-rate 0.01
try --max-duplicate-rate 101%
try --max-duplicate-rate %
try --max-duplicate-rate 1e2%
try --max-duplicate-rate=-1%
try --max-new 0
try --max-leak 0
try --max-reference 0
try --update-baseline
try --unit document --max-repetition 1%
try --unit paragraph --max-exact 1
try --rate-of words
neardup check
echo $?
