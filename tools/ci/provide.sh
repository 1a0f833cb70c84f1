#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the path of a neardup program: the one in $NEARDUP, the one in PATH, or one built here. A program built here stays, so
# the next call finds it.
#
#   tools/ci/provide.sh [--install] [VERSION]      only a program of this version
#
# --install installs the packages that the build needs. Without it, the script names them, with the command that installs them,
# because a commit should not change the machine. The action uses --install, and then a failure becomes an annotation.
set -euo pipefail
setup=(--check build)
annotated=no
if [ "${1:-}" = --install ]; then
    setup=(build)
    annotated=${GITHUB_ACTIONS:-no}
    shift
fi
wanted=${1:-}
root=$(cd "$(dirname "$0")/../.." && pwd)

fail() # message
{
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    echo "$1" >&2
    if [ "$annotated" = true ]; then echo "::error title=neardup::${text//$'\n'/%0A}" >&2; fi
    exit 2
}

fits() # program
{
    local line
    line=$("$1" --version 2> /dev/null) || return 1
    [ -z "$wanted" ] || [[ $line == "neardup $wanted" || $line == "neardup $wanted."* ]]
}

for program in "${NEARDUP:-}" "$(command -v neardup || true)" "$root/build/neardup"; do
    if [ -n "$program" ] && fits "$program"; then
        echo "$program"
        exit 0
    fi
done
if [ -n "${NEARDUP:-}" ]; then
    fail "'$NEARDUP' is not neardup${wanted:+ $wanted}"
fi

echo "building neardup" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "$root/tools/setup" "${setup[@]}" && make -C "$root" build/neardup; } 2>&1 | tee "$log" >&2 ||
    fail "cannot build neardup: $(grep -av '^make' "$log" | tail -n 1)"
if ! fits "$root/build/neardup"; then
    fail "this is $("$root/build/neardup" --version | head -n 1), not neardup $wanted"
fi
echo "$root/build/neardup"
