# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For programs. The chosen way is the cheapest of those that are possible.
neardup plan --method simhash --documents 1M --format json |
    jq -c '[.method, .bits, .distance, .documents, .chosen == .searches[0], (.searches | map(.search) | sort)], .curve[0], .curve[18], .curve[20]'
neardup plan --method simhash --documents 1M --hamming scan --format json | jq -c .chosen.search
neardup plan --method simhash --bits 128 --distance 12 --format json | jq -c '[.bits, .chosen, .curve[18].probability]'
