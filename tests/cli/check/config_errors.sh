# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# File, line and column, and what may have been meant.
try() {
    printf '%s\n' "$1" > neardup.toml
    neardup check x.jsonl
    echo "$? $1"
}
echo '{"text":"a"}' > x.jsonl
try 'max-exat = 0'
try '[check]
max-duplicate-rate = 0.01'
try 'max-duplicate-rate = "1 percent"'
try 'threshold = "high"'
try 'threshold = 2'
try 'threshold = inf'
try 'ngram = 5.5'
try 'ngram = 65'
try 'method = "minhsh"'
try 'strict = "yes"'
try '[similarity]
max-exact = 0'
try '[chek]
max-exact = 0'
try '[check.more]
max-exact = 0'
try 'max-exact = [1]'
try 'inputs = 3'
try 'inputs = ["a", 3]'
try 'reports = ["json:a", []]'
try 'update-baseline = true'
try 'text-field = "a\u0000b"'
try 'text-field = 1979-05-27'
try '[splits]
train = 3'
try '[splits]
"a=b" = "x"'
try 'max-exact = '
try 'max-exact = 0
max-exact = 1'
try "$(printf 'text-field = "\xff"')"
try 'xyzzy = true'
echo "- values that only a run would miss"
try 'keep = "frist"'
try '[paragraphs]
unit = "document,paragraf"'
try 'reports = ["json:a.json", "jsn:b.json"]'
try 'report = "json"'
try '[check]
split = ["train=x.jsonl", "test"]'
try '[splits]
train = ""'
echo "- what would be read as something else"
try '[simlarity]
# threshold = 0.8'
try 'max-exact = 0
[check]
max-exact = 1'
try 'reports = "json:a.json"
[check]
report = ["json:b.json"]'
try '"max-exact\u0000" = 1'
try '["check\u0000"]
max-exact = 1'
echo "- a key too deep for the stack"
{ printf a; printf '%0500000d' 0 | sed 's/0/.a/g'; echo '=1'; } > neardup.toml
neardup check x.jsonl
echo "$?"
{ printf a; printf '%030000d' 0 | sed 's/0/.a/g'; echo '=1'; } > neardup.toml
neardup check x.jsonl
echo "$?"
