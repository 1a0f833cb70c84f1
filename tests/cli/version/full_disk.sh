# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Standard output that cannot be written is an error.
neardup version > /dev/full
