/* SPDX-License-Identifier: MIT
 * All pairs of fingerprints within a Hamming distance, exactly: by sorted tables of permuted blocks (Manku, Jain, Das Sarma,
 * WWW 2007). Comparing all with all is the same with 0 tables, and the cheapest for a few hundred fingerprints and for
 * distances near a quarter of the bits.
 *
 * Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012) was a third way. It finds the same pairs and was faster from
 * distance 6 of 64 bits and 10 of 128 on: 10^6 fingerprints took it 0.4 core seconds instead of 0.5 (64 bits, distance 6),
 * 1.8 instead of 6.4 (64, 10), 0.7 instead of 1.3 (128, 10) and 1.9 instead of 4.2 (128, 16); for smaller distances the
 * tables win. Reading and fingerprinting as many texts of 2 KB takes a minute, so it was not worth a third search with a
 * cost model and an option of its own. */
#ifndef NDUP_HAMMING_H
#define NDUP_HAMMING_H

#include "base/platform.h"
#include "base/pool.h"
#include "neardup.h"
#include "sketch/simhash.h"

#include <stdatomic.h>

/* Bytes of an element of the working memory, and the fewest elements that it holds. */
#define NDUP_HAMMING_ELEMENT_BYTES(bits) ((bits) / 8 + sizeof(uint32_t))
#define NDUP_HAMMING_CAPACITY_MIN        16384u
/* A set of blocks is a 64-bit number. */
#define NDUP_HAMMING_BLOCKS_MAX 64u
/* Bits that a sort takes at a time: 2^11 write streams still fit the second-level TLB. */
#define NDUP_HAMMING_DIGIT_MAX 11u

struct ndup_hamming_plan {
    unsigned bits, distance;
    unsigned blocks;              /* the fingerprint is cut into this many blocks ... */
    unsigned matching;            /* ... of which this many agree exactly in every pair within the distance */
    uint32_t tables;              /* C(blocks, matching); 0: all are compared with all, and there are no blocks */
    double pairs_per_fingerprint; /* compared, expected for uniform fingerprints */
    double seconds; /* expected, of one core: a cost model with constants measured by bench/bench_hamming.c */
    uint64_t bytes; /* of working memory beside the fingerprints and the pairs, with one thread; it is kept */
};

/* Each further thread takes at most this much more. */
#define NDUP_HAMMING_THREAD_BYTES ((uint64_t)2 << 20)

/* Chooses the cheapest number of blocks for `count` fingerprints and `max_bytes` of working memory (0: no limit; 3 MB are
 * taken in any case). bits 64 or 128, distance 0 to bits / 4. ARG is the only failure. */
neardup_status ndup_hamming_plan(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                 struct ndup_hamming_plan *plan, neardup_error *err) NDUP_MUST_CHECK;
/* The same for a number of blocks, more than the distance, or 0. ARG if there is no such search. */
neardup_status ndup_hamming_plan_cut(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                     unsigned blocks, struct ndup_hamming_plan *plan,
                                     neardup_error *err) NDUP_MUST_CHECK;

/* As callbacks and reports get it. */
NDUP_INLINE neardup_hamming_plan ndup_hamming_plan_public(const struct ndup_hamming_plan *plan)
{
    return (neardup_hamming_plan){.bits = plan->bits,
                                  .distance = plan->distance,
                                  .blocks = plan->blocks,
                                  .matching = plan->matching,
                                  .tables = plan->tables,
                                  .seconds = plan->seconds,
                                  .bytes = plan->bytes};
}

struct ndup_hamming_pair {
    uint32_t a, b; /* a < b: positions in the array */
};

struct ndup_hamming_pairs {
    struct ndup_hamming_pair *pairs; /* each once, by a, then b */
    size_t count, capacity;
};

/* Every pair a < b with distance <= plan->distance among DISTINCT fingerprints fingerprints[0..count) (equal ones are
 * grouped by the caller, so that a mass of equal fingerprints costs nothing). Same result for any number of threads and
 * any cpu. Fails for NOMEM; LIMIT if the pairs need more than max_bytes (0: no limit); CANCELED if *cancel becomes true. */
neardup_status ndup_hamming_pairs(const struct ndup_hamming_plan *plan, const struct ndup_fingerprint *fingerprints,
                                  uint32_t count, uint64_t max_bytes, neardup_cpu cpu, struct ndup_pool *pool,
                                  const atomic_bool *cancel, struct ndup_hamming_pairs *pairs,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* The same without the pairs of the first `references` fingerprints with each other. LIMIT also if there are masses of these:
 * more than NDUP_HAMMING_MASS for each fingerprint, which cost their time all the same. */
neardup_status ndup_hamming_pairs_apart(const struct ndup_hamming_plan *plan,
                                        const struct ndup_fingerprint *fingerprints, uint32_t count,
                                        uint32_t references, uint64_t max_bytes, neardup_cpu cpu,
                                        struct ndup_pool *pool, const atomic_bool *cancel,
                                        struct ndup_hamming_pairs *pairs, neardup_error *err) NDUP_MUST_CHECK;
#define NDUP_HAMMING_MASS 64u
/* Appends a pair; LIMIT if the pairs then take more than max_bytes (0: no limit). */
neardup_status ndup_hamming_pairs_add(struct ndup_hamming_pairs *pairs, uint64_t max_bytes, uint32_t a, uint32_t b,
                                      neardup_error *err) NDUP_MUST_CHECK;
void ndup_hamming_pairs_free(struct ndup_hamming_pairs *pairs);

#endif
