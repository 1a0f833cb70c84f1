# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What repeats today is known; what is new fails, wherever it stands.
. "$CASES/lib.sh"
corpus
baseline() { neardup check "$@" --baseline b.jsonl -q | sed -n '/  ....  /p;/^Baseline/p;/^  error/p'; echo "exit ${PIPESTATUS[0]}"; }

echo "- there is none yet"
neardup check part-0.jsonl part-1.jsonl --baseline b.jsonl
echo "exit $?"
echo "- made"
neardup check part-0.jsonl part-1.jsonl --baseline b.jsonl --update-baseline
echo "exit $?"
cat b.jsonl
echo "- the old ones are tolerated, in any order, from any folder, with any keeper"
baseline part-0.jsonl part-1.jsonl
baseline part-1.jsonl part-0.jsonl
baseline part-0.jsonl part-1.jsonl --keep last
mkdir -p moved/deep
cp part-0.jsonl moved/deep/a.jsonl
{ echo; cat part-1.jsonl; } > moved/z.jsonl
baseline moved
echo "- a third copy is new, also of an exact one, also in front of the others"
{ record c1 "$(words 1 40)"; } > aaa.jsonl
baseline aaa.jsonl part-0.jsonl part-1.jsonl
baseline part-0.jsonl part-1.jsonl aaa.jsonl
echo "- so is a pair that nobody knew"
record c2 "$(words 201 239) end" > pair.jsonl
baseline part-0.jsonl part-1.jsonl pair.jsonl
echo "- one may be allowed"
baseline part-0.jsonl part-1.jsonl aaa.jsonl --max-new 1
baseline part-0.jsonl part-1.jsonl aaa.jsonl pair.jsonl --max-new 1
echo "- duplicates that have gone"
baseline part-0.jsonl
echo "- brought up to date"
neardup check part-0.jsonl part-1.jsonl pair.jsonl --baseline b.jsonl --update-baseline
neardup check part-0.jsonl part-1.jsonl aaa.jsonl --baseline b.jsonl --update-baseline
baseline part-0.jsonl part-1.jsonl aaa.jsonl
neardup check part-0.jsonl --baseline b.jsonl --update-baseline
cat b.jsonl
ls
