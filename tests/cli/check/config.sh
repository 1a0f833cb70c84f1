# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options from neardup.toml; the command line wins, lists and all.
. "$CASES/lib.sh"
corpus
cat > neardup.toml << 'END'
inputs = ["part-0.jsonl", "part-1.jsonl"]
reports = "json:report.json"

[check]
max-duplicate-rate = "50%"
max-exact = 0

[similarity]
threshold = 0.8
ngram = 4
END
verdict
jq -c '[.verdicts[] | [.part, .whole]]' report.json
neardup check --max-exact 1 part-0.jsonl --report text:- > out
echo "$? $(head -n 1 out)"
verdict --no-config part-0.jsonl
mv neardup.toml other.toml
neardup check --config other.toml > /dev/null
echo $?
neardup check --config missing.toml
neardup check --config other.toml --no-config
