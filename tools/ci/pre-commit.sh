#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The hook of .pre-commit-hooks.yaml: runs neardup check with its arguments, and gets neardup first if there is none.
set -euo pipefail
program=$("$(dirname "$0")/provide.sh")
exec "$program" check "$@"
