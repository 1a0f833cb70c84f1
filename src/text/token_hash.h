/* SPDX-License-Identifier: MIT
 * The hash of a token; doc/format.md, "token hash".
 *
 * Nine of ten words have at most 16 bytes. For them two loads, two masks and two folded multiplications do, without a
 * branch on the length: 1.9 ns per word, where XXH3 inlined takes 2.9 to 5.0 (bench/bench_text). That decides the speed
 * of the tokeniser: 1.6 GB/s with this hash and 1.0 GB/s with XXH3 for each word, in a prototype with AVX2. Longer
 * words take XXH3.
 *
 * Anyone can search for two words with the same hash. So this hash makes signatures, which propose, and nothing else:
 * what decides is keyed.h. */
#ifndef NDUP_TEXT_TOKEN_HASH_H
#define NDUP_TEXT_TOKEN_HASH_H

#include "base/platform.h"

#include <string.h>
#include <xxhash.h>

enum { NDUP_TOKEN_SHORT = 16 };

/* Fractional parts of the square roots of 2, 3, 5 and 7: numbers that nobody could have chosen for a purpose. The first
 * two, read as bytes, are not UTF-8, so that no token makes a factor zero. */
#define NDUP_TOKEN_K0 0x6A09E667F3BCC908u
#define NDUP_TOKEN_K1 0xBB67AE8584CAA73Bu
#define NDUP_TOKEN_K2 0x3C6EF372FE94F82Bu
#define NDUP_TOKEN_K3 0xA54FF53A5F1D36F1u

/* [length]: which bits of the two words at a token belong to it */
extern const uint64_t ndup_token_mask[NDUP_TOKEN_SHORT + 1][2];

NDUP_INLINE uint64_t ndup_fold_multiply(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

NDUP_INLINE uint64_t ndup_load64(const unsigned char *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

/* The bytes of a token of at most 16 as two words, padded with zeros; 16 bytes at p must be readable, those after the
 * token do not matter. A normalised token has no zero byte, so that no two tokens have the same words. */
struct ndup_token_words {
    uint64_t low, high;
};

NDUP_INLINE struct ndup_token_words ndup_token_words_short(const unsigned char *p, size_t length)
{
    return (struct ndup_token_words){ndup_load64(p) & ndup_token_mask[length][0],
                                     ndup_load64(p + 8) & ndup_token_mask[length][1]};
}

NDUP_INLINE uint64_t ndup_token_hash_words(struct ndup_token_words words, size_t length)
{
    uint64_t x = ndup_fold_multiply(words.low ^ NDUP_TOKEN_K0, words.high ^ NDUP_TOKEN_K1);
    return ndup_fold_multiply(x ^ NDUP_TOKEN_K2, NDUP_TOKEN_K3 + 2 * length);
}

NDUP_INLINE uint64_t ndup_token_hash_short(const unsigned char *p, size_t length)
{
    return ndup_token_hash_words(ndup_token_words_short(p, length), length);
}

/* max(16, length) bytes at p must be readable. */
NDUP_INLINE uint64_t ndup_token_hash(const unsigned char *p, size_t length)
{
    if (NDUP_LIKELY(length <= NDUP_TOKEN_SHORT))
        return ndup_token_hash_short(p, length);
    return XXH3_64bits(p, length);
}

#endif
