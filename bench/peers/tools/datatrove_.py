# SPDX-License-Identifier: MIT
"""datatrove: its four MinHash steps on one machine, with a tokeniser that needs no model. A union-find decides and nothing is
verified. The advice is its defaults: 14 bands of 8."""

import gzip
import json
import os

from common import WORD, main
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.word_tokenizers import WordTokenizer


class Words(WordTokenizer):
    def word_tokenize(self, text):
        return WORD.findall(text)

    def sent_tokenize(self, text):
        return [text]

    def span_tokenize(self, text):
        return [(0, len(text))]


def run(corpus, ask):
    folder = ask["folder"]
    config = MinhashConfig(n_grams=ask["ngram"])
    if not ask["advice"]:
        config = MinhashConfig(n_grams=ask["ngram"], num_buckets=ask["bands"], hashes_per_bucket=ask["rows"])
    os.makedirs(os.path.join(folder, "input"))
    rows = split(corpus, os.path.join(folder, "input"), ask["threads"])

    def place(name):
        return os.path.join(folder, name)

    def step(name, tasks, *pipeline):
        LocalPipelineExecutor(pipeline=list(pipeline), tasks=tasks, workers=min(tasks, ask["threads"]),
                              logging_dir=place("log-" + name)).run()  # fmt: skip

    tasks = ask["threads"]
    step("1", tasks, JsonlReader(place("input")),
         MinhashDedupSignature(output_folder=place("signatures"), config=config, language=Words()))  # fmt: skip
    step("2", config.num_buckets, MinhashDedupBuckets(input_folder=place("signatures"), output_folder=place("buckets"),
                                                      config=config))  # fmt: skip
    step("3", 1, MinhashDedupCluster(input_folder=place("buckets"), output_folder=place("remove"), config=config))
    step("4", tasks, JsonlReader(place("input")),
         MinhashDedupFilter(input_folder=place("remove"), exclusion_writer=JsonlWriter(place("excluded"))))  # fmt: skip
    removed = []
    for name in os.listdir(place("excluded")):
        with gzip.open(os.path.join(place("excluded"), name), "rt", encoding="utf-8") as lines:
            removed += [int(json.loads(line)["id"]) for line in lines]
    return sorted(removed) if rows else []


def split(corpus, folder, parts):
    """One file for each task, with the row as id."""
    with open(corpus, encoding="utf-8") as lines:
        records = [json.loads(line)["text"] for line in lines]
    size = -(-len(records) // parts)
    for part in range(parts):
        with open(os.path.join(folder, "%03d.jsonl" % part), "w", encoding="utf-8") as out:
            for row in range(part * size, min((part + 1) * size, len(records))):
                out.write(json.dumps({"id": str(row), "text": records[row]}) + "\n")
    return len(records)


if __name__ == "__main__":
    main(run)
