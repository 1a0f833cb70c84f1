# SPDX-License-Identifier: MIT
"""FastSketchLSH. Whoever shares a band with another text is flagged: it verifies nothing. Its slots must be a power of two: the
common question gets 128 in 32 bands of 4, the nearest. Its documentation shows word sets, 128 slots and 16 bands."""

from common import main, on_texts, shingles
from FastSketchLSH import LSH, FastSimilaritySketch


def remove(texts, ask):
    if ask["advice"]:
        sets, slots, bands = [sorted(set(text.lower().split())) for text in texts], 128, 16
    else:
        sets = [shingles(text, ask["ngram"]) for text in texts]
        slots, bands = 128, 32
    matrix = FastSimilaritySketch(size=slots, seed=42).batch(sets, num_threads=ask["threads"])
    flags = LSH(num_perm=slots, num_bands=bands, num_threads=ask["threads"]).insert_and_query_duplicates(matrix)
    return [row for row, flag in enumerate(flags) if flag]


if __name__ == "__main__":
    main(on_texts(remove))
