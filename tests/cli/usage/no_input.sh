# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Inputs are never guessed.
neardup find < /dev/null
