# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A folder is not a text.
mkdir d; neardup compare d /dev/null
