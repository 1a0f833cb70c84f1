# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Colours only where they are asked for.
. "$CASES/lib.sh"
corpus
neardup find part-?.jsonl -q --format table | grep -c $'\e'
neardup find part-?.jsonl -q --format table --color always | grep -c $'\e\[1m'
NO_COLOR=1 neardup find part-?.jsonl -q --format table --color always | grep -c $'\e\[1m'
