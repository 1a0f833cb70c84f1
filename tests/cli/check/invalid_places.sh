# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Bad records are findings where a rule asks for them; the finding has the path that was given.
. "$CASES/lib.sh"
mkdir -p data/deep
echo '{"text":"a b c"}' > data/deep/x.jsonl
echo '{"no":"text"}' >> data/deep/x.jsonl
echo 'nonsense' >> data/deep/x.jsonl
neardup check data --max-invalid 0 --report json:- -q | jq -r '.findings[] | "\(.rule) \(.level) \(.locations[0].file):\(.locations[0].line) \(.message)"'
mkdir other
echo '[]' > other/x.jsonl
neardup check --split train=data --split test=data/../data/deep/../../other/x.jsonl --max-invalid 0 -q > /dev/null
echo $?
printf '{"text":"d e f"}\n{' > y.jsonl
neardup check --split train=data --split test=y.jsonl --max-invalid 0 --report json:- -q | jq -r '.findings[] | "\(.locations[0].file):\(.locations[0].line)"'
neardup check - --max-invalid 0 --report json:- -q < y.jsonl | jq -r '.findings[] | "\(.locations[0].file):\(.locations[0].line)"'
