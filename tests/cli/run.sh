#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the cases tests/cli/<command>/<name>.sh, each in a fresh folder with the program on its PATH, and compares:
#   <name>.stdout        what it must print, exactly; missing: nothing
#   <name>.stdout.glob   the same as patterns: every line a shell pattern, a line "..." stands for any number of lines
#   <name>.stderr        patterns, as above; missing: nothing
#   <name>.exit          exit status; missing: 0
# A case that ends with status 77 is skipped; what it says on standard error is the reason.
#
#   tests/cli/run.sh [--update] [--program build/neardup] [-v] [part of a name]...
# --update rewrites .stdout and .exit where they differ, and .stderr where its patterns no longer match.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../build/neardup
update=no verbose=no
filters=()
while [ $# -gt 0 ]; do
    case $1 in
    --update) update=yes ;;
    --program) program=$2; shift ;;
    -v) verbose=yes ;;
    -*) echo "unknown option '$1'" >&2; exit 2 ;;
    *) filters+=("$1") ;;
    esac
    shift
done
program=$(realpath "$program")
[ -x "$program" ] || { echo "no program at '$program'" >&2; exit 2; }

work=$(mktemp -d) || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$program" "$work/bin/neardup"
passed=0 failed=0 skipped=0

# Lines of $1 against the patterns in $2. "..." is matched as short as possible.
matches() {
    local -a lines patterns
    mapfile -t lines < "$1"
    if [ -e "$2" ]; then mapfile -t patterns < "$2"; else patterns=(); fi
    match_from 0 0
}
match_from() {
    local l=$1 p=$2
    while [ "$p" -lt ${#patterns[@]} ]; do
        if [ "${patterns[p]}" = ... ]; then
            for ((; l <= ${#lines[@]}; l++)); do
                match_from "$l" $((p + 1)) && return 0
            done
            return 1
        fi
        [ "$l" -lt ${#lines[@]} ] || return 1
        # shellcheck disable=SC2053 # the right side is a pattern
        [[ ${lines[l]} == ${patterns[p]} ]] || return 1
        l=$((l + 1)) p=$((p + 1))
    done
    [ "$l" -eq ${#lines[@]} ]
}

report() { # name, what differs, expected, actual
    echo "FAILED $1: $2"
    [ -e "$3" ] || set -- "$1" "$2" /dev/null "$4"
    diff "$3" "$4" | head -20 | sed 's/^/    /'
}

# What a case gave becomes what it must give: which, base, filter...
rewrite() {
    local which=$1 base=$2
    shift 2
    [ $update = yes ] || return 0
    if [ -s "$work/$which" ]; then
        "$@" < "$work/$which" > "$base.$which"
    else
        rm -f "$base.$which"
    fi
}

run_case() {
    local script=$1 name=$2 base=${1%.sh} room=$work/room status good=yes
    mkdir "$room"
    (cd "$room" && env -u NO_COLOR -u NEARDUP_CPU PATH="$work/bin:$PATH" LC_ALL=C.UTF-8 TERM=dumb COLUMNS=100 \
        TMPDIR="$room" CASES="$here" bash "$script" > "$work/stdout" 2> "$work/stderr" < /dev/null)
    status=$?
    chmod -R u+rwX "$room" && rm -rf "$room"
    if [ $status -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "skipped $name: $(cat "$work/stderr")"
        return
    fi
    echo $status > "$work/exit"
    local wanted=0
    [ -e "$base.exit" ] && wanted=$(cat "$base.exit")
    if [ "$wanted" != $status ]; then
        good=no
        [ $status -ne 0 ] || : > "$work/exit"
        rewrite exit "$base" cat
        echo "FAILED $name: exit status $status instead of $wanted"
        sed 's/^/    stderr: /' "$work/stderr" | head -5
    fi
    if [ -e "$base.stdout.glob" ]; then
        matches "$work/stdout" "$base.stdout.glob" || { good=no; report "$name" stdout "$base.stdout.glob" "$work/stdout"; }
    elif ! cmp -s "$work/stdout" "$([ -e "$base.stdout" ] && echo "$base.stdout" || echo /dev/null)"; then
        good=no
        report "$name" stdout "$base.stdout" "$work/stdout"
        rewrite stdout "$base" cat
    fi
    if ! matches "$work/stderr" "$base.stderr"; then
        good=no
        report "$name" stderr "$base.stderr" "$work/stderr"
        rewrite stderr "$base" sed 's/[][*?\\]/\\&/g'
    fi
    if [ $good = yes ]; then
        passed=$((passed + 1))
        [ $verbose = yes ] && echo "passed $name"
    else
        failed=$((failed + 1))
    fi
}

for script in "$here"/*/*.sh; do
    name=${script#"$here"/} name=${name%.sh}
    chosen=yes
    for filter in "${filters[@]}"; do
        chosen=no
        case $name in *"$filter"*) chosen=yes; break ;; esac
    done
    [ $chosen = yes ] && run_case "$script" "$name"
done
[ $skipped -gt 0 ] && echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
