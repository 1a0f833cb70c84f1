#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Random trees with .gitignore files, walked by us and by git (agree.py). Skipped where there is no python3 or git.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v python3 > /dev/null || ! command -v git > /dev/null; then
    echo "SKIPPED: no python3, or no git"
    echo "0 passed, 0 failed"
    exit 0
fi
exec python3 -B agree.py "${NEARDUP:?the program}"
