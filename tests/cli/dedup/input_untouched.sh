# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Whatever the output, the input stays as it was.
. "$CASES/lib.sh"
mkdir in; cd in || exit; corpus; cd ..
cksum in/* > before
neardup dedup in -o in --force; s=$?
cksum in/part-? > /dev/null 2>&1; cksum in/part-?.jsonl | cmp - before
exit $s
