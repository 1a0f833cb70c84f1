/* SPDX-License-Identifier: MIT
 * Texts in keeper order. KEEP_FIRST and KEEP_LAST need no sort: items are visited in input order. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "cluster/order.h"

#include <stdlib.h>
#include <string.h>

/* The first copy of a text, or with KEEP_LAST the last; if there are any in references, the first of these. Copies have
 * equal token counts. */
static neardup_status visit_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)context;
    (void)err;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t *first_item = ndup_texts_first_item_of(texts, item->text);
    if (*first_item == UINT32_MAX)
        texts->ranks++;
    bool better = ndup_texts_is_reference(texts, item->index) ? !ndup_texts_is_reference(texts, *first_item)
                                                              : job->options.keep == NEARDUP_KEEP_LAST;
    if (*first_item == UINT32_MAX || better)
        *first_item = (uint32_t)item->index;
    return NEARDUP_OK;
}

/* The keep field of the item's document. */
static neardup_status get_key(const neardup_job *job, const struct ndup_texts *texts, uint64_t index, char *key,
                              neardup_error *err)
{
    struct ndup_paragraph_row part = {.document = (uint32_t)index};
    if (texts->paragraphs != NULL)
        NDUP_TRY(ndup_column_get(texts->paragraphs, index, &part, err));
    return ndup_column_get(job->corpus.keep_keys, part.document, key, err);
}

/* With a keep field, copies of one text can have different values. */
static neardup_status choose_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                  void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t *first_item = ndup_texts_first_item_of(texts, item->text);
    if (*first_item == item->index || ndup_texts_is_reference(texts, *first_item))
        return NEARDUP_OK;
    struct ndup_ordered_text best = {.place = *first_item, .tokens = item->tokens};
    struct ndup_ordered_text other = {.place = (uint32_t)item->index, .tokens = item->tokens};
    NDUP_TRY(get_key(job, texts, best.place, best.key, err));
    NDUP_TRY(get_key(job, texts, other.place, other.key, err));
    if (ndup_order_before(&other, &best, job->options.keep))
        *first_item = (uint32_t)item->index;
    return NEARDUP_OK;
}

struct placing {
    struct ndup_ordered_text *ordered; /* NULL: no sort is needed */
    uint32_t count, own;               /* own: not in references, whose texts come after them */
};

/* Texts in the input order of their first items. */
static neardup_status visit_first_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                       void *context, neardup_error *err)
{
    (void)job;
    (void)err;
    struct placing *p = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    struct ndup_text_id text = ndup_texts_canonical(texts, item->text);
    if (texts->first_item[text.value] != item->index)
        return NEARDUP_OK;
    if (p->ordered != NULL)
        p->ordered[p->count] =
            (struct ndup_ordered_text){.text = text, .place = (uint32_t)item->index, .tokens = item->tokens};
    texts->text_at[p->count++] = text;
    p->own += !ndup_texts_is_reference(texts, item->index);
    return NEARDUP_OK;
}

static neardup_status sort_texts(neardup_job *job, struct ndup_texts *texts, struct placing *p, neardup_error *err)
{
    for (uint32_t i = 0; job->corpus.keep_keys != NULL && i < p->own; i++)
        NDUP_TRY(get_key(job, texts, p->ordered[i].place, p->ordered[i].key, err));
    ndup_order_sort(p->ordered, p->own, job->options.keep);
    for (uint32_t i = 0; i < p->own; i++)
        texts->text_at[i] = p->ordered[i].text;
    return NEARDUP_OK;
}

static void reverse(struct ndup_text_id *v, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        struct ndup_text_id other = v[i];
        v[i] = v[count - 1 - i];
        v[count - 1 - i] = other;
    }
}

/* The texts of references move before the `own` others. */
static void references_first(struct ndup_texts *texts, uint32_t own)
{
    texts->references = texts->ranks - own;
    if (texts->references == 0)
        return;
    reverse(texts->text_at, texts->ranks);
    reverse(texts->text_at, texts->references);
    reverse(texts->text_at + texts->references, own);
}

static neardup_status place_texts(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    bool sorted = job->options.keep != NEARDUP_KEEP_FIRST && job->options.keep != NEARDUP_KEEP_LAST;
    struct placing p = {0};
    if (sorted) {
        p.ordered = ndup_alloc(texts->ranks, sizeof *p.ordered);
        if (p.ordered == NULL)
            return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_texts_each_item(job, texts, visit_first_item, &p, err);
    if (st == NEARDUP_OK && sorted)
        st = sort_texts(job, texts, &p, err);
    free(p.ordered);
    if (job->options.keep == NEARDUP_KEEP_LAST)
        reverse(texts->text_at, p.own);
    references_first(texts, p.own);
    return st;
}

/* Which texts of references are also in an input. */
static neardup_status note_mixed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)job;
    (void)context;
    (void)err;
    if (!ndup_item_counts(item) || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    struct ndup_rank rank = ndup_texts_rank(texts, item->text);
    if (rank.value < texts->references)
        ndup_rank_set_bit(texts->mixed, rank);
    return NEARDUP_OK;
}

static neardup_status find_mixed(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    texts->mixed = ndup_calloc((size_t)texts->references / 64 + 1, sizeof *texts->mixed);
    return texts->mixed == NULL ? ndup_fail_nomem(err) : ndup_texts_each_item(job, texts, note_mixed, NULL, err);
}

neardup_status ndup_job_order(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    NDUP_TRY(ndup_job_check_memory(job, (uint64_t)texts->count * 3 * sizeof(uint32_t), err));
    texts->first_item = ndup_alloc(texts->count, sizeof *texts->first_item);
    texts->rank_of = ndup_alloc(texts->count, sizeof *texts->rank_of);
    if (texts->first_item == NULL || texts->rank_of == NULL)
        return ndup_fail_nomem(err);
    memset(texts->first_item, 0xFF, texts->count * sizeof *texts->first_item);
    memset(texts->rank_of, 0xFF, texts->count * sizeof *texts->rank_of);
    NDUP_TRY(ndup_texts_each_item(job, texts, visit_copy, NULL, err));
    if (job->corpus.keep_keys != NULL)
        NDUP_TRY(ndup_texts_each_item(job, texts, choose_copy, NULL, err));
    texts->text_at = ndup_alloc(texts->ranks, sizeof *texts->text_at);
    if (texts->text_at == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(place_texts(job, texts, err));
    for (uint32_t r = 0; r < texts->ranks; r++)
        texts->rank_of[texts->text_at[r].value].value = r;
    for (uint32_t u = 0; texts->alias != NULL && u < texts->count; u++)
        texts->rank_of[u] = texts->rank_of[texts->alias[u].value];
    return job->options.pairs && texts->references > 0 ? find_mixed(job, texts, err) : NEARDUP_OK;
}
