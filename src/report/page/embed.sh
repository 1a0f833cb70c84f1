#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts the page together and prints it as C: embed.sh PAGE.html STYLE.css SCRIPT.js... > page_parts.c
#
# A line of the page that is @STYLE@ or @SCRIPT@ becomes the element; the page's policy lets in exactly these two, by their
# hash. At @TITLE@, @KIND@ and @DATA@ it is cut into parts: the program writes those.
set -eu
page=$1
style=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$style" "$work/style"
# One scope for all files, and none of it visible outside.
{
    echo '(() => {'
    echo '"use strict";'
    cat "$@"
    echo '})();'
} > "$work/script"
if grep -qi '</script\|<!--' "$work/script" || grep -qi '</style' "$work/style"; then
    echo "embed.sh: the style or a script ends its own element" >&2
    exit 1
fi

hash_of() # file
{
    sha256sum < "$1" | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64
}
style_hash=$(hash_of "$work/style")
script_hash=$(hash_of "$work/script")

while IFS= read -r line; do
    case $line in
    @STYLE@) printf '<style>' && cat "$work/style" && printf '</style>\n' ;;
    @SCRIPT@) printf '<script>' && cat "$work/script" && printf '</script>\n' ;;
    *) printf '%s\n' "$line" | sed -e "s|@STYLE_HASH@|$style_hash|" -e "s|@SCRIPT_HASH@|$script_hash|" ;;
    esac
done < "$page" > "$work/page"

# Bytes as numbers: a string literal of this length is more than C promises. 1 is the cut.
echo '#include "report/page.h"'
sed -e 's/@TITLE@/\x01/' -e 's/@KIND@/\x01/' -e 's/@DATA@/\x01/' "$work/page" | od -An -v -tu1 | awk '
    function begin() { printf "static const unsigned char part%d[] = {\n", parts++ }
    BEGIN { begin() }
    {
        line = ""
        for (i = 1; i <= NF; i++) {
            if ($i != 1) {
                line = line $i ","
                continue
            }
            print line "};"
            line = ""
            begin()
        }
        print line
    }
    END {
        print "};"
        print "const struct ndup_page_part ndup_page_parts[NDUP_PAGE_PART_COUNT] = {"
        for (i = 0; i < parts; i++) printf "    {part%d, sizeof part%d},\n", i, i
        print "};"
        if (parts != 4) exit 1
    }'
