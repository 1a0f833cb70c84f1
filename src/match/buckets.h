/* SPDX-License-Identifier: MIT
 * Candidates of a unit: the earlier units (in keeper order) that share a bucket with it and can still matter.
 *
 * Never all pairs of a bucket: a bucket's list holds its *kept* units only, and at most `cap` of them, so that a bucket
 * of a million near-identical pages costs a million comparisons. Units are visited in blocks; those of a block that are
 * still undecided when they have met the lists are added for a while, and the block's end takes the removed ones out:
 *
 *   rank -> entries (its buckets)          heads[bucket] -> entry -> entry -> ...   (each entry: rank, next)
 *
 * Buckets may be linked: who stands in one also meets the lists of those linked with it, without standing there.
 */
#ifndef NDUP_BUCKETS_H
#define NDUP_BUCKETS_H

#include "base/platform.h"
#include "match/group.h"
#include "neardup.h"

struct ndup_buckets;

/* Takes the entries over (frees them as they are moved). rank_of[item] is the unit's place in keeper order, UINT32_MAX
 * for items that are no unit, NULL if items are ranks; ranks are 0..units-1. keep_all keeps removed units in the lists
 * (all pairs). cap 0: none. */
neardup_status ndup_buckets_create(struct ndup_buckets **out, struct ndup_entries *entries, const uint32_t *rank_of,
                                   uint32_t units, bool keep_all, uint32_t cap, neardup_error *err) NDUP_MUST_CHECK;
void ndup_buckets_free(struct ndup_buckets *buckets);

struct ndup_bucket_links { /* both ways: b in the list of a and a in the list of b; never twice */
    uint64_t *begin;       /* [buckets + 1] */
    uint32_t *to;          /* to[begin[b]..begin[b + 1]): the buckets linked with b */
};

/* Takes the links over. */
void ndup_buckets_link(struct ndup_buckets *buckets, struct ndup_bucket_links *links);
void ndup_bucket_links_free(struct ndup_bucket_links *links);

/* Ranks that share a bucket with another unit, ascending; all others have no candidates. */
const uint32_t *ndup_buckets_active(const struct ndup_buckets *buckets, uint32_t *count);

/* Puts units that stay whatever comes, ascending, into the lists, which are empty: at most `cap` in each. They take no room
 * from those that come later. One thread. */
void ndup_buckets_put(struct ndup_buckets *buckets, const uint32_t *ranks, uint32_t count);

/* Puts units, ascending and later than all in the lists, into the lists. One thread. */
void ndup_buckets_begin_block(struct ndup_buckets *buckets, const uint32_t *ranks, uint32_t count);

/* Takes those of them that are not kept out again; kept(context, rank). One thread. */
void ndup_buckets_end_block(struct ndup_buckets *buckets, const uint32_t *ranks, uint32_t count,
                            bool (*kept)(void *context, uint32_t rank), void *context);

/* The lists hold these units instead, ascending: at most `cap` in each, which does not count as capped. One thread. */
void ndup_buckets_replace(struct ndup_buckets *buckets, const uint32_t *ranks, uint32_t count);

struct ndup_rank_list { /* one a thread; a set with the order of insertion */
    uint32_t *ranks;
    size_t count, capacity;
    uint32_t *table; /* open addressing: rank + 1 */
    size_t table_size;
};

void ndup_rank_list_free(struct ndup_rank_list *list);

/* The distinct units from `first` to before `end` in the lists of this unit's buckets and those linked with them. Any
 * thread, while no block begins or ends. */
neardup_status ndup_buckets_candidates(const struct ndup_buckets *buckets, uint32_t rank, uint32_t first, uint32_t end,
                                       struct ndup_rank_list *list, neardup_error *err) NDUP_MUST_CHECK;

/* Buckets in which the cap left a unit out. */
uint64_t ndup_buckets_capped(const struct ndup_buckets *buckets);

#endif
