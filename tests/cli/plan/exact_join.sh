# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Without signatures.
neardup plan --candidates all --threshold 0.2 --format json | jq -c '[.candidates, .slots, .recall_at_threshold, .curve[0].probability]'
