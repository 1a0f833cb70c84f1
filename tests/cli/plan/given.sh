# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Bands and rows given: nothing is solved, the curve is the formula.
neardup plan --threshold 0.8 --bands 20 --rows 5 --format json |
    jq -c '[.threshold, .candidates, .slots, .bands, .rows, .recall_at_threshold], .curve[0], .curve[10], .curve[20]'
