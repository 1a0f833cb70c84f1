# SPDX-License-Identifier: MIT
"""gaoya: an index of strings, filled and asked in parallel; the estimate of the signatures decides. Its documentation shows
32-bit hashes and word n-grams; its own bands and rows are the advice."""

from common import main, on_texts
from gaoya.minhash import MinHashStringIndex


def remove(texts, ask):
    if ask["advice"]:
        sizes = {"num_hashes": 128}
    else:
        sizes = {"num_bands": ask["bands"], "band_size": ask["rows"]}
    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=ask["threshold"], analyzer="word", lowercase=True,
        ngram_range=(ask["ngram"], ask["ngram"]), id_container="vec", **sizes,
    )  # fmt: skip
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    removed = set()
    for row, near in enumerate(index.par_bulk_query(texts)):
        if any(other < row and other not in removed for other in near):
            removed.add(row)
    return sorted(removed)


if __name__ == "__main__":
    main(on_texts(remove))
