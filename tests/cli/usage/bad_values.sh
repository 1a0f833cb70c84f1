# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Each kind of value.
neardup find x --threshold 1.5
neardup find x --ngram 0
neardup find x --memory lots
neardup find x --tokens wrod
neardup find x --keep longets
neardup find x --keep max:
neardup find x --seed
