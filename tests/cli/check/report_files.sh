# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Several reports, one of them on standard output in place of the text; files are replaced.
. "$CASES/lib.sh"
corpus
echo old > report.json
neardup check part-0.jsonl part-1.jsonl --report json:report.json --report github:- --report junit:report.xml
echo $?
jq -r .passed report.json
grep -c '<testcase' report.xml
ls
neardup check part-0.jsonl --report json:part-0.jsonl
neardup check part-0.jsonl --report jsn:x
neardup check part-0.jsonl --report json
neardup check part-0.jsonl --report json:- --report junit:-
neardup check part-0.jsonl --report json:no/where.json
neardup check part-0.jsonl --report json:same --report sarif:same
neardup check part-0.jsonl --report json:same --report sarif:./same
mkdir -p deep; ln -s deep link
neardup check part-0.jsonl --report json:deep/same --report "sarif:./link//same"
neardup check part-0.jsonl -q --report json:deep/same --report json:./link/same --report text:same > /dev/null; echo $?
rm -r deep link same
neardup check --split a=part-0.jsonl --split 'b=part-[1].jsonl' --report json:./part-1.jsonl
neardup check part-0.jsonl --reference part-1.jsonl --report json:part-1.jsonl
neardup check part-0.jsonl --baseline part-1.jsonl --update-baseline
neardup check part-0.jsonl -q --report json:/dev/null --report text:/dev/null --report sarif:-  | jq -r .version
wc -l < part-1.jsonl
ls
