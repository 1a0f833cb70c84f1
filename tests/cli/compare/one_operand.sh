# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Two are needed.
neardup compare a.txt
