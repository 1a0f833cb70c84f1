# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A report replaces no input that lies in a folder, and no configuration; an earlier report it does.
. "$CASES/lib.sh"
mkdir data && cd data && corpus && cd ..
ls data/*.jsonl > list
printf '%s\n' 'max-duplicate-rate = "90%"' > neardup.toml
before=$(cat data/*.jsonl neardup.toml | cksum)
for report in data/part-0.jsonl neardup.toml data/../data/part-1.jsonl; do
    neardup check data --report json:$report -q; echo $?
done
neardup check --split a=data --split b=list --no-config --report json:data/part-0.jsonl -q; echo $?
neardup check --files-from list --report json:data/part-0.jsonl -q; echo $?
[ "$before" = "$(cat data/*.jsonl neardup.toml | cksum)" ] && echo "all as it was"
for limit in 0% 90%; do
    for again in 1 2; do
        for format in text json markdown html sarif junit github gitlab; do
            neardup check data --no-config --max-duplicate-rate $limit --report $format:data/report.$format -q > /dev/null
            status=$?
            [ $status -le 1 ] || echo "$format $limit $again: $status"
        done
    done
done
ls data
