# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The nearest option is named.
neardup find --treshold 0.5 x
