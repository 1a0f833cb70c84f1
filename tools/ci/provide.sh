#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the path of a neardup program: the one in $NEARDUP, the one in PATH, or one built here. What is built stays, so that
# the next call finds it.
#
#   tools/ci/provide.sh [--install] [VERSION]      only a program of this version
#
# --install: packages that building needs are installed. Without it they are named, with the command that installs them: a
# commit is not the moment to change a machine.
set -euo pipefail
setup=(--check build)
if [ "${1:-}" = --install ]; then
    setup=(build)
    shift
fi
wanted=${1:-}
root=$(cd "$(dirname "$0")/../.." && pwd)

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
    echo "'$NEARDUP' is no neardup${wanted:+ $wanted}" >&2
    exit 2
fi

echo "building neardup" >&2
{ "$root/tools/setup" "${setup[@]}" && make -C "$root" build/neardup; } >&2 || exit 2
if ! fits "$root/build/neardup"; then
    echo "this is $("$root/build/neardup" --version | head -n 1), not neardup $wanted" >&2
    exit 2
fi
echo "$root/build/neardup"
