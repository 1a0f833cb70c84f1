#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the path of a neardup program: the one in $NEARDUP, the one in PATH, or one installed or built here, which stays, so that
# the next call finds it. The script installs the wheel of the Python package, which has the program inside, into a virtual
# environment of its own: that takes seconds. Without a wheel for this machine it builds the program, which takes minutes.
#
#   tools/ci/provide.sh [--install] [VERSION]      only a program of this version
#
#   NEARDUP_WHEEL=FILE    install this wheel       NEARDUP_WHEEL=none    always build
#
# pip reads its own variables: PIP_INDEX_URL for another index, or PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER for none.
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

environment=$root/build/installed
for program in "${NEARDUP:-}" "$(command -v neardup || true)" "$root/build/neardup" "$environment/bin/neardup"; do
    if [ -n "$program" ] && fits "$program"; then
        echo "$program"
        exit 0
    fi
done
if [ -n "${NEARDUP:-}" ]; then
    fail "'$NEARDUP' is not neardup${wanted:+ $wanted}"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The package of this source, so that the program knows the options that the scripts here give. If another version is wanted, the
# newest of that.
requirement()
{
    local source
    source=$(sed -nE 's/^#define NEARDUP_VERSION_(MAJOR|MINOR|PATCH) //p' "$root/include/neardup.h" | paste -sd .)
    if [ -z "$wanted" ] || [[ $source. == "$wanted".* ]]; then
        echo "neardup==$source"
    else
        echo "neardup==$wanted.*"
    fi
}

# Only wheels: a source distribution would be a build with none of the messages below.
install_wheel()
{
    local package=${NEARDUP_WHEEL:-}
    if [ -z "$package" ]; then package=$(requirement); fi
    echo "installing $package" >&2
    rm -rf "$environment"
    if python3 -m venv "$environment" &&
        "$environment/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps \
            --only-binary :all: "$package"; then
        return 0
    fi > "$log" 2>&1
    sed 's/^/  /' "$log" >&2
    return 1
}

if [ "${NEARDUP_WHEEL:-}" != none ]; then
    if install_wheel && fits "$environment/bin/neardup"; then
        echo "$environment/bin/neardup"
        exit 0
    fi
    rm -rf "$environment"
    if [ -n "${NEARDUP_WHEEL:-}" ]; then
        fail "cannot use the wheel '$NEARDUP_WHEEL': it is not neardup${wanted:+ $wanted} for this machine"
    fi
    echo "no wheel of neardup${wanted:+ $wanted} fits this machine" >&2
fi

echo "building neardup; this takes a few minutes" >&2
{ "$root/tools/setup" "${setup[@]}" && make -C "$root" build/neardup; } 2>&1 | tee "$log" >&2 ||
    fail "cannot build neardup: $(grep -av '^make' "$log" | tail -n 1)"
if ! fits "$root/build/neardup"; then
    fail "this is $("$root/build/neardup" --version | head -n 1), not neardup $wanted"
fi
echo "$root/build/neardup"
