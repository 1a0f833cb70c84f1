# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Texts for which SimHash is unreliable are never compared silently.
. "$CASES/lib.sh"

corpus
neardup find . --method simhash -v > /dev/null
neardup find . --method simhash -q > /dev/null
