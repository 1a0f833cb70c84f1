# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the baseline knows may violate a rule that does not ask for it: then it is shown, and where.
. "$CASES/lib.sh"
corpus
record c1 "$(words 1 38) more" > third.jsonl
neardup check part-0.jsonl part-1.jsonl --baseline b.jsonl --update-baseline
try() { neardup check "$@" --baseline b.jsonl -q --report json:r.json; echo "exit $?  $*"; jq -c '.findings[] | [.rule, .level, .new, .locations[0].file]' r.json; }
try part-0.jsonl part-1.jsonl
try part-0.jsonl part-1.jsonl --max-cluster-size 2
try part-0.jsonl part-1.jsonl --max-duplicate-rate 1%
try part-0.jsonl part-1.jsonl --max-exact 0
try part-0.jsonl part-1.jsonl --max-exact 1 --max-duplicate-rate 50%
echo "- so does what is new, as far as that is allowed"
try part-0.jsonl part-1.jsonl third.jsonl --max-new 1 --max-cluster-size 3
try part-0.jsonl part-1.jsonl third.jsonl --max-new 0 --max-cluster-size 3
echo "- the reference asks for no baseline"
try part-1.jsonl --reference part-0.jsonl
