# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A cluster counts for several rules: each that is violated names it.
. "$CASES/lib.sh"
corpus
neardup check part-0.jsonl part-1.jsonl --max-exact 0 --max-duplicate-rate 10% --max-cluster-size 2 -q --report junit:x --report json:j --report gitlab:g > /dev/null
grep -oE 'name="[a-z-]*">|part-1.jsonl:1: [^,<]*' x
jq -c '.findings[] | [.rule, .also]' j
jq length g
echo "- what was not asked for is not named"
neardup check part-0.jsonl part-1.jsonl --max-exact 0 -q --report json:- | jq -c '.findings[] | [.rule, .also]'
echo "- new, and too many"
echo '{"neardup_baseline":1,"unit":"document","method":"minhash","tokens":"word","ngram":5,"threshold":0.7,"profile_version":1}' > known.jsonl
neardup check part-0.jsonl part-1.jsonl --baseline known.jsonl --max-duplicate-rate 0 -q --report junit:x > /dev/null
grep -oE 'name="[a-z-]*">|part-1.jsonl:1: [^,<]*' x
