/* SPDX-License-Identifier: MIT
 * Exact Jaccard similarity of two shingle sets (Jaccard 1901; Broder 1997 for shingles): |A n B| / |A u B| of the sets of
 * 64-bit shingle hashes. Two different shingles share a hash with probability 2^-64. */
#ifndef NDUP_VERIFY_H
#define NDUP_VERIFY_H

#include "base/platform.h"
#include "match/text_numbers.h"
#include "neardup.h"

/* ---- bitmaps: refusing a pair before its sets meet ---- */

/* Bit i of a bitmap is the parity of how many hashes have i in their low bits. A hash of both sets cancels out in the exclusive
 * or of their bitmaps, and one of only one set changes one bit: so the sets differ in at least as many hashes as there are bits
 * set (Sandes, Teodoro, Melo: Bitmap filter, Information Systems 88, 2020). The bound is exact, no pair is lost. Pages of one
 * template below the threshold cost 171 us per document with it and 792 us without (bench/mass.sh, 10^5 pages); a corpus
 * without such masses costs the same as before. */

/* Words: what larger sets have is of little use, and costs as much as the next cache line. */
#define NDUP_BITMAP_MOST 16u

/* Words for a set of `count`, 1 to NDUP_BITMAP_MOST, a power of two: four bits per hash. */
size_t ndup_bitmap_words(size_t count);

/* words: a power of two. */
void ndup_bitmap_make(uint64_t *bitmap, size_t words, const uint64_t *hashes, size_t count);

/* One of every size: the one of `words` words begins at all[words]. */
struct ndup_bitmaps {
    uint64_t all[2 * NDUP_BITMAP_MOST];
};
void ndup_bitmaps_make(struct ndup_bitmaps *bitmaps, const uint64_t *hashes, size_t count);

/* In how many hashes the sets differ at least. */
size_t ndup_bitmap_differing(const uint64_t *a, const uint64_t *b, size_t words);

/* ---- exact intersections ---- */

/* A set that answers "do you contain this hash?": the distinct hashes and a table over them. One thread. */
struct ndup_probe {
    uint64_t *distinct; /* [count], order of first appearance */
    size_t count;
    size_t capacity;
    uint64_t *table;   /* open addressing; 0 is an empty slot */
    size_t table_size; /* a power of two, in use */
    size_t table_capacity;
    bool has_zero; /* the hash 0 is in the set; the table cannot hold it */
};

/* Replaces the set by hashes[0..count), repetitions allowed. */
neardup_status ndup_probe_fill(struct ndup_probe *probe, const uint64_t *hashes, size_t count,
                               neardup_error *err) NDUP_MUST_CHECK;

/* How many of the distinct hashes[0..count) the probe holds. */
size_t ndup_probe_shared(const struct ndup_probe *probe, const uint64_t *hashes, size_t count);

/* Whether hashes[0..count) are surely more than `limit` different ones. Says so of nearly all that are, without a table;
 * never if the limit is large. */
bool ndup_surely_more(const uint64_t *hashes, size_t count, size_t limit);

NDUP_INLINE bool ndup_probe_holds(const struct ndup_probe *probe, uint64_t hash)
{
    size_t mask = probe->table_size - 1, slot = hash & mask;
    if (NDUP_UNLIKELY(hash == 0))
        return probe->has_zero;
    while (probe->table[slot] != 0 && probe->table[slot] != hash)
        slot = (slot + 1) & mask;
    return probe->table[slot] == hash;
}

void ndup_probe_free(struct ndup_probe *probe);

/* shared / (a + b - shared); 0 for two empty sets. */
double ndup_jaccard(size_t shared, size_t a, size_t b);

/* The largest Jaccard that sets of these sizes can have; lets a pair be refused before it is intersected. */
double ndup_jaccard_bound(size_t a, size_t b);

/* The least overlap, 1 at least, that is this share of a set of `count` shingles, and the least that gives sets of these sizes
 * this Jaccard similarity, which may be more than they can have. */
uint32_t ndup_share_least(double share, size_t count);
uint32_t ndup_jaccard_least(double jaccard, size_t a, size_t b);

/* ---- sets that are used again ---- */

/* Distinct hashes of one text, followed by their bitmap. */
struct ndup_set {
    struct ndup_rank rank;
    uint32_t references; /* guarded by the cache's lock */
    size_t count;
    uint64_t frame;                 /* loader.h */
    size_t words;                   /* of the bitmap */
    struct ndup_set *newer, *older; /* order of use in its shard */
    struct ndup_set *chain;         /* in its hash slot */
    uint64_t hash[];
};

NDUP_INLINE const uint64_t *ndup_set_bitmap(const struct ndup_set *set)
{
    return set->hash + set->count;
}

/* Least-recently-used sets of kept texts, shared by threads, bounded in bytes. */
struct ndup_set_cache;

neardup_status ndup_set_cache_create(struct ndup_set_cache **out, size_t max_bytes, neardup_error *err) NDUP_MUST_CHECK;
/* The set of the text, or NULL if it is not there. Release it. */
struct ndup_set *ndup_set_cache_get(struct ndup_set_cache *cache, struct ndup_rank rank);
/* Copies the set in, and returns it referenced (an equal one that another thread put meanwhile); NULL for no memory. */
struct ndup_set *ndup_set_cache_put(struct ndup_set_cache *cache, struct ndup_rank rank, const uint64_t *distinct,
                                    size_t count, uint64_t frame);
void ndup_set_cache_release(struct ndup_set_cache *cache, struct ndup_set *set);
void ndup_set_cache_free(struct ndup_set_cache *cache);

#endif
