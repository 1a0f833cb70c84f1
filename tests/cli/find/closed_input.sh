# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A closed standard input is no empty one.
neardup find - -q <&-
