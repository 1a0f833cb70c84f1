/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/texts.h"

#include <stdlib.h>
#include <string.h>

/* ---- filling ---- */

neardup_status ndup_texts_begin(struct ndup_texts *texts, const neardup_job_options *o,
                                const struct ndup_texts_room *room, neardup_error *err)
{
    struct ndup_scratch *scratch = room->scratch;
    bool spill = room->spill;
    if (texts->plan.slots > 0)
        NDUP_TRY(ndup_sketch_create(&texts->sketch, texts->plan.kind, texts->plan.slots, o->seed, o->cpu, err));
    texts->cpu = o->cpu;
    NDUP_TRY(ndup_bands_create(&texts->bands, texts->plan.bands, scratch, spill, err));
    if (texts->simhash_bits > 0)
        NDUP_TRY(ndup_column_create(&texts->fingerprints, ndup_texts_fingerprint_bytes(texts), scratch, spill, err));
    /* With digests in the scratch folder, texts can be merged later: only then the table may be too small. */
    if (spill)
        NDUP_TRY(ndup_column_create(&texts->digests, sizeof(struct ndup_digest), scratch, true, err));
    if (o->contained > 0 && texts->unit == NEARDUP_UNIT_DOCUMENT) {
        uint64_t n = texts->profile.ngram, tokens = o->contained_min_tokens;
        double rate = ndup_samples_rate(o->contained, tokens > n ? tokens - n + 1 : 1);
        NDUP_TRY(ndup_samples_create(&texts->samples, rate, room->sample_bytes, scratch, err));
    }
    if (o->contents)
        NDUP_TRY(ndup_column_create(&texts->contents, sizeof(neardup_content), scratch, spill, err));
    return ndup_digests_create(&texts->table, spill ? room->digest_bytes : 0, err);
}

neardup_status ndup_filler_init(struct ndup_filler *filler, struct ndup_texts *texts, neardup_error *err)
{
    *filler = (struct ndup_filler){.texts = texts, .sampler = {.samples = texts->samples}};
    filler->signature = ndup_alloc_aligned(ndup_sketch_padded_slots(texts->plan.slots), sizeof *filler->signature);
    filler->keys = ndup_alloc(texts->plan.bands, sizeof *filler->keys);
    if (filler->signature == NULL || filler->keys == NULL)
        return ndup_fail_nomem(err);
    if (texts->simhash_bits > 0)
        NDUP_TRY(ndup_simhash_create(&filler->simhash, texts->simhash_bits, texts->weights, texts->cpu, err));
    return ndup_bands_writer_init(&filler->bands, texts->bands, err);
}

/* Stores 16 bytes of a text, if there is a column for them. */
static neardup_status store(struct ndup_column *column, struct ndup_text_id text, const void *bytes, neardup_error *err)
{
    if (column == NULL)
        return NEARDUP_OK;
    void *slot = ndup_column_slot(column, text.value, err);
    if (slot == NULL)
        return err != NULL ? err->code : NEARDUP_E_NOMEM;
    memcpy(slot, bytes, 16);
    return ndup_column_done(column, text.value, 1, err);
}

neardup_status ndup_filler_text(struct ndup_filler *filler, struct ndup_digest digest, struct ndup_words words,
                                struct ndup_text_id *text, bool *added, neardup_error *err)
{
    struct ndup_texts *texts = filler->texts;
    struct ndup_text_id number;
    NDUP_TRY(ndup_bands_reserve(&filler->bands, &number, err));
    NDUP_TRY(ndup_digests_find(texts->table, digest, number, text, added, err));
    if (!*added)
        return NEARDUP_OK;
    NDUP_TRY(store(texts->digests, number, &digest, err));
    if (texts->contents == NULL)
        return NEARDUP_OK;
    const neardup_content content = ndup_text_content(words);
    return store(texts->contents, number, &content, err);
}

/* Where the fingerprints of the run begin. */
static neardup_status find_run(struct ndup_filler *filler, neardup_error *err)
{
    if (filler->run == NULL)
        filler->run = ndup_column_slot(filler->texts->fingerprints, filler->bands.begin, err);
    return filler->run != NULL ? NEARDUP_OK : err != NULL ? err->code : NEARDUP_E_NOMEM;
}

static neardup_status end_run(struct ndup_filler *filler, neardup_error *err)
{
    filler->run = NULL;
    return ndup_column_done(filler->texts->fingerprints, filler->bands.begin, NDUP_BANDS_RUN, err);
}

static neardup_status put_fingerprint(struct ndup_filler *filler, const uint64_t *shingles, size_t count,
                                      neardup_error *err)
{
    struct ndup_fingerprint own;
    size_t bits = filler->texts->simhash_bits, bytes = ndup_texts_fingerprint_bytes(filler->texts);
    NDUP_TRY(find_run(filler, err));
    NDUP_TRY(ndup_simhash_compute(filler->simhash, shingles, count, &own, err));
    char *out = filler->run + filler->bands.used * bytes;
    memcpy(out, &own, bits / 8); /* low comes first */
    out[bits / 8] = ndup_simhash_is_short(filler->simhash, shingles, count);
    return filler->bands.used + 1 == NDUP_BANDS_RUN ? end_run(filler, err) : NEARDUP_OK;
}

neardup_status ndup_filler_put(struct ndup_filler *filler, const uint64_t *shingles, size_t count, neardup_error *err)
{
    const neardup_plan *plan = &filler->texts->plan;
    if (filler->simhash != NULL)
        NDUP_TRY(put_fingerprint(filler, shingles, count, err));
    if (count == 0 || plan->bands == 0)
        return ndup_bands_put(&filler->bands, NULL, err);
    ndup_sketch_compute(filler->texts->sketch, shingles, count, filler->signature);
    ndup_sketch_band_keys(filler->signature, plan->bands, plan->rows, filler->keys);
    return ndup_bands_put(&filler->bands, filler->keys, err);
}

/* Unused text ids get a digest, too: 0, which no text has. */
static neardup_status fill_digests(struct ndup_filler *filler, neardup_error *err)
{
    const struct ndup_bands_writer *bands = &filler->bands;
    const struct ndup_digest none = {0, 0};
    for (uint32_t i = bands->used; bands->column != NULL && i < NDUP_BANDS_RUN; i++) {
        const struct ndup_text_id text = {bands->begin + i};
        NDUP_TRY(store(filler->texts->digests, text, &none, err));
        NDUP_TRY(store(filler->texts->contents, text, &none, err));
    }
    return NEARDUP_OK;
}

/* And a fingerprint, 0. */
static neardup_status fill_fingerprints(struct ndup_filler *filler, neardup_error *err)
{
    const struct ndup_bands_writer *bands = &filler->bands;
    if (filler->simhash == NULL || bands->used == NDUP_BANDS_RUN)
        return NEARDUP_OK;
    NDUP_TRY(find_run(filler, err));
    size_t bytes = ndup_texts_fingerprint_bytes(filler->texts);
    memset(filler->run + bands->used * bytes, 0, (NDUP_BANDS_RUN - bands->used) * bytes);
    return end_run(filler, err);
}

neardup_status ndup_filler_finish(struct ndup_filler *filler, neardup_error *err)
{
    neardup_status st = NEARDUP_OK;
    if (filler->bands.column != NULL) {
        st = fill_digests(filler, err);
        if (st == NEARDUP_OK)
            st = fill_fingerprints(filler, err);
        neardup_status ended = ndup_bands_writer_finish(&filler->bands, st == NEARDUP_OK ? err : NULL);
        st = st == NEARDUP_OK ? ended : st;
    }
    neardup_status sampled = ndup_sampler_finish(&filler->sampler, st == NEARDUP_OK, err);
    st = st == NEARDUP_OK ? sampled : st;
    free(filler->signature);
    free(filler->keys);
    ndup_simhash_destroy(filler->simhash);
    *filler = (struct ndup_filler){0};
    return st;
}

neardup_status ndup_texts_end(struct ndup_texts *texts, bool *overflowed, neardup_error *err)
{
    *overflowed = ndup_digests_overflowed(texts->table);
    ndup_digests_free(texts->table);
    texts->table = NULL;
    NDUP_TRY(ndup_bands_seal(texts->bands, &texts->count, err));
    if (texts->fingerprints != NULL)
        NDUP_TRY(ndup_column_seal(texts->fingerprints, texts->count, err));
    if (texts->contents != NULL)
        NDUP_TRY(ndup_column_seal(texts->contents, texts->count, err));
    if (*overflowed)
        return ndup_column_seal(texts->digests, texts->count, err);
    ndup_column_free(texts->digests);
    texts->digests = NULL;
    return NEARDUP_OK;
}

neardup_status ndup_texts_content(const struct ndup_texts *texts, const struct ndup_item *item,
                                  neardup_content *content, neardup_error *err)
{
    *content = (neardup_content){0, 0};
    if (texts->contents == NULL || !ndup_has_text(item->text))
        return NEARDUP_OK;
    return ndup_column_get(texts->contents, item->text.value, content, err);
}

void ndup_texts_forget(struct ndup_texts *texts)
{
    ndup_digests_free(texts->table);
    ndup_column_free(texts->digests);
    ndup_bands_free(texts->bands);
    ndup_column_free(texts->fingerprints);
    free(texts->ranked);
    free(texts->short_texts);
    ndup_sketch_destroy(texts->sketch);
    ndup_entries_free(&texts->inside);
    free(texts->alias);
    free(texts->first_item);
    free(texts->rank_of);
    free(texts->text_at);
    free(texts->mixed);
    ndup_decided_free(&texts->decided);
    ndup_samples_free(texts->samples);
    ndup_containment_free(&texts->containment);
    free(texts->rule);
    ndup_forms_free(&texts->forms);
    ndup_clusters_free(&texts->clusters);
    *texts = (struct ndup_texts){.unit = texts->unit,
                                 .profile = texts->profile,
                                 .plan = texts->plan,
                                 .simhash_bits = texts->simhash_bits,
                                 .weights = texts->weights,
                                 .items = texts->items,
                                 .own_items = texts->own_items,
                                 .paragraphs = texts->paragraphs,
                                 .contents = texts->contents,
                                 .removed = texts->removed};
}

void ndup_texts_free(struct ndup_texts *texts)
{
    ndup_texts_forget(texts);
    ndup_column_free(texts->paragraphs);
    ndup_column_free(texts->contents);
    free(texts->removed);
    *texts = (struct ndup_texts){0};
}

/* ---- merging texts with equal digests ---- */

/* Merges texts with equal digests, when the table of digests was too small to see it while reading. */

static neardup_status digest_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                   uint32_t *first, size_t *count, neardup_error *err)
{
    const struct ndup_column *column = context;
    size_t elems = ndup_column_chunk_elems(column);
    const struct ndup_digest *digests = ndup_column_chunk(column, i, buffer, err);
    if (digests == NULL)
        return err != NULL ? err->code : NEARDUP_E_IO;
    uint32_t *out = (uint32_t *)((struct ndup_digest *)buffer + elems);
    *count = ndup_column_chunk_count(column, i);
    for (size_t j = 0; j < *count; j++)
        out[j] = (uint32_t)digests[j].low;
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
        struct ndup_digest digest, other;
        size_t j = 0;
        NDUP_TRY(ndup_column_get(texts->digests, entries[i].item, &digest, err));
        for (; j < distinct; j++) {
            NDUP_TRY(ndup_column_get(texts->digests, entries[j].item, &other, err));
            if (ndup_digest_equal(digest, other))
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

neardup_status ndup_texts_merge(struct ndup_texts *texts, size_t group_bytes, struct ndup_pool *pool,
                                neardup_error *err)
{
    size_t elems = ndup_column_chunk_elems(texts->digests);
    struct ndup_keys keys = {
        .context = texts->digests,
        .pieces = ndup_column_chunks(texts->digests),
        .piece_bytes = elems * (sizeof(struct ndup_digest) + sizeof(uint32_t)),
        .piece = digest_piece,
    };
    struct ndup_entries entries;
    texts->alias = ndup_alloc(texts->count, sizeof *texts->alias);
    if (texts->alias == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t u = 0; u < texts->count; u++)
        texts->alias[u].value = u;
    NDUP_TRY(ndup_entries_init(&entries, ndup_pool_threads(pool), err));
    neardup_status st = ndup_group(&keys, texts->count, group_bytes, pool, &entries, err);
    for (unsigned p = 0; st == NEARDUP_OK && p < entries.part_count; p++)
        st = merge_part(texts, &entries.parts[p], err);
    ndup_entries_free(&entries);
    ndup_column_free(texts->digests);
    texts->digests = NULL;
    return st;
}
