# SPDX-License-Identifier: MIT
"""text-dedup: the module minhash, run as its documentation does. A union-find decides and nothing is verified. The advice is its
example: 250 permutations and the bands that it solves for. Its output has the rows that stay."""

import json
import os
import subprocess
import sys

from common import main


def run(corpus, ask):
    numbered = os.path.join(ask["folder"], "numbered.jsonl")
    rows = 0
    with open(corpus, encoding="utf-8") as lines, open(numbered, "w", encoding="utf-8") as out:
        for rows, line in enumerate(lines, 1):
            out.write(json.dumps({"row": rows - 1, "text": json.loads(line)["text"]}) + "\n")
    output = os.path.join(ask["folder"], "kept")
    command = [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", numbered, "--split", "train",
               "--cache_dir", os.path.join(ask["folder"], "cache"), "--output", output, "--column", "text",
               "--batch_size", "10000", "--num_proc", str(ask["threads"]), "--ngram", str(ask["ngram"]),
               "--threshold", str(ask["threshold"])]  # fmt: skip
    if not ask["advice"]:
        command += ["--num_perm", str(ask["bands"] * ask["rows"]), "--b", str(ask["bands"]), "--r", str(ask["rows"]),
                    "--min_length", "1"]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    import datasets

    kept = set(datasets.load_from_disk(output)["row"])
    return [row for row in range(rows) if row not in kept]


if __name__ == "__main__":
    main(run)
