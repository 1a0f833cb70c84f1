# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Of boilerplate that goes altogether the first copy is named: to it the others are compared.
. "$CASES/lib.sh"
pages > pages.jsonl
neardup find pages.jsonl --unit paragraph --max-copies 1 -q --save run > /dev/null
neardup report run --format json |
    jq -c '.levels[0] | .sources, (.clusters[] | [.keeper, .first.id, .first.text[:12]], (.members[] | [.id, has("text"), has("diff")]))'
# As with --keep-one the one that stays.
neardup find pages.jsonl --unit paragraph --max-copies 1 --keep-one -q --save kept > /dev/null
neardup report kept --format json | jq -c '.levels[0].clusters[] | [.keeper.id, has("first")]'
