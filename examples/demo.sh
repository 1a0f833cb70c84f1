#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Finds and removes duplicates in text that every Debian machine has: the licences and the copyright files of its
# packages, which repeat each other a lot. Works on a copy in BUILD/demo. `make demo` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
neardup=$build/neardup
program=$(realpath "$neardup")
demo=$build/demo
bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' plain=$'\e[0m'
fi

title()
{
    printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"
}

run() # command...: shows it and runs it
{
    printf '%s$ neardup%s%s\n' "$bold" "$(printf ' %s' "$@")" "$plain" >&2
    (cd "$demo" && "$program" "$@")
}

hint() # command, purpose: in two columns, whatever the build folder is
{
    local width=$((${#neardup} + ${#demo} + ${#longest} + 1))
    printf '  %-*s  %s' "$width" "$neardup $1" "$2"
}
longest='check /text --max-duplicate-rate 1%'

rm -rf "$demo"
mkdir -p "$demo/text/licences" "$demo/text/packages"
for file in /usr/share/common-licenses/*; do
    [ -f "$file" ] && [ ! -L "$file" ] && cp "$file" "$demo/text/licences/${file##*/}.txt"
done
for file in /usr/share/doc/*/copyright; do
    [ -f "$file" ] || continue
    package=${file%/copyright}
    cp "$file" "$demo/text/packages/${package##*/}.txt"
done
files=$(find "$demo/text" -type f | wc -l)
bytes=$(find "$demo/text" -type f -exec cat {} + | wc -c)

title "1. The corpus: $files licence and copyright files of this machine ($((bytes / 1000)) kB), copied to $demo/text"
if [ "$files" -lt 2 ]; then
    echo "This machine has no text in /usr/share/doc and /usr/share/common-licenses. Try: $neardup find examples/scraped"
    exit 0
fi

title "2. What repeats? (find changes nothing)"
run find text --format table --limit 5

title "3. The same files without the duplicates"
run dedup text -o clean

if [ -s "$demo/clean/decisions.jsonl" ]; then
    decision=$(grep -m 1 '"reason":"near"' "$demo/clean/decisions.jsonl" || head -n 1 "$demo/clean/decisions.jsonl")
    # The first "file" belongs to the removed document, the one in "keeper" to the kept one.
    removed=$(sed -n 's/.*"file":"\([^"]*\)".*/\1/p' <<< "${decision%%\"keeper\":*}")
    title "4. Why was '$removed' removed?"
    run explain clean "$removed:1" | sed '/^differences/,$d'

    title "5. A page about the whole run"
    run report clean -o report.html
fi

title "Done. What to try next"
cat <<END
$(hint "find $demo/text --pairs" "every verified pair")
$(hint "check $demo/text --max-duplicate-rate 1%" "passes or fails, for CI")
$(hint "dedup YOUR.jsonl -o clean/" "your own corpus: JSON Lines or text, also gzip or zstd")
$(hint "plan --threshold 0.7 --documents 50M" "recall, memory and disk of a large run")
$(hint "help" "all commands")

The cleaned copy is in $demo/clean, with decisions.jsonl (what was removed and why), clusters.jsonl and summary.json.
Open $demo/report.html in a browser to see the clusters, and each removed text beside its keeper.
doc/guide.md is a tutorial.
END
