# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# help for what is not there
neardup help dedpu
