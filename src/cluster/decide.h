/* SPDX-License-Identifier: MIT
 * Which units stay. Units are visited in keeper order; one is removed exactly if it has an edge (exact Jaccard at or
 * above the threshold) to a kept one, and is then linked to the most similar kept one, the earlier of equals. A removed
 * unit removes nothing: no chains. This is the greedy maximal independent set in keeper order, so the outcome does not
 * depend on threads.
 *
 * With fingerprints an edge is a distance of at most so many bits. Either that is all, and the keeper is the closest kept
 * unit; then texts are read only for what is told. Or the Jaccard must reach the threshold, too, and says who is the keeper.
 *
 * Units are visited in blocks, each in two steps that all threads share. First every unit of the block meets the kept
 * units before the block: whoever has an edge is out. Then all meet the units of the block that are still in question,
 * and wait for those that another thread has not decided yet. In a mass of near-identical pages all but one are out
 * after the first step, and nobody has to look at the others. */
#ifndef NDUP_DECIDE_H
#define NDUP_DECIDE_H

#include "base/platform.h"
#include "base/pool.h"
#include "match/buckets.h"
#include "match/loader.h"
#include "neardup.h"
#include "sketch/simhash.h"

#include <stdatomic.h>

struct ndup_edge {
    uint32_t unit;    /* rank of the later unit */
    uint32_t earlier; /* rank of the earlier one */
    double jaccard;   /* 0 where the distance decides and pairs are not wanted */
};

struct ndup_text_decision {
    double jaccard;   /* to the keeper; 0 for a kept unit */
    uint32_t keeper;  /* rank, UINT32_MAX for a kept unit */
    int32_t distance; /* to the keeper; NEARDUP_NO_DISTANCE for a kept unit, and without fingerprints */
};

struct ndup_decide_options {
    double threshold;
    const struct ndup_fingerprint *fingerprints; /* [units]; NULL: MinHash, all else about distances means nothing */
    unsigned distance;
    bool verify; /* edges must also reach the threshold */
    /* Asks for spared units, after all is decided and `out` is complete but for them (context is the loader's): *gone gets a bit
     * a unit that went; NULL: all that are removed. From the calling thread. NULL: they are not looked for. */
    neardup_status (*gone)(void *context, const uint64_t **gone, neardup_error *err);
    bool pairs;         /* verify candidates that are removed, too, and record all edges */
    size_t cache_bytes; /* for shingle sets */
    struct ndup_buckets *buckets;
    uint32_t units;
    uint32_t references; /* so many first units stay, and are not compared with each other */
    /* With pairs: whether a reference is also an input, and so compared with all other references (context is the
     * loader's). From any thread. NULL: none is. */
    bool (*mixed)(void *context, uint32_t rank);
    uint32_t block; /* units in a block; 0: a good number. Tests choose small ones */
    struct ndup_pool *pool;
    struct ndup_loader loader;
    /* Whether two units must not be compared (context is the loader's). From any thread. May be NULL. */
    bool (*apart)(void *context, uint32_t rank, uint32_t earlier);
    void *context; /* of progress */
    /* Now and then, from the calling thread: units done of the active ones; false cancels. May be NULL. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    const atomic_bool *cancel; /* may be NULL */
};

struct ndup_decided {
    struct ndup_text_decision *decisions; /* [units] by rank */
    struct ndup_edge *edges; /* with pairs: all, by (earlier, unit). Without: those of a removed unit to kept units
                                      that are not its keeper */
    size_t edge_count;
    /* If asked for: units that stay, are nobody's keeper and no references, but have an edge to one that went (the chain
     * it is in would be cut elsewhere in another order). By unit. */
    struct ndup_near_miss {
        uint32_t unit, removed; /* ranks; removed: the most similar, the earlier of equals */
        double jaccard;
        int32_t distance;
    } * near_misses;
    size_t near_miss_count;
    uint64_t candidates; /* pairs whose similarity was computed, or whose distance decided */
    uint64_t edges_found;
};

neardup_status ndup_decide(const struct ndup_decide_options *options, struct ndup_decided *out,
                           neardup_error *err) NDUP_MUST_CHECK;
void ndup_decided_free(struct ndup_decided *decided);

#endif
