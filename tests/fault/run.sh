#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes single calls of small runs fail: tests/fault/faults.py says how.
exec /usr/bin/python3 -B "$(dirname "$0")/faults.py" "$@"
