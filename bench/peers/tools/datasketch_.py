# SPDX-License-Identifier: MIT
"""datasketch: MinHashLSH, and the estimate of the signatures decides. Its documentation shows 128 permutations and word sets."""

from common import keep_first, main, on_texts, shingles
from datasketch import MinHash, MinHashLSH


def remove(texts, ask):
    slots = 128 if ask["advice"] else ask["bands"] * ask["rows"]
    if ask["advice"]:
        lsh = MinHashLSH(threshold=ask["threshold"], num_perm=slots)
    else:
        lsh = MinHashLSH(num_perm=slots, params=(ask["bands"], ask["rows"]))

    def sign(row):
        m = MinHash(num_perm=slots)
        m.update_batch([shingle.encode() for shingle in shingles(texts[row], ask["ngram"])])
        return m

    return keep_first(len(texts), lsh, sign, ask["threshold"])


if __name__ == "__main__":
    main(on_texts(remove))
