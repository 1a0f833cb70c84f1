# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The file is named, with the reason.
neardup compare /dev/null gone.txt
