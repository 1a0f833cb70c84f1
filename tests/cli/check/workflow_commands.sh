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
grep -o '\./::error::owned.jsonl:2' ../log | head -n 1
unset GITHUB_ACTIONS
neardup check -- * 2>&1 | grep -E -m 1 -o '^\./::error::owned.jsonl:2'
