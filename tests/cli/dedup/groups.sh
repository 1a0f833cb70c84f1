# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The group of every document, as it stands in the record.
cat > in.jsonl <<'END'
{"id":1,"meta":{"site":"a \u00e9"},"text":"one two three four five six seven"}
{"id":2,"meta":{"site":3.0},"text":"One two three four five six seven"}
{"id":3,"meta":{"site":null},"text":"one two three four five six, seven"}
{"id":4,"text":"something else that stands alone"}
END
neardup dedup in.jsonl -q -o out --group-field meta.site
cat out/decisions.jsonl out/clusters.jsonl
jq -r .parameters.group_field out/summary.json
