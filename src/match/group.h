/* SPDX-License-Identifier: MIT
 * Groups of equal keys, at 8 to 16 ns per key, without a table over all of them, which would miss the cache for each key: keys are partitioned by their high bits, and each partition,
 * small enough for the cache, is grouped on its own. Parallel over partitions; the same code makes several passes over
 * key ranges when the room given is small. */
#ifndef NDUP_GROUP_H
#define NDUP_GROUP_H

#include "base/platform.h"
#include "base/pool.h"
#include "neardup.h"

/* Where keys come from, in pieces that several threads read at once. */
struct ndup_keys {
    void *context;
    size_t pieces;
    size_t piece_bytes; /* size of the buffer that piece() may need */
    /* *keys[0..*count) of piece i belong to items *first, *first + 1 ..., or to *items[0..*count) if that is not NULL.
     * The arrays live in the buffer or elsewhere until the next call with the same buffer. */
    neardup_status (*piece)(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                            uint32_t *first, size_t *count, neardup_error *err);
};

struct ndup_entry {
    uint32_t item;
    uint32_t bucket; /* items with the same key have the same bucket */
};

/* One part a thread; the order inside means nothing. */
struct ndup_entries {
    struct ndup_entry_list {
        struct ndup_entry *entries;
        size_t count, capacity;
    } * parts;
    unsigned part_count;
    uint32_t buckets; /* numbers used so far, over all calls */
};

neardup_status ndup_entries_init(struct ndup_entries *entries, unsigned threads, neardup_error *err) NDUP_MUST_CHECK;
size_t ndup_entries_count(const struct ndup_entries *entries);
void ndup_entries_free(struct ndup_entries *entries);

/* Adds an entry for every item whose key at least one other of the `total` keys has. max_bytes bounds the working
 * array (8 bytes a key in one pass); 0 means one pass. Fails for NOMEM, LIMIT (more than 2^32 buckets) or what piece()
 * says. */
neardup_status ndup_group(const struct ndup_keys *keys, size_t total, size_t max_bytes, struct ndup_pool *pool,
                          struct ndup_entries *entries, neardup_error *err) NDUP_MUST_CHECK;

/* ---- leaving out buckets ---- */

/* Leaves out buckets without a wanted item: pairs of texts that are only in references are not reported, so a corpus of
 * references that repeats itself costs nothing further. */
struct ndup_bucket_filter {
    const void *context;
    bool (*wanted)(const void *context, uint32_t item);
    /* from begin to end */
    size_t *counts; /* of the entries that were there before, by part */
    uint32_t buckets;
};

/* Entries added from now on, in buckets of their own, are looked at; context and wanted are set. NOMEM. */
neardup_status ndup_bucket_filter_begin(struct ndup_bucket_filter *narrowing, const struct ndup_entries *entries,
                                        neardup_error *err) NDUP_MUST_CHECK;
/* Takes those out whose bucket has no wanted item, and numbers the remaining buckets anew. Frees what begin made.
 * `status` is that of what came between, and returned if it is not OK; else NOMEM. */
neardup_status ndup_bucket_filter_end(struct ndup_bucket_filter *narrowing, struct ndup_entries *entries,
                                      neardup_status status, neardup_error *err) NDUP_MUST_CHECK;

#endif
