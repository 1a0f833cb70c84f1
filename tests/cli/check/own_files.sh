# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the check reads and writes beside its inputs is no part of them, also in the same folder; named itself it is.
. "$CASES/lib.sh"
corpus
record licence "$(words 1 40)" > licences.jsonl
mkdir reference
record old "$(words 901 940)" > reference/old.jsonl
printf '%s\n' 'inputs = ["."]' 'baseline = "baseline.jsonl"' 'max-invalid = 0' 'reports = ["json:report.json"]' > neardup.toml
neardup check --update-baseline
neardup check -q > /dev/null
neardup check . -q > /dev/null
jq -c '[.verdicts[] | [.rule, .part, .whole]]' report.json
neardup check . --allow-texts licences.jsonl --reference reference -q > /dev/null
jq -c '[.verdicts[] | [.rule, .part, .whole]], .allowed' report.json
neardup check baseline.jsonl --no-config --max-invalid 0 -q | sed -n 2p
