# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# All spellings say the same, on standard output.
neardup help | tee first | grep -o '^  [a-z]*  '
neardup --help | cmp - first
neardup -h | cmp - first
