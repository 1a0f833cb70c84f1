# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# doc/neardup.1 is what the option table gives; mend it with: make man
neardup help --man | diff "$CASES/../../doc/neardup.1" -
