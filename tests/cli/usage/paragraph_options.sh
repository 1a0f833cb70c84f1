# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options that contradict each other, or mean nothing where documents are compared.
echo '{"text":"a"}' > x.jsonl
echo 'a' > x.txt
try() {
    neardup "$@"
    echo "$? $*"
}
try find x.jsonl --unit paragraf
try find x.jsonl --unit paragraph,line
try find x.jsonl --unit ''
try find x.jsonl --within
try dedup x.jsonl -o out --max-copies 3
try dedup x.jsonl -o out --unit paragraph --keep-one
try dedup x.jsonl -o out --unit paragraph --annotate --drop-emptied
try dedup x.jsonl -o out --unit paragraph --annotate --input-format line
try dedup x.txt -o out --unit paragraph --annotate
try dedup x.jsonl -o out --unit paragraph --across --containment 0.9
try dedup x.jsonl -o out --unit paragraph --within --max-copies 3
try dedup x.jsonl -o out --unit paragraph --containment 1.5
try find x.jsonl --unit paragraph --pairs --group-field site
try find x.jsonl --unit paragraph --format csv --group-field site
ls
