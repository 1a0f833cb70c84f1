/* SPDX-License-Identifier: MIT
 * Merges texts with equal digests, when the table of digests was too small to see it while reading. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

static neardup_status digest_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                   uint32_t *first, size_t *count, neardup_error *err)
{
    const struct ndup_column *column = context;
    size_t elems = ndup_column_chunk_elems(column);
    const XXH128_hash_t *digests = ndup_column_chunk(column, i, buffer, err);
    if (digests == NULL)
        return err != NULL ? err->code : NEARDUP_E_IO;
    uint32_t *out = (uint32_t *)((XXH128_hash_t *)buffer + elems);
    *count = ndup_column_chunk_count(column, i);
    for (size_t j = 0; j < *count; j++)
        out[j] = (uint32_t)digests[j].low64;
    *keys = out;
    *items = NULL;
    *first = (uint32_t)(i * elems);
    return NEARDUP_OK;
}

static int by_bucket_and_text(const void *left, const void *right)
{
    const struct ndup_entry *a = left, *b = right;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

/* A bucket holds texts whose digests agree in 32 bits. The first of each digest moves to its front, so that each of a
 * million copies is compared with one. */
static neardup_status merge_bucket(struct ndup_texts *texts, struct ndup_entry *entries, size_t count,
                                   neardup_error *err)
{
    size_t distinct = 1;
    for (size_t i = 1; i < count; i++) {
        XXH128_hash_t digest, other;
        size_t j = 0;
        NDUP_TRY(ndup_column_get(texts->digests, entries[i].item, &digest, err));
        for (; j < distinct; j++) {
            NDUP_TRY(ndup_column_get(texts->digests, entries[j].item, &other, err));
            if (XXH128_isEqual(digest, other))
                break;
        }
        if (j < distinct)
            texts->alias[entries[i].item].value = entries[j].item;
        else
            entries[distinct++] = entries[i];
    }
    return NEARDUP_OK;
}

static neardup_status merge_part(struct ndup_texts *texts, struct ndup_entry_list *part, neardup_error *err)
{
    if (part->count > 1)
        qsort(part->entries, part->count, sizeof *part->entries, by_bucket_and_text);
    for (size_t begin = 0, end; begin < part->count; begin = end) {
        for (end = begin + 1; end < part->count && part->entries[end].bucket == part->entries[begin].bucket; end++)
            ;
        NDUP_TRY(merge_bucket(texts, part->entries + begin, end - begin, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_job_merge_texts(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    size_t elems = ndup_column_chunk_elems(texts->digests);
    struct ndup_keys keys = {
        .context = texts->digests,
        .pieces = ndup_column_chunks(texts->digests),
        .piece_bytes = elems * (sizeof(XXH128_hash_t) + sizeof(uint32_t)),
        .piece = digest_piece,
    };
    struct ndup_entries entries;
    texts->alias = ndup_alloc(texts->count, sizeof *texts->alias);
    if (texts->alias == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t u = 0; u < texts->count; u++)
        texts->alias[u].value = u;
    NDUP_TRY(ndup_entries_init(&entries, ndup_pool_threads(job->pool), err));
    neardup_status st = ndup_group(&keys, texts->count, job->limits.group_bytes, job->pool, &entries, err);
    for (unsigned p = 0; st == NEARDUP_OK && p < entries.part_count; p++)
        st = merge_part(texts, &entries.parts[p], err);
    ndup_entries_free(&entries);
    ndup_column_free(texts->digests);
    texts->digests = NULL;
    return st;
}
