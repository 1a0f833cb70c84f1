# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Both spellings.
neardup version
neardup --version
neardup -V
