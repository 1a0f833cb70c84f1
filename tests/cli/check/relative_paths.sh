# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Those who annotate files know paths below the working directory; text and JSON tell paths as they were given.
. "$CASES/lib.sh"
mkdir -p repository/data elsewhere
cd repository || exit
record a "$(words 1 40)" > data/a.jsonl
record b "$(words 1 40)" > data/b.jsonl
record c "$(words 1 40)" > ../elsewhere/c.jsonl
show() {
    neardup check "$@" -q --report gitlab:g --report github:h --report sarif:s --report junit:j --report markdown:m --report json:f > /dev/null
    jq -r '.[].location.path' g
    grep -o 'file=[^,]*' h
    jq -r '.runs[].results[].locations[].physicalLocation.artifactLocation | "\(.uri) \(.uriBaseId)"' s
    grep -o '>[^ ]*:1: ' j
    grep -o '<code>[^<]*</code>' m | head -n 1
    jq -r '.findings[].locations[0].file' f
    rm g h s j m f
}
here() {
    sed "s#$(pwd -P)#HERE#g; s#$PWD#THERE#g; s#$(cd .. && pwd -P)#ABOVE#g"
}
echo "- absolute"
show "$PWD/data" | here
echo "- with dots"
show ./data/../data//./a.jsonl ./data/../data//./b.jsonl
echo "- there and back"
show ../repository/data
echo "- by another name"
cd .. && ln -s repository link && cd link || exit
show "$PWD/data" | here
echo "- elsewhere"
show data/a.jsonl "$(cd .. && pwd -P)/elsewhere/c.jsonl" | here
