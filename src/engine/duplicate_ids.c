/* SPDX-License-Identifier: MIT
 * Duplicate ids by grouping their 64-bit hashes: the high half is the key of a group, the low half its item. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"

#include <stdlib.h>
#include <xxhash.h>

/* A block holds ids of at least one byte and their three bytes of length. */
#define IDS_MAX (NDUP_BLOB_BLOCK / 4)

struct id_piece { /* layout of the buffer */
    char block[NDUP_BLOB_BLOCK];
    uint32_t keys[IDS_MAX];
    uint32_t items[IDS_MAX];
};

static neardup_status hash_block(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                 uint32_t *first, size_t *count, neardup_error *err)
{
    const struct ndup_blob *blob = context;
    struct id_piece *piece = buffer;
    const char *block, *id;
    size_t at = 0, length, n = 0;
    NDUP_TRY(ndup_blob_block(blob, i, piece->block, &block, err));
    while (n < IDS_MAX && ndup_blob_next(block, &at, &id, &length)) {
        uint64_t hash = XXH3_64bits(id, length);
        piece->keys[n] = (uint32_t)(hash >> 32);
        piece->items[n++] = (uint32_t)hash;
    }
    *keys = piece->keys;
    *items = piece->items;
    *first = 0;
    *count = n;
    return NEARDUP_OK;
}

static int by_bucket_and_item(const void *left, const void *right)
{
    const struct ndup_entry *a = left, *b = right;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

neardup_status ndup_job_count_duplicate_ids(neardup_job *job, neardup_error *err)
{
    const struct ndup_blob *blob = &job->corpus.ids;
    struct ndup_keys keys = {
        .context = &job->corpus.ids,
        .pieces = (size_t)blob->count,
        .piece_bytes = sizeof(struct id_piece),
        .piece = hash_block,
    };
    struct ndup_entries entries;
    NDUP_TRY(ndup_entries_init(&entries, ndup_pool_threads(job->pool), err));
    neardup_status st =
        ndup_group(&keys, (size_t)job->summary.records, job->limits.group_bytes, job->pool, &entries, err);
    for (unsigned p = 0; st == NEARDUP_OK && p < entries.part_count; p++) {
        struct ndup_entry_list *part = &entries.parts[p];
        if (part->count > 1)
            qsort(part->entries, part->count, sizeof *part->entries, by_bucket_and_item);
        for (size_t i = 1; i < part->count; i++)
            job->summary.duplicate_ids += by_bucket_and_item(&part->entries[i - 1], &part->entries[i]) == 0;
    }
    ndup_entries_free(&entries);
    return st;
}
