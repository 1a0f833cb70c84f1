# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Inputs that stand elsewhere under another name: those of --input stand for those of the run in their order.
. "$CASES/lib.sh"
corpus
texts() { # argument...
    neardup report --format json "$@" |
        jq -c '[.text, .text_note, ([.levels[].clusters[] | .keeper.text, .members[].diff] | map(. != null))]
            + [.warnings[].kind], (.levels[0].clusters[0] | [.keeper, .members[]] | map(.file))'
}
echo "== files"
neardup find part-0.jsonl part-1.jsonl --save run -q > /dev/null
mv part-0.jsonl x.jsonl && mv part-1.jsonl y.jsonl
texts run -i x.jsonl -i y.jsonl
echo "== not as many, and another order"
texts run -i x.jsonl
mkdir same && cp x.jsonl same/part-0.jsonl && cp y.jsonl same/part-1.jsonl
texts run -i same
texts run -i same/part-1.jsonl -i same/part-0.jsonl
texts run -i y.jsonl -i x.jsonl
echo "== standard input"
cat x.jsonl y.jsonl > z.jsonl
neardup find - --save piped -q < z.jsonl > /dev/null
texts piped -i z.jsonl
echo "== folders with files of the same names, and a reference"
mkdir -p a/in b/in old
mv x.jsonl a/in/f.jsonl && mv y.jsonl b/in/f.jsonl && record old "$(words 1 38)" > old/f.jsonl
neardup find a/in b/in --reference old --save folders -q > /dev/null
mkdir else && mv a/in else/one && mv b/in else/two && mv old else/three
texts folders -i else/one -i else/two -i else/three
texts folders -i else
echo "== a file for a folder of one"
mkdir only && neardup find z.jsonl --save of-file -q > /dev/null && mv z.jsonl only/docs.jsonl
neardup find only --save of-folder -q > /dev/null
mv only/docs.jsonl . && rmdir only
texts of-folder -i docs.jsonl
texts of-file -i docs.jsonl
echo "== seen from another folder, names are those of the run, too"
mkdir -p w/sub && head -2 docs.jsonl > w/sub/f.jsonl && tail -3 docs.jsonl > w/f.jsonl
(cd w && neardup find sub/f.jsonl f.jsonl --save ../seen -q > /dev/null)
texts seen
echo "== of a file of clusters only names are known"
neardup find docs.jsonl -q > clusters.jsonl
mv docs.jsonl other.jsonl
texts clusters.jsonl -i other.jsonl
