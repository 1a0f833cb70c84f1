# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is about a folder needs one.
neardup find x --force
neardup find x --save ''
neardup find x --save -
neardup dedup x -o - --pairs
neardup find x --group-field site --pairs
exit 2
