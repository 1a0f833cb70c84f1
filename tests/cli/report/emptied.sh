# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Documents of which cutting leaves too little are neither kept nor removed, as in the summary of the run.
. "$CASES/lib.sh"
pages > pages.jsonl
neardup dedup pages.jsonl -o clean -q --unit document,paragraph --drop-emptied --min-remaining 15
jq -c '{documents, exact, near, kept, emptied: .parts.emptied, emptied_bytes: .parts.emptied_bytes}' clean/summary.json
neardup report clean --format json | jq -c '.levels[] | {unit, units, kept, removed, emptied, emptied_bytes}'
neardup report clean --format json |
    jq -e --slurpfile s clean/summary.json '.levels[0] | .kept == $s[0].kept and .units == .kept + .removed + .emptied'
neardup report clean --format markdown | grep -e 'as a whole' -e '^| kept' -e emptied
# Where documents were not compared, too.
neardup dedup pages.jsonl -o parts -q --unit paragraph --drop-emptied --min-remaining 15
neardup report parts --format json | jq -c '.levels[] | {unit, emptied, emptied_bytes}'
neardup report parts --format markdown | grep 'as a whole'
# A run that was not to drop them has no such numbers.
neardup dedup pages.jsonl -o other -q --unit document,paragraph
neardup report other --format json | jq -c '[.levels[] | has("emptied")]'
