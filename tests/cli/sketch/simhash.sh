# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Fingerprints of 64 and 128 bits; the low half of the longer one is the shorter one. The vectors of doc/simhash.md
# are checked elsewhere; here the lines.
. "$CASES/lib.sh"

# 396 shingles each; a2 has another word in the middle, a3 other letters, a4 is another text.
{
    record a1 "$(words 1 400)"
    record a2 "$(words 1 199) other $(words 201 400)"
    record a3 "$(words 1 400 | tr '[:lower:]' '[:upper:]')"
    record a4 "$(words 1001 1400)"
} > x.jsonl

neardup sketch x.jsonl --method simhash -q
neardup sketch x.jsonl --method simhash --bits 128 --weights one -q | jq -c '[.id, .fingerprint, .scheme]'
