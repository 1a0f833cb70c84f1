# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Not every command has every option.
neardup find --annotate x
