# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Text files keep their line ends.
. "$CASES/lib.sh"
mkdir in
printf '%s\r\n\r\n%s\r\n\r\n\r\n%s\r\n' "$(words 1 9)" "$(words 1 9)" "$(words 11 19)" > in/crlf.txt
printf '%s\r\n\r\n%s' "$(words 21 29)" "$(words 11 19)" > in/no_end.txt
printf '%s\n%s\n%s\n' "$(words 31 39)" "$(words 1 9)" "$(words 31 39)" > in/lines.txt
printf '%s' "$(words 1 9)" > in/one_line.txt
printf '%s\n' "$(words 1 9)" > in/one_line_end.txt
neardup dedup in -o clean --unit paragraph -q
for file in clean/*.txt; do
    echo "$file: $(sed 's/word/w/g' "$file" | od -An -c | tr -d ' \n')"
done
verdicts clean/decisions.jsonl
counts clean/summary.json blank_rule newline_rule
