# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# In a chain of texts it depends on the order who is whose duplicate; what is known does not.
. "$CASES/lib.sh"
a=$(words 1 100) b=$(words 14 113) c=$(words 27 126) d=$(words 40 139)
{ record a "$a"; record b "$b"; record c "$c"; } > abc.jsonl
{ record b "$b"; record a "$a"; record c "$c"; } > bac.jsonl
{ record b "$b"; record c "$c"; } > bc.jsonl
{ record a "$a"; record b "$b"; record c "$c"; record d "$d"; } > abcd.jsonl
{ record a "$a"; record b "$b"; record x "$(words 501 600)"; } > abx.jsonl
try() { neardup check "$@" --report json:r.json > /dev/null; echo "exit $?  $*"; jq -r '.findings[] | select(.level == "error") | "  \(.message)", (.locations[] | "    \(.file):\(.line)")' r.json; }
neardup check abc.jsonl --baseline b.txt --update-baseline
for file in abc bac bc abcd; do try $file.jsonl --baseline b.txt; done
try abc.jsonl --keep last --baseline b.txt
echo "- what stays is new, too, where it is near to something known that went"
neardup check abx.jsonl --baseline b.txt --update-baseline
try abc.jsonl --baseline b.txt
echo "- paragraphs of documents of which some go"
pages > p.jsonl
tac p.jsonl > q.jsonl
for unit in paragraph document,paragraph line; do
    neardup check p.jsonl --unit $unit --baseline b.txt --update-baseline
    try q.jsonl --unit $unit --baseline b.txt
    rm b.txt
done
echo "- who stays matters with paragraphs, so that the baseline says it"
neardup check p.jsonl --unit paragraph --baseline b.txt --update-baseline
head -n 1 b.txt
neardup check p.jsonl --unit paragraph --keep first --baseline b.txt 2>&1 || echo "exit $?"

echo "- what is let pass takes with it what is near to it"
fingerprint=$(neardup check <(record a "$a"; record a2 "$a") --max-exact 0 --report json:- | jq -r '.findings[0].fingerprint')
echo "$fingerprint" > allow.txt
rm b.txt
neardup check bc.jsonl --baseline b.txt --update-baseline --no-config > /dev/null
sed -i 2,\$d b.txt
try abc.jsonl --allow allow.txt --baseline b.txt
try bac.jsonl --allow allow.txt --baseline b.txt
echo "- a policy lets all paragraphs of a chain stay: nothing is near to what went"
{ record p1 "one\n\n$a"; record p2 "two\n\n$b"; record p3 "three\n\n$c"; } > chain.jsonl
record z "$(words 901 940)" > z.jsonl
rm b.txt
neardup check z.jsonl --unit paragraph --max-copies 5 --baseline b.txt --update-baseline
try z.jsonl chain.jsonl --unit paragraph --max-copies 5 --baseline b.txt
