/* SPDX-License-Identifier: MIT
 * Which texts have fingerprints within a distance of each other, as buckets:
 *
 *   rank -> group (equal fingerprints) -> bucket, linked with the buckets of the groups within the distance
 *
 * A rank has one entry, however many neighbours its fingerprint has, and a pair of fingerprints two links, however many
 * ranks share them. So neither a million texts of one fingerprint nor one of them that has thousands of neighbours
 * costs their product, as a bucket for each pair of fingerprints would. */
#ifndef NDUP_NEARBY_H
#define NDUP_NEARBY_H

#include "base/platform.h"
#include "base/pool.h"
#include "match/buckets.h"
#include "match/group.h"
#include "match/hamming.h"
#include "neardup.h"

#include <stdatomic.h>

/* A scope: the rank is compared with none. */
#define NDUP_NEARBY_ALONE UINT32_MAX

struct ndup_nearby_options {
    const struct ndup_fingerprint *fingerprints; /* [ranks] */
    const uint32_t *scope; /* [ranks]: only ranks of the same scope meet. NULL: all have the same */
    uint32_t ranks;
    uint32_t references; /* the first ranks, which are kept and not compared with each other; only with one scope */
    const uint64_t
        *mixed; /* one bit per rank of these: it is compared with all others. NULL: none is. Not with kept_only */
    /* A kept rank is a reason to remove all later ones within the distance, and links to groups without a kept one are not
     * needed. Then a mass of fingerprints that are all near to each other costs no more than others: its
     * pairs are not listed. Only without scopes. */
    bool kept_only;
    unsigned bits, distance;
    uint64_t max_bytes; /* of working memory, and of pairs; 0: no limit */
    neardup_cpu cpu;
    struct ndup_pool *pool;
    const atomic_bool *cancel; /* may be NULL */
};

/* Bytes that a rank needs while this runs, beside its fingerprint and the working memory of the plan. */
#define NDUP_NEARBY_RANK_BYTES ((uint64_t)36)
/* More bytes per rank with references. */
#define NDUP_NEARBY_REFERENCE_BYTES ((uint64_t)64)

/* Adds an entry (item: the rank) for every rank that shares a bucket, or whose bucket is linked. *entries must be empty.
 * *plan is that of the largest search. Fails as ndup_hamming_pairs does. */
neardup_status ndup_nearby_find(const struct ndup_nearby_options *options, struct ndup_entries *entries,
                                struct ndup_bucket_links *links, struct ndup_hamming_plan *plan,
                                neardup_error *err) NDUP_MUST_CHECK;

/* ---- a part of it, for tests ---- */

struct ndup_nearby_cross_options {
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

/* Pairs of a fingerprint of the index and one that asks, each once: a is a place in the index, b one of those that ask; by b,
 * and always in the same order. NOMEM, LIMIT, CANCELED. */
neardup_status ndup_nearby_cross(const struct ndup_nearby_cross_options *cross, struct ndup_hamming_pairs *pairs,
                                 neardup_error *err) NDUP_MUST_CHECK;

#endif
