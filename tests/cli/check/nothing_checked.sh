# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Where there is no document every rule is kept, which says nothing: there is no verdict.
. "$CASES/lib.sh"
corpus
mkdir empty
sed 's/"text"/"body"/' part-1.jsonl > body.jsonl
record e1 '!' > tokenless.jsonl
try() { neardup check "$@" 2>&1 | sed '/warning: no text field/d'; echo "exit ${PIPESTATUS[0]}  $*"; }
try empty --report json:r.json
[ -e r.json ] || echo "no report"
try body.jsonl -q
try body.jsonl -q --exit-zero
try tokenless.jsonl
echo "- a rule that is violated is a verdict"
try body.jsonl -q --max-invalid 0
try tokenless.jsonl --max-empty 0
echo "- nothing to compare with"
try part-0.jsonl --reference empty
try --split train=part-0.jsonl --split test=body.jsonl -q
try --split train=empty --split test=part-0.jsonl
echo "- a baseline is not wiped"
neardup check part-0.jsonl part-1.jsonl --baseline b.jsonl --update-baseline
cp b.jsonl before
try body.jsonl -q --baseline b.jsonl --update-baseline
cmp b.jsonl before
