# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# NEARDUP_CPU is checked.
NEARDUP_CPU=sse9 neardup find x
