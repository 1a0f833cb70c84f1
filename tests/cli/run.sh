#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the cases of the program: tests/cli/cases.py says what a case is.
#
#   tests/cli/run.sh [--update] [--program build/neardup] [-v] [--jobs N] [PART OF A NAME]...
exec /usr/bin/python3 -B "$(dirname "$0")/cases.py" "$@"
