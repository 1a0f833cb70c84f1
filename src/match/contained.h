/* SPDX-License-Identifier: MIT
 * Which texts may be contained in longer ones: samples of their shingles, and the candidates that samples give. Sampling only
 * proposes; cluster/containment.h verifies.
 *
 * Samples. A shingle is sampled if its public hash is below 2^64 / s, so two texts sample the same shingles of what they share
 * (FracMinHash: Irber et al., bioRxiv 2022). A sample is 32 bits of the hash: 1 GB of text, about 170 million shingles, has
 * 85 MB of samples at s = 8, in memory or in the scratch folder.
 *
 * Candidates. A text with m samples of which the share S is in another one shares about S * m samples with it, and at least
 * c(m), a lower quantile of the binomial distribution, but for one case in 400. So its candidates are the texts that share
 * c(m) samples with it, exactly those: prefix filtering (set_index.h) finds all of them. Blocks of texts that fit the memory
 * are indexed, and the samples of all texts pass by each block. The candidates depend on nothing else: not on blocks, threads
 * or the order of texts.
 *
 * Recall. A candidate is missed if no shared shingle is sampled, or if fewer than c(m) are. s is chosen so that the first
 * happens to one in 133 texts of the shortest length that takes part (and to no longer ones), c so that the second happens to
 * at most one in 400: recall .99 at a containment of exactly S, for the shortest texts, and more for all others.
 *
 * Why these. An index of all shingles would find everything, and be 16 times as large (every shingle, 8 bytes): more than the
 * text itself. LSH Ensemble (Zhu et al., VLDB 2016) reads containment from the Jaccard similarity of texts of about equal
 * size: at a containment of .8 in a text three times as long the Jaccard is .25, which takes some 290 bands of 3 rows per text
 * for a recall of .99, or 1 160 bytes; samples of a text of 1 000 words take 500, and say for each candidate how much is
 * shared, so that few are read without result. */
#ifndef NDUP_CONTAINED_H
#define NDUP_CONTAINED_H

#include "base/platform.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "match/text_numbers.h"
#include "match/verify.h"
#include "neardup.h"

#include <stdatomic.h>

/* ---- samples ---- */

/* One shingle in 8 at most: a copy of 50 words of which .8 are shared (37 shingles) has 4 or 5 shared samples, and none in one
 * case of 140. Fewer samples make smaller files, and more candidates that turn out not to be contained. */
#define NDUP_SAMPLES_RATE 8u

/* s for texts of at least `shingles` different shingles: 1 to NDUP_SAMPLES_RATE. */
double ndup_samples_rate(double share, uint64_t shingles);
/* c(m): the least number of common samples of a text that has m of them. 1 to m; m > 0. */
uint32_t ndup_samples_least(double share, uint32_t samples);

struct ndup_samples; /* of all texts */

/* Samples stay in memory up to memory_bytes, and go to the scratch folder (borrowed) after that. */
neardup_status ndup_samples_create(struct ndup_samples **out, double rate, size_t memory_bytes,
                                   struct ndup_scratch *scratch, neardup_error *err) NDUP_MUST_CHECK;
void ndup_samples_free(struct ndup_samples *samples);

struct ndup_sampler { /* of one thread; samples NULL: nothing is sampled */
    struct ndup_samples *samples;
    uint64_t *hashes; /* sampled, with repetitions */
    size_t hash_capacity;
    struct ndup_probe probe;
    uint32_t *block; /* of records: text id, number of samples, samples */
    size_t used, capacity;
};

/* Takes the samples of a text from its public shingle hashes. */
neardup_status ndup_sampler_put(struct ndup_sampler *sampler, struct ndup_text_id text, const uint64_t *shingles,
                                size_t count, neardup_error *err) NDUP_MUST_CHECK;
/* Completes what the thread sampled, unless `complete` is false (after a failure), and frees the sampler. */
neardup_status ndup_sampler_finish(struct ndup_sampler *sampler, bool complete, neardup_error *err) NDUP_MUST_CHECK;

/* ---- candidates ---- */

struct ndup_contained_candidate {
    struct ndup_rank rank;
    uint32_t shared; /* samples */
};

struct ndup_contained_text { /* with the texts that may contain it: most shared samples first, then by rank */
    struct ndup_rank rank;
    uint32_t samples;
    struct ndup_contained_candidate *candidates;
    uint32_t count, capacity;
};

struct ndup_contained_options {
    double share;
    const struct ndup_samples *samples;
    const struct ndup_rank *rank_of; /* by text id */
    uint32_t ranks;
    const struct ndup_text_id *alias; /* by text id; NULL: every text represents itself */
    void *context;                    /* of the functions below */
    /* Whether the text may contain others, and whether it is looked for in others. From any thread. */
    bool (*holds)(const void *context, struct ndup_rank rank);
    bool (*sought)(const void *context, struct ndup_rank rank);
    uint32_t most;       /* candidates per text: those that share the most samples, then the first by rank */
    size_t memory_bytes; /* for a block: its index and its candidates */
    struct ndup_pool *pool;
    const atomic_bool *cancel;                                      /* may be NULL */
    bool (*progress)(void *context, uint64_t done, uint64_t total); /* texts; false cancels. By the calling thread */
    /* The texts of a block that have candidates, by rank; borrowed. */
    neardup_status (*found)(void *context, const struct ndup_contained_text *texts, size_t count, neardup_error *err);
};

neardup_status ndup_contained_find(const struct ndup_contained_options *options, neardup_error *err) NDUP_MUST_CHECK;

#endif
