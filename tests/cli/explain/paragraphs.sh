# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What was cut of a document, and for which copy; in text files by any line of the document.
. "$CASES/lib.sh"
mkdir in
printf 'One %s\n\nTwo %s\n' "$(words 1 12)" "$(words 101 130)" > in/a.txt
printf 'Three %s\n\nTwo %s\n\nTwo %s other.\n' "$(words 201 212)" "$(words 101 130)" "$(words 101 129)" > in/b.txt
printf '{"id":"j","text":"Four %s\\n\\nTwo %s"}\n' "$(words 301 312)" "$(words 101 130)" > in/c.jsonl
neardup dedup in -q --unit paragraph -o clean
for document in a.txt b.txt b.txt:3 j; do
    echo "== $document"
    COLUMNS=80 neardup explain clean "$document"
done
echo "== limit"
neardup explain clean b.txt --limit 1 | tail -1
neardup explain clean b.txt --format json --limit 1 | jq -c '.fate, .cut_count, (.cuts[] | .reason, .keeper.file, .text[0:8])'
