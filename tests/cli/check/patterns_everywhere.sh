# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Patterns that no shell has seen are expanded wherever a check takes paths; what is there by such a name is no pattern.
. "$CASES/lib.sh"
mkdir data corpus
(cd data && corpus)
(cd corpus && record r1 "$(words 101 140)" > old-1.jsonl && record r2 "$(words 201 240)" > old-2.jsonl)
record odd "$(words 801 840)" > 'odd[1].jsonl'
record other "$(words 901 940)" > odd1.jsonl
echo "- inputs"
verdict 'data/*.jsonl' 'odd[1].jsonl' | sed -n '2p;$p'
verdict 'data/part-[0-9].jsonl' -q | sed -n '2p;$p'
echo "- reference, allowed texts, allow lists, lists"
verdict 'data/*.jsonl' --reference 'corpus/old-?.jsonl' | sed -n '2p;$p'
verdict 'data/*.jsonl' --allow-texts 'corpus/*' --reference 'corpus/old-1.jsonl' | sed -n '2p;$p'
neardup check data --report json:- -q | jq -r '.findings[0].fingerprint' > allowed-1.txt
verdict data --allow 'allowed-*.txt' | sed -n '2p;$p'
ls data/* > files-1.list
verdict --files-from 'files-*.list' -q | sed -n '2p;$p'
echo "- in a configuration"
printf '%s\n' 'inputs = "data/*"' 'reference = "corpus/*.jsonl"' 'allow = "allowed-*.txt"' > neardup.toml
verdict | sed -n '2p;$p'
neardup check --print-config | grep -E '^(inputs|reference|allow) '
rm neardup.toml
echo "- nothing matches"
for options in 'none-*.jsonl' 'data --reference none/*' 'data --allow none-*' 'data --allow-texts none-*' '--files-from none-*' 'data/**'; do
    # shellcheck disable=SC2086 # words
    (set -f && verdict $options)
done
