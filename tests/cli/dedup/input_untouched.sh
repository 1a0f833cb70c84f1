# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Whatever the output, the input stays as it was.
. "$CASES/lib.sh"
mkdir in; cd in || exit; corpus; cd ..
cksum in/part-* > before
neardup dedup in -o in --force
cksum in/part-* | cmp - before
