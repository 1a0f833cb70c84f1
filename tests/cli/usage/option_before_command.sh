# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options belong behind the command.
neardup --threshold 0.5 find x
