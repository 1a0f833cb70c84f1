# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Groups are numbered by who comes first in the input, not by which thread was first.
awk 'BEGIN {
    for (i = 0; i < 30000; i++)
        printf "{\"id\":%d,\"site\":\"s%d\",\"text\":\"w%d w%d w%d a b c\\n\\nfooter of site %d is here for all to see\"}\n", i,
            (i * 7919) % 101, i % 9000, i % 9001, i % 9002, (i * 7919) % 101
}' > in.jsonl
for threads in 1 2 5; do
    neardup dedup in.jsonl -o "out$threads" -q -j $threads --group-field site --unit document,paragraph
    neardup find in.jsonl -q -j $threads --group-field site --unit paragraph > "found$threads"
done
cmp out1/decisions.jsonl out2/decisions.jsonl && cmp out1/decisions.jsonl out5/decisions.jsonl
cmp out1/clusters.jsonl out2/clusters.jsonl && cmp out1/clusters.jsonl out5/clusters.jsonl
cmp found1 found2 && cmp found1 found5
grep -c group_documents found1
grep -m 3 -o '"group":"[^"]*","group_documents":[0-9]*' found1
