/* SPDX-License-Identifier: MIT
 * Shared by decide.c (which texts are kept) and near_misses.c (which of these are similar to a removed one). */
#ifndef NDUP_DECIDE_IMPL_H
#define NDUP_DECIDE_IMPL_H

#include "base/platform.h"

#include "cluster/decide.h"
#include "match/bitmap_filter.h"
#include "match/verify.h"

enum ndup_state { NDUP_UNDECIDED = 0, NDUP_KEPT = 1, NDUP_REMOVED = 2 };

struct ndup_decide_member {
    struct ndup_rank_list candidates;
    struct ndup_probe probe;
    struct ndup_bitmaps bitmaps; /* of the probe */
    struct ndup_probe other;     /* to make an earlier text's hashes distinct */
    struct ndup_edge *edges;
    size_t edge_count, edge_capacity;
    struct ndup_near_miss *near_misses;
    size_t near_miss_count, near_miss_capacity;
    uint64_t verified, found;
    neardup_status status;
    neardup_error error;
};

struct ndup_deciding;
typedef neardup_status ndup_decide_step(struct ndup_deciding *d, unsigned member, struct ndup_rank rank);

struct ndup_deciding {
    const struct ndup_decide_options *o;
    struct ndup_decided *out;
    struct ndup_set_cache *cache;
    _Atomic uint8_t *state; /* [ranks]; release on decision, acquire by those who wait */
    struct ndup_decide_member *members;
    const struct ndup_rank *block; /* ascending */
    uint32_t block_count;
    struct ndup_rank *open; /* those undecided after the first step; with pairs all of them */
    uint32_t open_count;
    const uint64_t *removed; /* a bit per rank; see find_removed */
    ndup_decide_step *step;  /* that the threads take with each rank of the block */
    atomic_uint next;        /* of the block */
    atomic_bool stop;
};

struct ndup_best {
    double jaccard;
    struct ndup_rank keeper;
    int32_t distance;
};

#define NDUP_NO_BEST                                                                                                   \
    {                                                                                                                  \
        0, {NDUP_NO_NUMBER}, NEARDUP_NO_DISTANCE                                                                       \
    }

/* Compares two texts. *loaded: the set of `rank` is in the probe. *edge says how similar they are, even (but for what is
 * read late) where *is_edge is false. */
neardup_status ndup_decide_compare(struct ndup_deciding *d, unsigned member, struct ndup_rank rank,
                                   struct ndup_rank other, bool *loaded, struct ndup_best *edge,
                                   bool *is_edge) NDUP_MUST_CHECK;
bool ndup_decide_better(const struct ndup_deciding *d, const struct ndup_best *edge, const struct ndup_best *best);

/* Where only the distance was looked at: the Jaccard similarity of a pair that is reported. */
neardup_status ndup_decide_read_late(struct ndup_deciding *d, unsigned member, struct ndup_rank rank,
                                     struct ndup_rank other, double *jaccard) NDUP_MUST_CHECK;

/* All threads call step(d, member, rank) for the ranks of d->block. */
neardup_status ndup_decide_run(struct ndup_deciding *d, ndup_decide_step *step, neardup_error *err) NDUP_MUST_CHECK;

/* After all is decided: out->near_misses. Replaces the lists of the buckets. */
neardup_status ndup_decide_near_misses(struct ndup_deciding *d, neardup_error *err) NDUP_MUST_CHECK;

#endif
