# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a name holds does not reach the terminal.
neardup compare $'a\e[31m\nb' /dev/null
