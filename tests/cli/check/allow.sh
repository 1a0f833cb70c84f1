# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Texts that may repeat, by the fingerprint of a finding.
. "$CASES/lib.sh"
corpus
{ record c1 "$(words 301 340)"; record c2 "$(words 301 340)"; } >> part-0.jsonl
neardup check . --report json:- | jq -r '.findings[] | "\(.fingerprint)  # \(.message)"' > all.txt
cat all.txt
head -n 1 all.txt > allow.list
verdict . --allow allow.list
{ echo "# both"; echo; sed 's/  #.*//' all.txt | tr a-f A-F; } > allow.list
verdict . --allow allow.list --max-exact 0 --max-cluster-size 1
neardup check . --baseline b.txt --update-baseline
echo "- lines of a baseline do, too"
verdict . --allow b.txt
echo "- and fingerprints of the gitlab report"
neardup check . -q --report gitlab:- | jq -r '.[].fingerprint' > gitlab.txt
verdict . --allow gitlab.txt
echo nonsense >> allow.list
neardup check . --allow allow.list
neardup check . --allow missing.list
