# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The recall is reached at every threshold that LSH serves.
for threshold in 0.4 0.5 0.6 0.7 0.8 0.9 0.95; do
    neardup plan --threshold $threshold --recall 0.99 --format json |
        jq -r 'if .recall_at_threshold >= 0.99 and .slots == .bands * .rows then "ok" else . end'
done | uniq -c | tr -s ' '
