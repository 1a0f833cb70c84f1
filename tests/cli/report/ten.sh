# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# In Markdown what belongs to the tenth cluster is set in behind its number, which is wider than the others.
. "$CASES/lib.sh"
for n in 1 2 3 4 5 6 7 8 9 10; do
    record "a$n" "$(words "$((n * 100))" "$((n * 100 + 40 - n))")"
    record "b$n" "$(words "$((n * 100))" "$((n * 100 + 40 - n))")"
done > in.jsonl
neardup find in.jsonl --save run -q > /dev/null
neardup report run --format markdown | grep -A 5 '^10\.'
