# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Signatures; equal texts have equal ones.
. "$CASES/lib.sh"

# 396 shingles each; a2 has another word in the middle, a3 other letters, a4 is another text.
{
    record a1 "$(words 1 400)"
    record a2 "$(words 1 199) other $(words 201 400)"
    record a3 "$(words 1 400 | tr '[:lower:]' '[:upper:]')"
    record a4 "$(words 1001 1400)"
} > x.jsonl

neardup sketch x.jsonl --slots 4 --seed 7 -q
neardup sketch x.jsonl --sketch affine -q | jq -c '[.id, (.signature | length), .scheme]'
