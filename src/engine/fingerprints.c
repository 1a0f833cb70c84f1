/* SPDX-License-Identifier: MIT
 * From the fingerprints of texts to buckets; MinHash has bands for that. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/nearby.h"

#include <stdlib.h>
#include <string.h>

/* In the order of text ids: a column in the scratch folder is read once, from its begin to its end. */
static neardup_status by_rank(struct ndup_texts *texts, void *buffer, neardup_error *err)
{
    size_t size = texts->simhash_bits / 8, elems = ndup_column_chunk_elems(texts->fingerprints);
    for (uint64_t c = 0; c < ndup_column_chunks(texts->fingerprints); c++) {
        const char *chunk = ndup_column_chunk(texts->fingerprints, c, buffer, err);
        if (chunk == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        for (size_t i = 0, n = ndup_column_chunk_count(texts->fingerprints, c); i < n; i++) {
            struct ndup_rank rank = texts->rank_of[c * elems + i];
            if (ndup_rank_exists(rank))
                memcpy(&texts->ranked[rank.value], chunk + i * size, size);
        }
    }
    return NEARDUP_OK;
}

static neardup_status gather(struct ndup_texts *texts, neardup_error *err)
{
    size_t bytes = ndup_column_chunk_elems(texts->fingerprints) * (texts->simhash_bits / 8);
    void *buffer = ndup_alloc(bytes, 1);
    texts->ranked = ndup_calloc(texts->ranks, sizeof *texts->ranked);
    neardup_status st = buffer == NULL || texts->ranked == NULL ? ndup_fail_nomem(err) : by_rank(texts, buffer, err);
    free(buffer);
    ndup_column_free(texts->fingerprints);
    texts->fingerprints = NULL;
    return st;
}

struct looking {
    uint32_t *scope; /* [ranks]; NULL for documents */
    uint64_t unreliable;
};

/* Short paragraphs, and lines inside of one, are compared for equality only. Without `between_documents` paragraphs meet those
 * of their document. */
static neardup_status look_at(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                              neardup_error *err)
{
    (void)err;
    struct looking *l = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    bool compared =
        item->part == NULL || (item->part->kind == NDUP_PARAGRAPH_PLAIN && item->tokens >= job->options.min_tokens);
    uint64_t n = texts->profile.ngram, shingles = item->tokens >= n ? item->tokens - n + 1 : 1;
    l->unreliable +=
        compared && !ndup_texts_is_reference(texts, item->index) && shingles < NDUP_SIMHASH_RELIABLE_SHINGLES;
    if (l->scope != NULL)
        l->scope[ndup_texts_rank(texts, item->text).value] = !compared                        ? NDUP_NEARBY_ALONE
                                                             : job->options.between_documents ? 0
                                                                                              : item->document;
    return NEARDUP_OK;
}

static neardup_status look(neardup_job *job, struct ndup_texts *texts, uint32_t **scope, neardup_error *err)
{
    struct looking l = {NULL, 0};
    if (texts->paragraphs != NULL) {
        *scope = l.scope = ndup_alloc(texts->ranks, sizeof *l.scope);
        if (l.scope == NULL)
            return ndup_fail_nomem(err);
    }
    NDUP_TRY(ndup_texts_each_item(job, texts, look_at, &l, err));
    *(texts->paragraphs != NULL ? &job->summary.paragraphs.unreliable : &job->summary.unreliable) = l.unreliable;
    return NEARDUP_OK;
}

static neardup_status find(neardup_job *job, struct ndup_texts *texts, const uint32_t *scope, bool kept_only,
                           struct ndup_entries *entries, struct ndup_bucket_links *links, neardup_error *err)
{
    struct ndup_hamming_plan plan;
    struct ndup_nearby_options o = {
        .fingerprints = texts->ranked,
        .scope = scope,
        .ranks = texts->ranks,
        .references = texts->references,
        .mixed = texts->mixed,
        .kept_only = kept_only,
        .bits = texts->simhash_bits,
        .distance = job->options.distance,
        .max_bytes = job->limits.group_bytes,
        .cpu = job->options.cpu,
        .pool = job->pool,
        .cancel = &job->cancel,
    };
    NDUP_TRY(ndup_nearby_find(&o, entries, links, &plan, err));
    *(texts->paragraphs != NULL ? &job->summary.paragraphs.hamming : &job->summary.hamming) =
        ndup_hamming_plan_public(&plan);
    return NEARDUP_OK;
}

static uint64_t rank_bytes(const struct ndup_texts *texts)
{
    return NDUP_NEARBY_RANK_BYTES + (texts->references > 0 ? NDUP_NEARBY_REFERENCE_BYTES : 0);
}

neardup_status ndup_job_find_near(neardup_job *job, struct ndup_texts *texts, bool kept_only,
                                  struct ndup_entries *entries, struct ndup_bucket_links *links, neardup_error *err)
{
    uint32_t *scope = NULL;
    if (!ndup_job_progress(job, "match", 0, texts->ranks, false))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    neardup_status st = gather(texts, err);
    if (st == NEARDUP_OK)
        st = look(job, texts, &scope, err);
    if (st == NEARDUP_OK)
        st = ndup_job_check_memory(job, texts->ranks * rank_bytes(texts), err);
    if (st == NEARDUP_OK)
        st = find(job, texts, scope, kept_only, entries, links, err);
    free(scope);
    return st;
}
