# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No command at all.
neardup
