# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# -h is short, --help has examples; both show defaults.
neardup dedup -h | grep -c .
neardup dedup -h | grep -e '--threshold'
neardup dedup --help | grep -A2 '^Examples'
neardup help dedup > a; neardup dedup --help > b; cmp a b
neardup dedup --help --zebra > c; cmp b c
