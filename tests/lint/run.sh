#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All lints, or those named: layers headers structure symbols words vocabulary shellcheck tidy. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=$(realpath "${1:-build}")
export BUILD
shift || true
passed=0
failed=0
log=$(mktemp)
cases=$(mktemp -d)
trap 'rm -rf "$log" "$cases"' EXIT

# The scripts of the repository, and those inside the CLI cases.
check_scripts()
{
    local files
    mapfile -t files < <(git ls-files -- '*.sh' .ci/run tools/setup)
    shellcheck -e SC1091 "${files[@]}" && tests/cli/run.sh --scripts "$cases" &&
        (cd "$cases" && shellcheck -s bash -e SC1091 ./*/*.sh)
}

[ $# -gt 0 ] || set -- layers headers structure symbols words vocabulary shellcheck tidy
for lint; do
    case $lint in
    symbols) command=(tests/symbols/run.sh) ;;
    structure | vocabulary) command=(/usr/bin/python3 -B "tests/lint/$lint.py") ;;
    shellcheck) command=(check_scripts) ;;
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
