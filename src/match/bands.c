/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/bands.h"

#include "base/column.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A column per band, not a row per text: grouping reads one band at a time, from its begin to its end, also when the columns
 * are in the scratch folder, where a row per text would be read once for each of the 26 bands. Keys have 32 bits, which is
 * half the memory of 64. Two different bands then have equal keys with probability 2^-32: among 10^7 texts a text meets 0.06
 * others by chance over all bands, which verification refuses. */
struct ndup_bands {
    uint32_t count;
    struct ndup_column **column;
    _Atomic uint64_t next;
    atomic_bool gaps; /* some texts have no keys */
    uint32_t texts;
};

neardup_status ndup_bands_create(struct ndup_bands **out, uint32_t bands, struct ndup_scratch *scratch, bool spill,
                                 neardup_error *err)
{
    *out = NULL;
    struct ndup_bands *b = ndup_calloc(1, sizeof *b);
    if (b == NULL)
        return ndup_fail_nomem(err);
    b->count = bands;
    b->column = ndup_calloc(bands, sizeof(void *));
    neardup_status st = b->column == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    for (uint32_t i = 0; st == NEARDUP_OK && i < bands; i++)
        st = ndup_column_create(&b->column[i], sizeof(uint32_t), scratch, spill, err);
    if (st != NEARDUP_OK) {
        ndup_bands_free(b);
        return st;
    }
    *out = b;
    return NEARDUP_OK;
}

void ndup_bands_free(struct ndup_bands *bands)
{
    if (bands == NULL)
        return;
    for (uint32_t i = 0; bands->column != NULL && i < bands->count; i++)
        ndup_column_free(bands->column[i]);
    free(bands->column);
    free(bands);
}

neardup_status ndup_bands_writer_init(struct ndup_bands_writer *writer, struct ndup_bands *bands, neardup_error *err)
{
    *writer = (struct ndup_bands_writer){.bands = bands, .used = NDUP_BANDS_RUN};
    writer->column = ndup_calloc(bands->count, sizeof *writer->column);
    return writer->column == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status ndup_bands_reserve(struct ndup_bands_writer *writer, struct ndup_text_id *text, neardup_error *err)
{
    struct ndup_bands *b = writer->bands;
    if (NDUP_UNLIKELY(writer->used == NDUP_BANDS_RUN)) {
        uint64_t begin = atomic_fetch_add(&b->next, NDUP_BANDS_RUN);
        if (begin > UINT32_MAX - 2 * NDUP_BANDS_RUN)
            return ndup_fail(err, NEARDUP_E_LIMIT,
                             "more than 4 billion distinct texts: split the corpus into several runs");
        for (uint32_t i = 0; i < b->count; i++) {
            writer->column[i] = ndup_column_slot(b->column[i], begin, err);
            if (writer->column[i] == NULL)
                return err != NULL ? err->code : NEARDUP_E_NOMEM;
        }
        writer->begin = (uint32_t)begin;
        writer->used = 0;
    }
    text->value = writer->begin + writer->used;
    return NEARDUP_OK;
}

static neardup_status end_run(struct ndup_bands_writer *writer, neardup_error *err)
{
    struct ndup_bands *b = writer->bands;
    for (uint32_t i = 0; i < b->count; i++)
        NDUP_TRY(ndup_column_done(b->column[i], writer->begin, NDUP_BANDS_RUN, err));
    return NEARDUP_OK;
}

neardup_status ndup_bands_put(struct ndup_bands_writer *writer, const uint32_t *keys, neardup_error *err)
{
    uint32_t count = writer->bands->count;
    if (keys == NULL && !atomic_load_explicit(&writer->bands->gaps, memory_order_relaxed))
        atomic_store(&writer->bands->gaps, true);
    for (uint32_t i = 0; i < count; i++)
        writer->column[i][writer->used] = keys == NULL ? 0 : keys[i] + (keys[i] == 0);
    writer->used++;
    return writer->used == NDUP_BANDS_RUN ? end_run(writer, err) : NEARDUP_OK;
}

neardup_status ndup_bands_writer_finish(struct ndup_bands_writer *writer, neardup_error *err)
{
    neardup_status st = NEARDUP_OK;
    if (writer->column != NULL && writer->used < NDUP_BANDS_RUN) {
        for (uint32_t i = 0; i < writer->bands->count; i++)
            memset(writer->column[i] + writer->used, 0, (NDUP_BANDS_RUN - writer->used) * sizeof(uint32_t));
        st = end_run(writer, err);
        writer->used = NDUP_BANDS_RUN;
    }
    free(writer->column);
    writer->column = NULL;
    return st;
}

neardup_status ndup_bands_seal(struct ndup_bands *bands, uint32_t *texts, neardup_error *err)
{
    bands->texts = (uint32_t)atomic_load(&bands->next);
    for (uint32_t i = 0; i < bands->count; i++)
        NDUP_TRY(ndup_column_seal(bands->column[i], bands->texts, err));
    *texts = bands->texts;
    return NEARDUP_OK;
}

/* ---- grouping ---- */

struct band { /* where the keys of a band come from */
    const struct ndup_column *column;
    const struct ndup_text_id *alias;
    bool gaps;
};

static neardup_status band_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                 uint32_t *first, size_t *count, neardup_error *err)
{
    const struct band *band = context;
    size_t elems = ndup_column_chunk_elems(band->column);
    *keys = ndup_column_chunk(band->column, i, buffer, err);
    if (*keys == NULL)
        return err != NULL ? err->code : NEARDUP_E_IO;
    *items = NULL;
    *first = (uint32_t)(i * elems);
    *count = ndup_column_chunk_count(band->column, i);
    if (band->alias == NULL && !band->gaps)
        return NEARDUP_OK;
    uint32_t *own_keys = (uint32_t *)buffer + elems, *own_items = own_keys + elems;
    size_t own = 0;
    for (size_t j = 0; j < *count; j++) {
        uint32_t text = *first + (uint32_t)j;
        own_keys[own] = (*keys)[j];
        own_items[own] = text;
        own += (*keys)[j] != 0 && (band->alias == NULL || band->alias[text].value == text);
    }
    *keys = own_keys;
    *items = own_items;
    *count = own;
    return NEARDUP_OK;
}

neardup_status ndup_bands_group(const struct ndup_bands *bands, uint32_t band, const struct ndup_text_id *alias,
                                size_t max_bytes, struct ndup_pool *pool, struct ndup_entries *entries,
                                neardup_error *err)
{
    struct band source = {bands->column[band], alias, atomic_load(&bands->gaps)};
    struct ndup_keys keys = {
        .context = &source,
        .pieces = ndup_column_chunks(source.column),
        .piece_bytes =
            ndup_column_chunk_elems(source.column) * sizeof(uint32_t) * (alias != NULL || source.gaps ? 3 : 1),
        .piece = band_piece,
    };
    return ndup_group(&keys, bands->texts, max_bytes, pool, entries, err);
}
