#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks the includes under src/ against the table in doc/layers.md; and that each .c begins with its SPDX line, that
# base/platform.h is its first include, and that file names are unique.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t sources < <(find src -name '*.[ch]' -o -name '*.cpp' | sort)
awk -F'|' '
    NR == FNR {
        if (NF == 5 && $2 !~ /^(-+| folder )$/) {
            folder = $2
            gsub(/ /, "", folder)
            allowed[folder] = " " $4 " "
        }
        next
    }
    FNR == 1 {
        split(FILENAME, part, "/")
        folder = part[2]
        first = 1
        if (!(folder in allowed) && !(folder in told)) {
            print "src/" folder ": not in the table of doc/layers.md"
            told[folder] = bad = 1
        }
        if ($0 !~ /SPDX-License-Identifier/) {
            print FILENAME ":1: no SPDX line"
            bad = 1
        }
    }
    /^#[ ]*include / {
        if (first && FILENAME ~ /\.c$/ && $0 !~ /"base\/platform.h"/) {
            print FILENAME ":" FNR ": the first include must be \"base/platform.h\""
            bad = 1
        }
        first = 0
    }
    /^#[ ]*include "/ {
        split($0, quoted, "\"")
        header = quoted[2]
        split(header, way, "/")
        if (header == "neardup.h" || header == "neardup_run.h" || header == "neardup_arrow.h" || way[1] == "base" || way[1] == folder || !index(header, "/"))
            next
        if (index(allowed[folder], " " way[1] " ") || index(allowed[folder], " " header " "))
            next
        print FILENAME ":" FNR ": " folder "/ may not include \"" header "\" (doc/layers.md)"
        bad = 1
    }
    END { exit bad }
' doc/layers.md "${sources[@]}"

same=$(find include src -name '*.[ch]' -printf '%f\n' | sort | uniq -d)
if [ -n "$same" ]; then
    echo "file names that are not unique: $same"
    exit 1
fi

# The library names fields of its options in backticks, and no options of the program, which has other names for them. Not
# file_kind.c, which has commands to type, and may_write.c, which has hints of the program.
mapfile -t library < <(find src/{base,input,text,sketch,match,compare,cluster,run,output,engine} -name '*.[ch]' -o -name '*.cpp' |
    grep -v -e '^src/input/file_kind\.c$' -e '^src/output/may_write\.c$')
options=$(sed -n 's/^    {\.name = "\([a-z-]*\)".*/\1/p' src/cli/options.c | sort -u | paste -sd'|')
if grep -nE "^[^/*]*\"[^\"]*--($options)[^a-z-]" "${library[@]}"; then
    echo "the library names options of the program: name the fields, in backticks"
    exit 1
fi
for field in $(grep -hE "^[^/*]*\"[^\"]*\`[a-z_]+\`" "${library[@]}" | grep -o "\`[a-z_]*\`" | tr -d '\140' | sort -u); do
    if ! grep -qE "[ *]${field}[;, ]" include/neardup.h include/neardup_run.h; then
        echo "the library names a field that the public headers do not have: $field"
        exit 1
    fi
done
