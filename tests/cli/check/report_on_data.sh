# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A report never replaces data of a checked folder, nor hides it; an earlier report and an empty file it does.
. "$CASES/lib.sh"
mkdir data other
(cd data && corpus)
record far "$(words 901 940)" > other/far.jsonl
ln -s ../other data/other
cp -r data before
refused() {
    neardup check "$@" --max-duplicate-rate 90%
    echo "exit $?"
}
for format in text json markdown html sarif junit github gitlab; do
    refused data --report "$format:data/part-1.jsonl"
done
echo "- behind a link, as a split, as reference or allowed text, on a list, the configuration"
refused data --report json:other/far.jsonl
refused --split train=data/part-0.jsonl --split test=other --report json:other/far.jsonl
refused data/part-0.jsonl --reference other --report json:other/far.jsonl
refused data/part-0.jsonl --allow-texts other --report json:other/far.jsonl
echo data/part-0.jsonl > list
refused --files-from list --report json:data/part-0.jsonl
echo 'max-exact = 9' > neardup.toml
refused data --report json:neardup.toml
rm neardup.toml
diff -r before data && echo untouched
echo "- a baseline reads what only has the name of a report"
neardup check data --report json:data/part-1.jsonl --baseline known.jsonl --update-baseline
echo "- earlier reports, and empty files"
: > data/empty.json
for format in text json markdown html sarif junit github gitlab; do
    for run in first second coloured again; do
        colour=never
        [ $run = coloured ] && colour=always
        neardup check data --max-exact 9 --max-invalid 0 --color $colour --report "$format:data/report" -q > "$run" ||
            echo "$format $run: $?"
    done
    cmp first second
    rm data/report
done
neardup check data --max-exact 9 --report json:data/empty.json | sed -n 2p
jq -c .passed data/empty.json
rm data/empty.json
echo "- elsewhere any file"
cp list somewhere
refused data --report json:somewhere | head -n 1
