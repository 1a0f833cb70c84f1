# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# There is one standard input.
neardup compare - -
