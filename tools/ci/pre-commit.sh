#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The hook of .pre-commit-hooks.yaml: neardup check with the arguments that it gets, built first if there is none.
set -euo pipefail
program=$("$(dirname "$0")/provide.sh")
exec "$program" check "$@"
