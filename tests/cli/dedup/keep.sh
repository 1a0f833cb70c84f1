# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Who stays.
. "$CASES/lib.sh"
{
    printf '{"id":1,"text":"%s","meta":{"score":2}}\n' "$(words 1 40)"
    printf '{"id":2,"text":"%s","meta":{"score":3}}\n' "$(words 1 42)"
    printf '{"id":3,"text":"%s"}\n' "$(words 1 41)"
    printf '{"id":4,"text":"%s","meta":{"score":1}}\n' "$(words 1 39)"
} > x.jsonl
for keep in first last longest shortest max:meta.score min:meta.score; do
    echo "$keep $(neardup dedup x.jsonl -o - -q --keep $keep | ids)"
done
tac x.jsonl > y.jsonl
[ "$(neardup dedup x.jsonl -o - -q --keep content | sort)" = "$(neardup dedup y.jsonl -o - -q --keep content | sort)" ] &&
    echo "content does not depend on the order"
