# SPDX-License-Identifier: MIT
"""rensa. The common question: full-set R-MinHash and the loop of its documentation. Its advice: the rho pipeline, which its own
benchmark measures (128 slots, 8 bands, words at sampled places): another question."""

from common import WORD, keep_first, main, on_texts, shingles
from rensa import RMinHash, RMinHashLSH


def sampled(texts, ask):
    words = [WORD.findall(text.lower()) for text in texts]
    matrix = RMinHash.digest_matrix_from_token_sets_rho(words, num_perm=128, seed=42)
    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=8)
    flags = lsh.query_duplicate_flags_matrix_one_shot(matrix)
    return [row for row, flag in enumerate(flags) if flag]


def remove(texts, ask):
    if ask["advice"]:
        return sampled(texts, ask)
    slots = ask["bands"] * ask["rows"]
    lsh = RMinHashLSH(threshold=ask["threshold"], num_perm=slots, num_bands=ask["bands"])

    def sign(row):
        m = RMinHash(num_perm=slots, seed=42)
        m.update(shingles(texts[row], ask["ngram"]))
        return m

    return keep_first(len(texts), lsh, sign, ask["threshold"])


if __name__ == "__main__":
    main(on_texts(remove))
