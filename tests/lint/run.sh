#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All lints, or those named: layers headers symbols words shellcheck tidy. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=$(realpath "${1:-build}")
export BUILD
shift || true
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

scripts()
{
    git ls-files -- '*.sh' .ci/run tools/setup
}

[ $# -gt 0 ] || set -- layers headers symbols words shellcheck tidy
for lint; do
    case $lint in
    symbols) command=(tests/symbols/run.sh) ;;
    shellcheck) mapfile -t files < <(scripts) && command=(shellcheck -e SC1091 "${files[@]}") ;;
    *) command=("tests/lint/$lint.sh") ;;
    esac
    if "${command[@]}" > "$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $lint"
    else
        failed=$((failed + 1))
        echo "FAILED  $lint"
        sed 's/^/    /' "$log" | head -n 200
    fi
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
