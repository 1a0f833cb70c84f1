# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the slots cannot do is said.
neardup plan --threshold 0.9 --recall 0.999999 --slots 2 --rows 2; s=$?; neardup plan --threshold 0.1; exit $s
