/* SPDX-License-Identifier: MIT
 * All pairs of documents: edges of units, spread over their copies, in input order. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

struct partner { /* of the document at hand */
    uint32_t row;
    bool exact;
    double jaccard;
};

struct pairing {
    uint64_t *first_copy; /* [ranks + 2] */
    uint32_t *copies;     /* rows of every rank, ascending */
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

static neardup_status count_copy(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                                 neardup_error *err)
{
    (void)index;
    (void)err;
    struct pairing *p = context;
    if (row->unit <= NDUP_UNIT_MAX)
        p->first_copy[job->corpus.rank_of[row->unit] + (size_t)2]++;
    return NEARDUP_OK;
}

static neardup_status list_copy(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                                neardup_error *err)
{
    (void)err;
    struct pairing *p = context;
    if (row->unit <= NDUP_UNIT_MAX)
        p->copies[p->first_copy[job->corpus.rank_of[row->unit] + (size_t)1]++] = (uint32_t)index;
    return NEARDUP_OK;
}

static void list_edges(const neardup_job *job, struct pairing *p)
{
    const struct ndup_decided *d = &job->decided;
    for (uint64_t i = 0; i < d->edge_count; i++) {
        p->first_edge[d->edges[i].unit + 2]++;
        p->first_edge[d->edges[i].earlier + 2]++;
    }
    sum_up(p->first_edge, job->corpus.ranks);
    for (uint64_t i = 0; i < d->edge_count; i++) {
        p->edges[p->first_edge[d->edges[i].unit + 1]++] = i;
        p->edges[p->first_edge[d->edges[i].earlier + 1]++] = i;
    }
}

/* Copies of a rank that come after the row. */
static bool add_copies(struct pairing *p, uint32_t rank, uint32_t row, bool exact, double jaccard)
{
    for (uint64_t i = p->first_copy[rank]; i < p->first_copy[rank + 1]; i++) {
        if (p->copies[i] <= row)
            continue;
        if (!ndup_grow(&p->partners, &p->capacity, p->count + 1, sizeof *p->partners))
            return false;
        p->partners[p->count++] = (struct partner){p->copies[i], exact, jaccard};
    }
    return true;
}

static int by_row(const void *left, const void *right)
{
    const struct partner *a = left, *b = right;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool find_partners(const neardup_job *job, struct pairing *p, uint32_t rank, uint32_t row)
{
    p->count = 0;
    bool ok = add_copies(p, rank, row, true, 1);
    for (uint64_t i = p->first_edge[rank]; ok && i < p->first_edge[rank + 1]; i++) {
        const struct ndup_edge *e = &job->decided.edges[p->edges[i]];
        ok = add_copies(p, e->unit == rank ? e->earlier : e->unit, row, e->exact, e->jaccard);
    }
    if (p->count > 1)
        qsort(p->partners, p->count, sizeof *p->partners, by_row);
    return ok;
}

static neardup_status tell_partners(neardup_job *job, const struct pairing *p, uint64_t row, neardup_error *err)
{
    job->summary.pairs += p->count;
    NDUP_TRY(ndup_job_check_cancel(job, err));
    if (p->count == 0 || job->callbacks.pair == NULL)
        return NEARDUP_OK;
    neardup_pair pair;
    NDUP_TRY(ndup_job_ref(job, row, 0, &pair.a, err));
    for (size_t i = 0; i < p->count; i++) {
        pair.reason = p->partners[i].exact ? NEARDUP_EXACT : NEARDUP_NEAR;
        pair.jaccard = p->partners[i].jaccard;
        NDUP_TRY(ndup_job_ref(job, p->partners[i].row, 1, &pair.b, err));
        if (i % 1024 == 1023)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        if (!job->callbacks.pair(job->callbacks.context, &pair))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell_row(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                               neardup_error *err)
{
    struct pairing *p = context;
    if (row->unit > NDUP_UNIT_MAX)
        return NEARDUP_OK;
    if (!find_partners(job, p, job->corpus.rank_of[row->unit], (uint32_t)index))
        return ndup_fail_nomem(err);
    return tell_partners(job, p, index, err);
}

static neardup_status tell_all(neardup_job *job, struct pairing *p, neardup_error *err)
{
    NDUP_TRY(ndup_job_each_row(job, count_copy, p, err));
    sum_up(p->first_copy, job->corpus.ranks);
    NDUP_TRY(ndup_job_each_row(job, list_copy, p, err));
    list_edges(job, p);
    return ndup_job_each_row(job, tell_row, p, err);
}

neardup_status ndup_job_tell_pairs(neardup_job *job, neardup_error *err)
{
    size_t ranks = job->corpus.ranks;
    struct pairing p = {
        .first_copy = ndup_calloc(ranks + 2, sizeof *p.first_copy),
        .copies = ndup_alloc(job->summary.documents, sizeof *p.copies),
        .first_edge = ndup_calloc(ranks + 2, sizeof *p.first_edge),
        .edges = ndup_alloc(2 * job->decided.edge_count, sizeof *p.edges),
    };
    neardup_status st = p.first_copy == NULL || p.copies == NULL || p.first_edge == NULL || p.edges == NULL
                            ? ndup_fail_nomem(err)
                            : tell_all(job, &p, err);
    free(p.first_copy);
    free(p.copies);
    free(p.first_edge);
    free(p.edges);
    free(p.partners);
    return st;
}
