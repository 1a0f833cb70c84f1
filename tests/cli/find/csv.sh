# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# RFC 4180: a header, CRLF.
. "$CASES/lib.sh"
corpus
sed -i 's/"b1"/"b,\\"1\\""/; s/"b2"/17/' part-1.jsonl
neardup find part-0.jsonl part-1.jsonl -q --format csv | sed 's/\r$/$/'
