# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is exactly at its limit passes, whatever the kind of limit; zero is a limit.
. "$CASES/lib.sh"
corpus # 5 documents, 2 removed, 1 of them exact, one cluster of 3
try() {
    neardup check . --no-config --report json:report.json "$@" > /dev/null
    echo "$? $*"
    rm -f report.json
}
try --max-duplicate-rate 2
try --max-duplicate-rate 1
try --max-duplicate-rate 0
try --max-duplicate-rate 40%
try --max-duplicate-rate 39.999999%
try --max-duplicate-rate 100%
try --max-duplicate-rate 0%
try --max-exact 1
try --max-exact 0
try --max-exact 20%
try --max-exact 19.99%
try --max-cluster-size 3
try --max-cluster-size 2
try --max-cluster-size 60%
try --max-cluster-size 59%
try --max-invalid 0
try --max-empty 0
echo '{"id":"e","text":"..."}' >> part-0.jsonl
echo '{"id":"f"}' >> part-0.jsonl
try --max-empty 0 -q
try --max-empty 1 -q
try --max-invalid 0 -q
try --max-invalid 1 -q
try --max-invalid 14% -q
try --max-invalid 15% -q
