# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Without a number of documents there is no search to choose, and the hint says so.
neardup plan --method simhash | head -n 3
