/* SPDX-License-Identifier: MIT
 * Hashes with a secret key: they decide what is equal, and where a thing is in a hash table.
 *
 * A public hash can be searched for collisions before the run: seven seconds for two words with the same token hash, and
 * half a second for ten thousand keys that all want the same slot of a table. So public hashes (token_hash.h) only
 * propose; what decides is hashed with a key that is drawn when the process first needs it and is never written anywhere.
 *
 * Why these hashes. A text is written before the key is drawn, and no result depends on the key, so whoever writes it
 * learns nothing about it. Against such an opponent universal hashing is enough, and it has a proof where SipHash and AES
 * have experience: for any two different inputs, however they were found, the share of keys under which they collide is
 * bounded. Three families:
 *
 *   multilinear   (m0 + m1 a + m2 b) mod 2^128, high half: two words of 64 bits become one. Exactly 2^-64, and every
 *                 value equally likely, for keys of 128 bits (Lemire and Kaser, Strongly universal string hashing is
 *                 fast, The Computer Journal 57, 2014). 128 bits of key per word are the point: the folded products of
 *                 wyhash and XXH3 are a little faster and have inputs that collide for every seed.
 *   NH            sum of (a + k)(b + k') over pairs of words: one multiplication for two words (Black, Halevi, Krawczyk,
 *                 Krovetz, Rogaway: UMAC, CRYPTO 1999). A word that happens to be -k makes its partner vanish; that is
 *                 the 2^-64 of it. The low and the high halves of the products are added up apart, without a carry,
 *                 which doubles the bound, to 2^-63.
 *   polynomial    of the sums of blocks, mod the prime 2^127 - 1 (as VMAC has it), at a secret point: n blocks, n 2^-126.
 *
 * Compared per word of text on a Zen machine: the public token hash takes 1.3 ns, multilinear 1.4, SipHash-1-3 11. AES
 * rounds would be as fast, but four of them have no bound for truncated outputs, and not every ARM has them. */
#ifndef NDUP_KEY_H
#define NDUP_KEY_H

#include "base/platform.h"
#include "neardup.h"

__extension__ typedef unsigned __int128 ndup_wide;

/* Pairs of words in a block of NH: 4 KiB of key, which stay in the first-level cache, and one step of the polynomial
 * (about 12 ns) per 256 words. With 64 pairs the steps were 1.5 % of a run. */
enum { NDUP_KEY_PAIRS = 256 };
/* Tokens of a shingle at most (text.h). */
enum { NDUP_KEY_SHINGLE = 64 };

struct ndup_key {
    uint64_t block[2 * NDUP_KEY_PAIRS];
    uint64_t shingle[NDUP_KEY_SHINGLE];
    uint64_t token[6]; /* three numbers of 128 bits, low half first */
    uint64_t fold[6];  /* three more */
    uint64_t point[2]; /* below 2^126 */
    uint64_t table[2];
};

/* The key of the process, drawn from the system at the first call; any thread. IO: the system has no random bytes. */
neardup_status ndup_key_get(const struct ndup_key **key, neardup_error *err) NDUP_MUST_CHECK;

/* A key that other processes make, too: of 32 secret bytes, by SHA-256 of these and a counter. */
void ndup_key_make(struct ndup_key *key, const unsigned char secret[32]);

/* For tests of results, which no key changes: the key becomes one made from a number. No job, text or comparer that was made
 * before may be used any more. */
void ndup_key_set(uint64_t number);

/* ---- two words become one ---- */

/* The high half of m0 + m1 a + m2 b, m0, m1 and m2 being key[0..5]. */
NDUP_INLINE uint64_t ndup_key_two(const uint64_t key[6], uint64_t a, uint64_t b)
{
    ndup_wide low = (ndup_wide)key[2] * a + key[0] + (ndup_wide)key[4] * b;
    return (uint64_t)(low >> 64) + key[1] + key[3] * a + key[5] * b;
}

/* Mixes a hash that anyone can compute into a place in a table: its high bits. */
NDUP_INLINE uint64_t ndup_key_place(const struct ndup_key *key, uint64_t hash)
{
    ndup_wide product = (ndup_wide)(hash ^ key->table[0]) * (key->table[1] | 1);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* ---- many words become two ---- */

struct ndup_digest { /* 127 bits: `high` has its lowest bit clear */
    uint64_t low, high;
};

NDUP_INLINE bool ndup_digest_equal(struct ndup_digest a, struct ndup_digest b)
{
    return a.low == b.low && a.high == b.high;
}

struct ndup_sum { /* of NH: the halves of its products */
    uint64_t low, high;
};

struct ndup_digester {
    struct ndup_sum sum; /* of the current block */
    ndup_wide state;     /* of the polynomial */
    size_t at;           /* pairs in the current block, fewer than NDUP_KEY_PAIRS between calls */
    uint64_t pairs;      /* of the blocks before it */
};

NDUP_INLINE void ndup_key_add(struct ndup_sum *sum, const uint64_t key[2], uint64_t a, uint64_t b)
{
    ndup_wide product = (ndup_wide)(a + key[0]) * (b + key[1]);
    sum->low += (uint64_t)product;
    sum->high += (uint64_t)(product >> 64);
}

/* Ends a block: when `at` is NDUP_KEY_PAIRS. */
void ndup_digester_fold(struct ndup_digester *digester, const struct ndup_key *key);

NDUP_INLINE void ndup_digester_put(struct ndup_digester *digester, const struct ndup_key *key, uint64_t a, uint64_t b)
{
    ndup_key_add(&digester->sum, key->block + 2 * digester->at, a, b);
    if (NDUP_UNLIKELY(++digester->at == NDUP_KEY_PAIRS))
        ndup_digester_fold(digester, key);
}

/* The digest of all pairs. length: the number of pairs, or of the bytes that made them. */
struct ndup_digest ndup_digester_end(struct ndup_digester *digester, const struct ndup_key *key, uint64_t length);

/* Of bytes. */
struct ndup_digest ndup_key_digest(const struct ndup_key *key, const void *bytes, size_t length);

/* Of a name that is looked up in a table. */
NDUP_INLINE uint64_t ndup_key_name(const struct ndup_key *key, const void *bytes, size_t length)
{
    return ndup_key_digest(key, bytes, length).low;
}

#endif
