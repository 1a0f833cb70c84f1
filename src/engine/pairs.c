/* SPDX-License-Identifier: MIT
 * All pairs of items: the edges of texts, repeated for each copy, in input order. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/report_lines.h"

#include <stdlib.h>

struct partner { /* of the item at hand */
    uint32_t item;
    bool exact;
    double jaccard;
    int distance;
};

struct pairing {
    uint64_t *first_copy; /* [ranks + 2] */
    uint32_t *copies;     /* items of every rank, ascending */
    uint64_t *first_edge; /* [ranks + 2] */
    uint64_t *edges;      /* of every rank, as number in decided.edges; each edge stands at both its ends */
    struct partner *partners;
    size_t count, capacity;
};

/* Counts at [rank + 2] become places to write at [rank + 1], and, when all is written, begins at [rank]. */
static void sum_up(uint64_t *first, uint32_t ranks)
{
    for (uint32_t r = 0; r < ranks; r++)
        first[r + 2] += first[r + 1];
}

static neardup_status count_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)err;
    struct pairing *p = context;
    job->repeated_lines += item->part != NULL && ndup_has_text(item->text) && item->part->kind == NDUP_PARAGRAPH_ECHO;
    if (ndup_item_counts(item))
        p->first_copy[ndup_texts_rank(texts, item->text).value + (size_t)2]++;
    return NEARDUP_OK;
}

static neardup_status list_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct pairing *p = context;
    if (ndup_item_counts(item))
        p->copies[p->first_copy[ndup_texts_rank(texts, item->text).value + (size_t)1]++] = (uint32_t)item->index;
    return NEARDUP_OK;
}

static void list_edges(const struct ndup_texts *texts, struct pairing *p)
{
    const struct ndup_decided *d = &texts->decided;
    for (uint64_t i = 0; i < d->edge_count; i++) {
        p->first_edge[d->edges[i].later.value + 2]++;
        p->first_edge[d->edges[i].earlier.value + 2]++;
    }
    sum_up(p->first_edge, texts->ranks);
    for (uint64_t i = 0; i < d->edge_count; i++) {
        p->edges[p->first_edge[d->edges[i].later.value + 1]++] = i;
        p->edges[p->first_edge[d->edges[i].earlier.value + 1]++] = i;
    }
}

/* Copies of a rank that come after the item. */
static bool add_copies(struct pairing *p, struct ndup_rank rank, uint32_t item, bool exact, double jaccard,
                       int distance)
{
    for (uint64_t i = p->first_copy[rank.value]; i < p->first_copy[rank.value + 1]; i++) {
        if (p->copies[i] <= item)
            continue;
        if (!ndup_grow(&p->partners, &p->capacity, p->count + 1, sizeof *p->partners))
            return false;
        p->partners[p->count++] = (struct partner){p->copies[i], exact, jaccard, distance};
    }
    return true;
}

static int by_item(const void *left, const void *right)
{
    const struct partner *a = left, *b = right;
    return a->item < b->item ? -1 : a->item > b->item;
}

static int distance_of(const struct ndup_texts *texts, const struct ndup_edge *e)
{
    return texts->ranked == NULL
               ? NEARDUP_NO_DISTANCE
               : (int)ndup_simhash_distance(texts->ranked[e->later.value], texts->ranked[e->earlier.value]);
}

static bool find_partners(const struct ndup_texts *texts, struct pairing *p, struct ndup_rank rank, uint32_t item)
{
    p->count = 0;
    bool ok = add_copies(p, rank, item, true, 1, ndup_texts_zero_distance(texts));
    for (uint64_t i = p->first_edge[rank.value]; ok && i < p->first_edge[rank.value + 1]; i++) {
        const struct ndup_edge *e = &texts->decided.edges[p->edges[i]];
        ok = add_copies(p, e->later.value == rank.value ? e->earlier : e->later, item, false, e->jaccard,
                        distance_of(texts, e));
    }
    if (p->count > 1)
        qsort(p->partners, p->count, sizeof *p->partners, by_item);
    return ok;
}

static struct ndup_show_side side_of(const struct ndup_texts *texts, const struct ndup_item *item)
{
    return (struct ndup_show_side){*ndup_texts_first_item_of(texts, item->text) == item->index, ndup_item_stored(item)};
}

static neardup_status get_side(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                               struct ndup_buf *text, neardup_ref *ref, neardup_error *err)
{
    NDUP_TRY(ndup_job_ref(job, item, text, ref, err));
    ref->order = ndup_texts_rank(texts, item->text).value;
    return NEARDUP_OK;
}

static neardup_status tell_pair(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                const struct partner *partner, neardup_pair *pair, neardup_error *err)
{
    struct ndup_report_file *report = &job->reports.pairs;
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item other;
    pair->reason = partner->exact ? NEARDUP_EXACT : NEARDUP_NEAR;
    pair->jaccard = partner->jaccard;
    pair->distance = partner->distance;
    NDUP_TRY(ndup_texts_item(job, texts, partner->item, &row, &part, &other, err));
    NDUP_TRY(get_side(job, texts, &other, &job->scratch_text[1], &pair->b, err));
    if (report->descriptor >= 0) {
        ndup_show_recorded_pair(&report->text, pair, side_of(texts, item), side_of(texts, &other));
        NDUP_TRY(ndup_report_flush(report, err));
    }
    if (job->callbacks.pair != NULL && !job->callbacks.pair(job->callbacks.context, pair))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

static neardup_status tell_partners(neardup_job *job, struct ndup_texts *texts, const struct pairing *p,
                                    const struct ndup_item *item, neardup_error *err)
{
    uint64_t *told = texts->paragraphs != NULL ? &job->summary.paragraphs.pairs : &job->summary.pairs;
    *told += p->count;
    NDUP_TRY(ndup_job_check_cancel(job, err));
    if (p->count == 0 || (job->callbacks.pair == NULL && job->reports.pairs.descriptor < 0))
        return NEARDUP_OK;
    neardup_pair pair;
    NDUP_TRY(get_side(job, texts, item, &job->scratch_text[0], &pair.a, err));
    for (size_t i = 0; i < p->count; i++) {
        if (i % 1024 == 1023)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        NDUP_TRY(tell_pair(job, texts, item, &p->partners[i], &pair, err));
    }
    return NEARDUP_OK;
}

static neardup_status tell_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    struct pairing *p = context;
    /* Behind an item of a reference there are only such. */
    if (!ndup_item_counts(item) || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    if (!find_partners(texts, p, ndup_texts_rank(texts, item->text), (uint32_t)item->index))
        return ndup_fail_nomem(err);
    return tell_partners(job, texts, p, item, err);
}

static neardup_status tell_all(neardup_job *job, struct ndup_texts *texts, struct pairing *p, neardup_error *err)
{
    NDUP_TRY(ndup_texts_each_item(job, texts, count_copy, p, err));
    sum_up(p->first_copy, texts->ranks);
    NDUP_TRY(ndup_texts_each_item(job, texts, list_copy, p, err));
    list_edges(texts, p);
    return ndup_texts_each_item(job, texts, tell_item, p, err);
}

neardup_status ndup_job_report_pairs(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    size_t ranks = texts->ranks;
    struct pairing p = {
        .first_copy = ndup_calloc(ranks + 2, sizeof *p.first_copy),
        .copies = ndup_alloc(texts->items, sizeof *p.copies),
        .first_edge = ndup_calloc(ranks + 2, sizeof *p.first_edge),
        .edges = ndup_alloc(2 * texts->decided.edge_count, sizeof *p.edges),
    };
    neardup_status st = p.first_copy == NULL || p.copies == NULL || p.first_edge == NULL || p.edges == NULL
                            ? ndup_fail_nomem(err)
                            : tell_all(job, texts, &p, err);
    free(p.first_copy);
    free(p.copies);
    free(p.first_edge);
    free(p.edges);
    free(p.partners);
    return st;
}
