# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For people: the search, what other ways would cost, what the distance means.
neardup plan --method simhash --distance 3 --documents 10M --threshold 0.9
