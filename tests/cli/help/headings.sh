# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# No heading of a help stands there twice.
. "$CASES/lib.sh"
for command in dedup find compare plan sketch report explain check version help; do
    neardup "$command" --help | grep -E '^[A-Z].*:$' | sort | uniq -d | sed "s/^/$command: /"
done
