# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Standard output may be closed.
neardup version >&-
