/* SPDX-License-Identifier: MIT
 * Candidates of a text: the texts earlier in keeper order that share a bucket with it and can still matter.
 *
 * Never all pairs of a bucket: the list of a bucket holds its *kept* texts only, and at most `cap` of them, so that a
 * bucket of a million near-identical pages costs a million comparisons and not half a billion. Texts are visited in
 * blocks; those of a block that are still undecided after they met the lists are added, and the end of the block takes
 * the removed ones out again:
 *
 *   rank -> entries (its buckets)          heads[bucket] -> entry -> entry -> ...   (each entry: rank, next)
 *
 * Buckets may be linked: a text in one of them also meets the lists of the linked buckets without being in them.
 */
#ifndef NDUP_BUCKETS_H
#define NDUP_BUCKETS_H

#include "base/platform.h"
#include "match/group.h"
#include "match/text_numbers.h"
#include "neardup.h"

struct ndup_buckets;

/* Takes the entries over (frees them as they are moved). Their items are text ids, and rank_of[id] is the rank or
 * NDUP_NO_NUMBER; or rank_of is NULL and the items are ranks. Ranks are below `ranks`. keep_all keeps removed texts in the
 * lists (all pairs). cap 0: no limit. */
neardup_status ndup_buckets_create(struct ndup_buckets **out, struct ndup_entries *entries,
                                   const struct ndup_rank *rank_of, uint32_t ranks, bool keep_all, uint32_t cap,
                                   neardup_error *err) NDUP_MUST_CHECK;
void ndup_buckets_free(struct ndup_buckets *buckets);

struct ndup_bucket_links { /* both ways: b in the list of a and a in the list of b; never twice */
    uint64_t *begin;       /* [buckets + 1] */
    uint32_t *to;          /* to[begin[b]..begin[b + 1]): the buckets linked with b */
};

/* Takes the links over. */
void ndup_buckets_link(struct ndup_buckets *buckets, struct ndup_bucket_links *links);
void ndup_bucket_links_free(struct ndup_bucket_links *links);

/* Ranks that share a bucket with another one, ascending; all others have no candidates. */
const struct ndup_rank *ndup_buckets_active(const struct ndup_buckets *buckets, uint32_t *count);

/* Puts texts that are kept in any case, ascending, into the lists, which are empty: at most `cap` in each. They do not
 * count towards the cap of those that come later. One thread. */
void ndup_buckets_put(struct ndup_buckets *buckets, const struct ndup_rank *ranks, uint32_t count);

/* Puts texts, ascending and later than all in the lists, into the lists. One thread. */
void ndup_buckets_begin_block(struct ndup_buckets *buckets, const struct ndup_rank *ranks, uint32_t count);

/* Takes those of them that are not kept out again; kept(context, rank). One thread. */
void ndup_buckets_end_block(struct ndup_buckets *buckets, const struct ndup_rank *ranks, uint32_t count,
                            bool (*kept)(void *context, struct ndup_rank rank), void *context);

/* Replaces the lists by these texts, ascending: at most `cap` in each, which does not count as capped. One thread. */
void ndup_buckets_replace(struct ndup_buckets *buckets, const struct ndup_rank *ranks, uint32_t count);

struct ndup_rank_list { /* one per thread; a set with the order of insertion */
    struct ndup_rank *ranks;
    size_t count, capacity;
    uint32_t *table; /* open addressing: rank + 1 */
    size_t table_size;
};

void ndup_rank_list_free(struct ndup_rank_list *list);

/* The distinct ranks from `first` to before `end` in the lists of this text's buckets and those linked with them. Any
 * thread, while no block begins or ends. */
neardup_status ndup_buckets_candidates(const struct ndup_buckets *buckets, struct ndup_rank rank,
                                       struct ndup_rank first, struct ndup_rank end, struct ndup_rank_list *list,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* Buckets in which the cap left a text out. */
uint64_t ndup_buckets_capped(const struct ndup_buckets *buckets);

#endif
