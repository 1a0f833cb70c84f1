# SPDX-License-Identifier: MIT
"""All pairs of a corpus whose true Jaccard similarity reaches the threshold, by a sparse matrix product.

    truth.py CORPUS OUTPUT THRESHOLD NGRAM

It shares nothing with neardup: the tokeniser is Python's (compatibility forms, marks removed, case folded), the join looks at
every pair. OUTPUT gets `later earlier similarity` per line, rows from 0."""

import json
import re
import sys
import unicodedata

import numpy
import scipy.sparse

WORD = re.compile(r"[^\W_]+")
# Rows of a block of the product: bounds its memory.
BLOCK = 1000


def words_of(text):
    text = unicodedata.normalize("NFKD", text)
    return WORD.findall("".join(c for c in text if not unicodedata.combining(c)).casefold())


def sets_of(path, n):
    """The texts as a matrix of zeros and ones: a row per text, a column per shingle."""
    numbers, columns, ends = {}, [], [0]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = words_of(json.loads(line)["text"])
            grams = {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))}
            columns.extend(numbers.setdefault(gram, len(numbers)) for gram in grams)
            ends.append(len(columns))
    ones = numpy.ones(len(columns), dtype=numpy.int32)
    return scipy.sparse.csr_matrix((ones, columns, ends), shape=(len(ends) - 1, len(numbers)))


def main():
    path, output, threshold, n = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    sets = sets_of(path, n)
    # A shingle of one text alone joins nothing.
    used = numpy.asarray(sets.sum(axis=0)).ravel() > 1
    sizes = numpy.diff(sets.indptr)
    shared_by = sets[:, used]
    other = shared_by.T.tocsr()
    with open(output, "w", encoding="ascii") as file:
        for begin in range(0, sets.shape[0], BLOCK):
            block = (shared_by[begin : begin + BLOCK] @ other).tocoo()
            later, earlier = block.row + begin, block.col
            similarity = block.data / (sizes[later] + sizes[earlier] - block.data)
            good = (earlier < later) & (similarity >= threshold - 1e-12)
            for row in zip(later[good], earlier[good], similarity[good]):
                file.write("%d %d %.6f\n" % row)


if __name__ == "__main__":
    main()
