/* SPDX-License-Identifier: MIT
 * All pairs of fingerprints within a Hamming distance, exactly: a scan for small collections; sorted tables of permuted
 * blocks (Manku, Jain, Das Sarma, WWW 2007) or multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012) for others.
 *
 * hamming_plan.c chooses one of the three; hamming.c runs it and puts the pairs in order. hamming_scan.c compares a tile of
 * rows with one of columns, which all three come down to, by a kernel of hamming_scalar.c or hamming_x86.c; and everything
 * with everything. The tables are a tree: hamming_tables.c is its top, hamming_sort.c sorts for it, hamming_visit.c walks
 * what is below, by the blocks and digits of hamming_split.c. hamming_multi.c is multi-index hashing. Above all of it
 * nearby.c makes groups of equal fingerprints and turns pairs into buckets; nearby_kept.c is its way where too many are
 * near to each other to list their pairs. */
#ifndef NDUP_HAMMING_H
#define NDUP_HAMMING_H

#include "base/platform.h"
#include "base/pool.h"
#include "neardup.h"
#include "sketch/simhash.h"

#include <stdatomic.h>

struct ndup_hamming_plan {
    neardup_hamming method; /* never AUTO */
    unsigned bits, distance;
    unsigned blocks;              /* tables: the fingerprint is cut into so many blocks ... */
    unsigned matching;            /* ... of which so many agree exactly in every pair within the distance; multi: 0 */
    uint32_t tables;              /* C(blocks, matching); multi: one for each block; 0 for a scan */
    double pairs_per_fingerprint; /* compared, expected for uniform fingerprints */
    double seconds; /* expected, of one core: a cost model with constants measured by bench/bench_hamming.c */
    uint64_t bytes; /* of working memory beside the fingerprints and the pairs, with one thread; it is kept */
};

/* Each further thread takes so many more at most. */
#define NDUP_HAMMING_THREAD_BYTES ((uint64_t)2 << 20)

/* Chooses the cheapest way for `count` fingerprints and `max_bytes` of working memory (0: no limit; 3 MB are taken in any
 * case). bits 64 or 128, distance 0 to bits / 4. method AUTO, or one to be used. ARG is the only failure. */
neardup_status ndup_hamming_plan(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                 neardup_hamming method, struct ndup_hamming_plan *plan,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* The same for a method, TABLES or MULTI, and a number of blocks. ARG if there is no such search. */
neardup_status ndup_hamming_plan_cut(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                     neardup_hamming method, unsigned blocks, struct ndup_hamming_plan *plan,
                                     neardup_error *err) NDUP_MUST_CHECK;

/* As it is told. */
NDUP_INLINE neardup_hamming_plan ndup_hamming_plan_public(const struct ndup_hamming_plan *plan)
{
    return (neardup_hamming_plan){.method = plan->method,
                                  .bits = plan->bits,
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
 * more than NDUP_HAMMING_MASS for each fingerprint, which cost their time all the same (hamming_cross.h). */
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
