# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The nearest command is named.
neardup dedpu x
