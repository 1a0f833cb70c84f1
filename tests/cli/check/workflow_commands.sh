# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Names and ids of others give no commands to the workflow whose log a check, or any other command, writes to.
. "$CASES/lib.sh"
export GITHUB_ACTIONS=true
mkdir data
{ record '::error::id' "$(words 1 40)"; echo bad; record x "$(words 1 40)"; } > 'data/::error::owned.jsonl'
record y "$(words 1 40)" > 'data/##[error]old.jsonl'
commands() {
    sed 's/^[[:space:]]*//' | grep -cE '^::|##\['
}
cd data || exit
{ neardup check . '::error::nowhere'; neardup check -- *; } 2>&1 | tee ../log | commands
{ neardup find --format table .; neardup compare '::error::owned.jsonl' '##[error]old.jsonl'; } 2>&1 | tee -a ../log | commands
neardup dedup . -o ../out 2>&1 | tee -a ../log | commands
{ neardup explain ../out '::error::id'; neardup explain ../out '::error::none'; } 2>&1 | tee -a ../log | commands
# Texts, too: when a line is broken before one, or when what stands in front is left out of an excerpt.
owned=$(seq -f '::error::owned%.0f' 12 | paste -sd ' ')
hidden=$(printf '\u200b::error file=x,line=1::hidden ##\u200d[error] \u2060#\ufeff#[warning]')
mkdir ../texts
{ record a "$(words 1 40)"; record b "$(words 1 40) $owned $(words 41 45)"; } > ../texts/a.jsonl
{ record c "$hidden $(words 50 90)"; record d "$hidden $(words 50 90)"; } > ../texts/b.jsonl
printf '%s\n' "$(words 1 40)" > ../texts/p.txt
printf '%s\n%s\n' "$(words 1 40)" "$hidden" > ../texts/q.txt
neardup dedup -q --threshold 0.5 ../texts/*.jsonl -o ../texts/out
{
    neardup explain ../texts/out a; neardup explain ../texts/out b; neardup explain -v --color always ../texts/out b
    neardup find --threshold 0.5 --format table ../texts/*.jsonl; neardup compare -v ../texts/p.txt ../texts/q.txt
} 2>&1 | sed 's/\x1b\[[0-9;]*m//g' | tee -a ../log | commands
grep -c 'error::owned\|hidden\|warning\]' ../log
grep -o '\./::error::owned.jsonl:2' ../log | head -n 1
unset GITHUB_ACTIONS
neardup check -- * 2>&1 | grep -E -m 1 -o '^\./::error::owned.jsonl:2'
