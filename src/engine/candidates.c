/* SPDX-License-Identifier: MIT
 * From band keys (or fingerprints, or, for the exact join, prefixes) to decisions. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/phases.h"
#include "match/exact_join.h"
#include "match/group.h"
#include "match/nearby.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- near fingerprints (SimHash) ---- */

/* From the fingerprints of texts to buckets; MinHash has bands for that. */

/* In the order of text ids: a column in the scratch folder is read once, from its begin to its end. */
static neardup_status by_rank(struct ndup_texts *texts, void *buffer, neardup_error *err)
{
    size_t bytes = texts->simhash_bits / 8, size = ndup_texts_fingerprint_bytes(texts),
           elems = ndup_column_chunk_elems(texts->fingerprints);
    for (uint64_t c = 0; c < ndup_column_chunks(texts->fingerprints); c++) {
        const char *chunk = ndup_column_chunk(texts->fingerprints, c, buffer, err);
        if (chunk == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        for (size_t i = 0, n = ndup_column_chunk_count(texts->fingerprints, c); i < n; i++) {
            struct ndup_rank rank = texts->rank_of[c * elems + i];
            const char *text = chunk + i * size;
            if (!ndup_rank_exists(rank))
                continue;
            memcpy(&texts->ranked[rank.value], text, bytes);
            texts->short_texts[rank.value / 64] |= (uint64_t)(text[bytes] != 0) << rank.value % 64;
        }
    }
    return NEARDUP_OK;
}

static neardup_status gather(struct ndup_texts *texts, neardup_error *err)
{
    size_t bytes = ndup_column_chunk_elems(texts->fingerprints) * ndup_texts_fingerprint_bytes(texts);
    void *buffer = ndup_alloc(bytes, 1);
    texts->ranked = ndup_calloc(texts->ranks, sizeof *texts->ranked);
    texts->short_texts = ndup_calloc((size_t)texts->ranks / 64 + 1, sizeof *texts->short_texts);
    bool memory = buffer != NULL && texts->ranked != NULL && texts->short_texts != NULL;
    neardup_status st = memory ? by_rank(texts, buffer, err) : ndup_fail_nomem(err);
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
    struct ndup_rank rank = ndup_texts_rank(texts, item->text);
    l->unreliable +=
        compared && !ndup_texts_is_reference(texts, item->index) && ndup_rank_bit(texts->short_texts, rank);
    if (l->scope != NULL)
        l->scope[rank.value] = !compared ? NDUP_NEARBY_ALONE : job->options.between_documents ? 0 : item->document;
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
    free(texts->short_texts);
    texts->short_texts = NULL;
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

static neardup_status find_near(neardup_job *job, struct ndup_texts *texts, bool kept_only,
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

/* ---- buckets and decisions ---- */

/* Kept texts in a bucket's list at most. Only buckets full of texts that are not similar to each other get there (pages of one
 * template below the threshold): with 8 000 such pages (Jaccard 0.68) 94 % of the planted pairs above the threshold were still
 * found. Without a cap each of a million such pages would be compared with all before it. The summary says how many buckets
 * were capped. */
#define BUCKET_CAP 1000u

static bool verify_progress(void *context, uint64_t done, uint64_t total)
{
    return ndup_job_progress(context, "verify", done, total, false);
}

/* What the lists and decisions will need, held against the budget before they are made: of `entries` and `buckets`, which
 * may be more than there are by now. */
static neardup_status check_budget(const neardup_job *job, const struct ndup_texts *texts, uint64_t entries,
                                   uint64_t buckets, uint64_t entries_to_come, neardup_error *err)
{
    uint64_t more =
        entries * 12 + entries_to_come * 8 + buckets * 8 + (uint64_t)texts->ranks * 25 + job->limits.cache_bytes;
    return ndup_job_check_memory(job, more, err);
}

/* Every band finds about as much as the ones before it: what will not fit shows early. */
static neardup_status check_bands(const neardup_job *job, const struct ndup_texts *texts, uint32_t done,
                                  const struct ndup_entries *entries, neardup_error *err)
{
    uint64_t found = ndup_entries_count(entries), bands = texts->plan.bands;
    uint64_t all = found * bands / done;
    return check_budget(job, texts, all, (uint64_t)entries->buckets * bands / done, all - found, err);
}

static bool is_new_text(const void *context, uint32_t text)
{
    const struct ndup_texts *texts = context;
    struct ndup_rank rank = texts->rank_of[text];
    return ndup_rank_exists(rank) && ndup_texts_is_new(texts, rank);
}

static bool is_new_rank(const void *context, uint32_t rank)
{
    return ndup_texts_is_new(context, (struct ndup_rank){rank});
}

static neardup_status group_band(neardup_job *job, const struct ndup_texts *texts, uint32_t band,
                                 struct ndup_entries *entries, neardup_error *err)
{
    struct ndup_bucket_filter narrowing = {.context = texts, .wanted = is_new_text};
    if (texts->references == 0)
        return ndup_bands_group(texts->bands, band, texts->alias, job->limits.group_bytes, job->pool, entries, err);
    NDUP_TRY(ndup_bucket_filter_begin(&narrowing, entries, err));
    neardup_status st =
        ndup_bands_group(texts->bands, band, texts->alias, job->limits.group_bytes, job->pool, entries, err);
    return ndup_bucket_filter_end(&narrowing, entries, st, err);
}

static neardup_status group_bands(neardup_job *job, const struct ndup_texts *texts, struct ndup_entries *entries,
                                  neardup_error *err)
{
    uint64_t count = texts->count;
    for (uint32_t i = 0; i < texts->plan.bands; i++) {
        if (!ndup_job_progress(job, "match", count * i / texts->plan.bands, count, false))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        NDUP_TRY(ndup_job_check_cancel(job, err));
        NDUP_TRY(group_band(job, texts, i, entries, err));
        NDUP_TRY(check_bands(job, texts, i + 1, entries, err));
    }
    return NEARDUP_OK;
}

/* Candidates found inside documents, in buckets of their own. */
static neardup_status add_inside(struct ndup_texts *texts, struct ndup_entries *entries, neardup_error *err)
{
    struct ndup_entries *inside = &texts->inside;
    if (inside->buckets > UINT32_MAX - entries->buckets)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion groups of candidates: split the corpus into several runs");
    for (unsigned p = 0; p < inside->part_count; p++) {
        struct ndup_entry_list *from = &inside->parts[p], *to = &entries->parts[p % entries->part_count];
        if (from->count == 0)
            continue;
        if (!ndup_grow(&to->entries, &to->capacity, to->count + from->count, sizeof *to->entries))
            return ndup_fail_nomem(err);
        for (size_t i = 0; i < from->count; i++) {
            uint32_t text = ndup_texts_canonical(texts, (struct ndup_text_id){from->entries[i].item}).value;
            to->entries[to->count++] = (struct ndup_entry){text, from->entries[i].bucket + entries->buckets};
        }
        free(from->entries);
        *from = (struct ndup_entry_list){0};
    }
    entries->buckets += inside->buckets;
    return NEARDUP_OK;
}

/* Within documents only, or between them only. A text belongs to the document of its first copy. */
static bool apart(void *context, struct ndup_rank rank, struct ndup_rank earlier)
{
    const struct ndup_load_context *l = context;
    const struct ndup_texts *texts = l->texts;
    struct ndup_paragraph_row a, b;
    if (ndup_column_get(texts->paragraphs, ndup_texts_first_item(texts, rank), &a, NULL) != NEARDUP_OK ||
        ndup_column_get(texts->paragraphs, ndup_texts_first_item(texts, earlier), &b, NULL) != NEARDUP_OK)
        return false; /* reading the texts will fail, too, and say why */
    return l->job->options.inside_documents ? a.document != b.document : a.document == b.document;
}

static bool is_mixed(void *context, struct ndup_rank rank)
{
    const struct ndup_load_context *l = context;
    return ndup_texts_is_new(l->texts, rank);
}

/* Near fingerprints are not looked for between documents that are not compared. */
static bool has_apart(const neardup_job *job, const struct ndup_texts *texts)
{
    const neardup_job_options *o = &job->options;
    return texts->paragraphs != NULL && (!o->inside_documents || (!o->between_documents && texts->simhash_bits == 0));
}

/* SimHash, and a distance is all that removes a text. */
static bool distance_decides(const neardup_job *job, const struct ndup_texts *texts)
{
    return texts->simhash_bits > 0 && !job->options.verify && !has_apart(job, texts) && !ndup_keeps_numbers(job, texts);
}

/* Where every text in a list is a reason to be removed, lists are short without a cap. */
static uint32_t cap_of(const neardup_job *job, const struct ndup_texts *texts)
{
    return texts->plan.all || distance_decides(job, texts) ? 0 : BUCKET_CAP;
}

/* The exact join. */
static neardup_status group_prefixes(neardup_job *job, const struct ndup_texts *texts,
                                     struct ndup_load_context *loading, struct ndup_entries *entries,
                                     neardup_error *err)
{
    uint64_t tokens = texts->paragraphs == NULL ? job->summary.tokens + job->corpus.reference_tokens
                                                : job->summary.paragraphs.tokens + texts->reference_tokens;
    struct ndup_exact_join_options o = {
        .threshold = job->options.threshold,
        .ranks = texts->ranks,
        .shingles = tokens,
        .memory_bytes = job->limits.join_bytes,
        .pool = job->pool,
        .loader = {loading, ndup_job_load},
        .cancel = &job->cancel,
    };
    struct ndup_bucket_filter narrowing = {.context = texts, .wanted = is_new_rank};
    if (texts->references > 0)
        NDUP_TRY(ndup_bucket_filter_begin(&narrowing, entries, err));
    loading->public_hashes = true;
    neardup_status st = ndup_exact_join(&o, entries, err);
    loading->public_hashes = false;
    return texts->references > 0 ? ndup_bucket_filter_end(&narrowing, entries, st, err) : st;
}

/* Fingerprints within the distance are found inside documents as between them: what `within` found is not needed. */
static neardup_status find_entries(neardup_job *job, struct ndup_texts *texts, struct ndup_load_context *loading,
                                   struct ndup_entries *entries, struct ndup_bucket_links *links, neardup_error *err)
{
    if (texts->simhash_bits > 0) {
        ndup_entries_free(&texts->inside);
        bool kept_only = distance_decides(job, texts) && !job->options.pairs && job->callbacks.near_miss == NULL;
        return find_near(job, texts, kept_only, entries, links, err);
    }
    if (!texts->plan.all) {
        NDUP_TRY(group_bands(job, texts, entries, err));
        return add_inside(texts, entries, err);
    }
    return group_prefixes(job, texts, loading, entries, err);
}

/* Entries by rank; frees what they came from. */
static neardup_status make_buckets(neardup_job *job, struct ndup_texts *texts, struct ndup_load_context *loading,
                                   struct ndup_buckets **buckets, neardup_error *err)
{
    struct ndup_entries entries;
    struct ndup_bucket_links links = {0};
    const struct ndup_rank *rank_of = texts->plan.all || texts->simhash_bits > 0 ? NULL : texts->rank_of;
    neardup_status st = ndup_entries_init(&entries, ndup_pool_threads(job->pool), err);
    if (st != NEARDUP_OK)
        return st;
    st = find_entries(job, texts, loading, &entries, &links, err);
    ndup_bands_free(texts->bands);
    texts->bands = NULL;
    if (st == NEARDUP_OK)
        st = check_budget(job, texts, ndup_entries_count(&entries), entries.buckets, 0, err);
    if (st == NEARDUP_OK)
        st = ndup_buckets_create(buckets, &entries, rank_of, texts->ranks, job->options.pairs, cap_of(job, texts), err);
    if (st == NEARDUP_OK)
        ndup_buckets_link(*buckets, &links);
    ndup_bucket_links_free(&links);
    ndup_entries_free(&entries);
    return st;
}

neardup_status ndup_job_match(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    double start = ndup_sys_seconds();
    struct ndup_buckets *buckets = NULL;
    struct ndup_load_context loading = {.job = job, .texts = texts};
    NDUP_TRY(make_buckets(job, texts, &loading, &buckets, err));
    job->summary.match_seconds += ndup_sys_seconds() - start;
    start = ndup_sys_seconds();
    struct ndup_decide_options o = {
        .threshold = job->options.threshold,
        .fingerprints = texts->simhash_bits > 0 ? texts->ranked : NULL,
        .distance = job->options.distance,
        .verify = job->options.verify,
        .keep_numbers = ndup_keeps_numbers(job, texts),
        .pairs = job->options.pairs,
        .find_removed = job->callbacks.near_miss != NULL ? ndup_job_find_removed : NULL,
        .cache_bytes = job->limits.cache_bytes,
        .buckets = buckets,
        .ranks = texts->ranks,
        .references = texts->references,
        .mixed = texts->mixed != NULL ? is_mixed : NULL,
        .pool = job->pool,
        .loader = {&loading, ndup_job_load},
        .apart = has_apart(job, texts) ? apart : NULL,
        .context = job,
        .progress = verify_progress,
        .cancel = &job->cancel,
    };
    neardup_status st = ndup_decide(&o, &texts->decided, err);
    free(loading.removed);
    texts->capped_buckets = ndup_buckets_capped(buckets);
    ndup_buckets_free(buckets);
    if (!job->options.pairs) { /* which have distances of their own */
        free(texts->ranked);
        texts->ranked = NULL;
    }
    job->summary.verify_seconds += ndup_sys_seconds() - start;
    return st;
}
