/* SPDX-License-Identifier: MIT
 * Pairs of fingerprints within a Hamming distance, one of a collection that is not compared with itself, the other of one
 * that asks: multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012) with the first as index. What the first collection
 * has in pairs of its own costs nothing. */
#ifndef NDUP_HAMMING_CROSS_H
#define NDUP_HAMMING_CROSS_H

#include "base/platform.h"
#include "base/pool.h"
#include "match/hamming/hamming.h"
#include "neardup.h"

#include <stdatomic.h>

struct ndup_hamming_cross {
    const struct ndup_fingerprint *index; /* [index_count] */
    uint32_t index_count;
    const struct ndup_fingerprint *asking; /* [asking_count] */
    uint32_t asking_count;
    unsigned bits, distance;
    bool nearest;       /* of each that asks only the pair with the nearest one of the index, the first of several */
    uint64_t max_bytes; /* of pairs; 0: no limit */
    struct ndup_pool *pool;
    const atomic_bool *cancel; /* may be NULL */
};

/* Bytes that one of the index needs while this runs, its fingerprint aside. */
#define NDUP_HAMMING_CROSS_BYTES ((uint64_t)32)

/* Every pair once: a is a place in the index, b one of those that ask; by b, and always in the same order. NOMEM, LIMIT,
 * CANCELED. */
neardup_status ndup_hamming_cross(const struct ndup_hamming_cross *cross, struct ndup_hamming_pairs *pairs,
                                  neardup_error *err) NDUP_MUST_CHECK;

#endif
