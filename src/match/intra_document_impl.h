/* SPDX-License-Identifier: MIT
 * Between within.c (which parts go on) and within_exact.c (what they share). */
#ifndef NDUP_INTRA_DOCUMENT_IMPL_H
#define NDUP_INTRA_DOCUMENT_IMPL_H

#include "base/platform.h"
#include "match/intra_document.h"

struct ndup_intra_part {
    size_t begin; /* of its hashes */
    size_t item_begin;
    uint32_t count, items;
    uint32_t single;   /* shingles that stand once in the document: these are no items */
    uint32_t distinct; /* shingles, items and single ones */
    uint32_t tokens;
    bool candidate, near, maybe, standing; /* near: may be near another part. maybe: may be contained */
};

struct ndup_intra_item { /* a shingle of a part that may stand elsewhere, too */
    uint32_t shingle;    /* numbered by first appearance */
    bool listed;         /* the part is one of the first NDUP_WITHIN_COMMON with this shingle */
};

struct ndup_intra_list { /* the parts with a shingle, ascending: lists[begin..begin + count) */
    uint32_t begin, count;
    uint32_t last;      /* part + 1 that was seen last with the shingle */
    uint32_t frequency; /* how many parts have it */
    bool stale;         /* lists a part that does not stand any more */
};

struct ndup_intra_ranked {
    uint32_t frequency, shingle;
};

struct ndup_intra_document {
    uint64_t *hashes;
    struct ndup_intra_part *parts;
    size_t hash_count, hash_capacity, part_count, part_capacity;

    unsigned char *seen; /* [slots]: bit 0: seen, bit 1: seen again */
    size_t seen_mask, seen_capacity;
    size_t again_count, near_count, maybe_count; /* hashes seen again; parts */

    uint64_t *keys;    /* hash of a shingle */
    uint32_t *numbers; /* and its number + 1; 0: a free slot */
    struct ndup_intra_item *items;
    struct ndup_intra_list *shingles;
    uint32_t *lists;
    size_t key_capacity, number_capacity, item_count, item_capacity, shingle_count, shingle_capacity, list_capacity;

    uint32_t *overlap, *touched; /* [parts]; overlap is zero between uses */
    uint64_t *order;
    struct ndup_intra_ranked *ranked;
    size_t overlap_capacity, touched_capacity, order_count, order_capacity, ranked_capacity;

    struct ndup_intra_bucket *buckets;
    struct ndup_intra_contained *contained;
    size_t bucket_count, bucket_capacity, contained_count, contained_capacity;
};

NDUP_INLINE size_t ndup_intra_slot(uint64_t hash, size_t mask)
{
    return (size_t)(hash >> 16) & mask;
}

/* Seen more than once in the document; sometimes true of what was not, never false of what was. */
NDUP_INLINE bool ndup_intra_again(const struct ndup_intra_document *w, uint64_t hash)
{
    return w->seen[ndup_intra_slot(hash, w->seen_mask)] > 1;
}

/* The following give false if there is no memory. Numbers the shingles that were seen again, lists their parts. */
bool ndup_intra_list(struct ndup_intra_document *w);

/* Fills `contained`; contained parts do not stand any more. */
bool ndup_intra_contain(struct ndup_intra_document *w, double threshold, double containment);

/* Fills `buckets`; *count gets their number. */
bool ndup_intra_bucket(struct ndup_intra_document *w, double threshold, uint32_t *count);

#endif
