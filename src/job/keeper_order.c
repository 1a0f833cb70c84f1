/* SPDX-License-Identifier: MIT
 * Units in keeper order. First and last need no sort: input order is at hand. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "cluster/order.h"

#include <stdlib.h>
#include <string.h>

/* The first copy of a unit, or with KEEP_LAST the last. Copies have equal token counts. */
static neardup_status visit_copy(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                                 neardup_error *err)
{
    (void)context;
    (void)err;
    if (row->unit > NDUP_UNIT_MAX)
        return NEARDUP_OK;
    uint32_t *rep = &job->corpus.rep[ndup_corpus_unit(&job->corpus, row)];
    if (*rep == UINT32_MAX)
        job->corpus.ranks++;
    if (*rep == UINT32_MAX || job->options.keep == NEARDUP_KEEP_LAST)
        *rep = (uint32_t)index;
    return NEARDUP_OK;
}

static neardup_status fill_unit(neardup_job *job, uint64_t index, const struct ndup_row *row,
                                struct ndup_ordered_unit *unit, neardup_error *err)
{
    *unit = (struct ndup_ordered_unit){.unit = row->unit, .place = (uint32_t)index, .tokens = row->tokens};
    if (job->corpus.keep_keys == NULL)
        return NEARDUP_OK;
    return ndup_column_get(job->corpus.keep_keys, index, unit->key, err);
}

/* With a keep field, copies of one text can have different values. */
static neardup_status choose_copy(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                                  neardup_error *err)
{
    (void)context;
    struct ndup_ordered_unit best, other;
    if (row->unit > NDUP_UNIT_MAX)
        return NEARDUP_OK;
    uint32_t *rep = &job->corpus.rep[ndup_corpus_unit(&job->corpus, row)];
    if (*rep == index)
        return NEARDUP_OK;
    NDUP_TRY(fill_unit(job, index, row, &other, err));
    NDUP_TRY(fill_unit(job, *rep, row, &best, err));
    if (ndup_order_before(&other, &best, job->options.keep))
        *rep = (uint32_t)index;
    return NEARDUP_OK;
}

struct placing {
    struct ndup_ordered_unit *units;
    uint32_t count;
};

/* Representatives in input order. */
static neardup_status visit_rep(neardup_job *job, uint64_t index, const struct ndup_row *row, void *context,
                                neardup_error *err)
{
    (void)err;
    struct placing *p = context;
    if (row->unit > NDUP_UNIT_MAX)
        return NEARDUP_OK;
    uint32_t unit = ndup_corpus_unit(&job->corpus, row);
    if (job->corpus.rep[unit] != index)
        return NEARDUP_OK;
    if (p->units != NULL)
        p->units[p->count] = (struct ndup_ordered_unit){.unit = unit, .place = (uint32_t)index, .tokens = row->tokens};
    job->corpus.unit_at[p->count++] = unit;
    return NEARDUP_OK;
}

static neardup_status sort_units(neardup_job *job, struct placing *p, neardup_error *err)
{
    for (uint32_t i = 0; job->corpus.keep_keys != NULL && i < p->count; i++)
        NDUP_TRY(ndup_column_get(job->corpus.keep_keys, p->units[i].place, p->units[i].key, err));
    ndup_order_sort(p->units, p->count, job->options.keep);
    for (uint32_t i = 0; i < p->count; i++)
        job->corpus.unit_at[i] = p->units[i].unit;
    return NEARDUP_OK;
}

static void reverse(uint32_t *v, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uint32_t other = v[i];
        v[i] = v[count - 1 - i];
        v[count - 1 - i] = other;
    }
}

static neardup_status place_units(neardup_job *job, neardup_error *err)
{
    bool sorted = job->options.keep != NEARDUP_KEEP_FIRST && job->options.keep != NEARDUP_KEEP_LAST;
    struct placing p = {NULL, 0};
    if (sorted) {
        p.units = ndup_alloc(job->corpus.ranks, sizeof *p.units);
        if (p.units == NULL)
            return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_job_each_row(job, visit_rep, &p, err);
    if (st == NEARDUP_OK && sorted)
        st = sort_units(job, &p, err);
    free(p.units);
    return st;
}

neardup_status ndup_job_order(neardup_job *job, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    c->rep = ndup_alloc(c->units, sizeof *c->rep);
    c->rank_of = ndup_alloc(c->units, sizeof *c->rank_of);
    if (c->rep == NULL || c->rank_of == NULL)
        return ndup_fail_nomem(err);
    memset(c->rep, 0xFF, c->units * sizeof *c->rep);
    memset(c->rank_of, 0xFF, c->units * sizeof *c->rank_of);
    NDUP_TRY(ndup_job_each_row(job, visit_copy, NULL, err));
    if (c->keep_keys != NULL)
        NDUP_TRY(ndup_job_each_row(job, choose_copy, NULL, err));
    c->unit_at = ndup_alloc(c->ranks, sizeof *c->unit_at);
    if (c->unit_at == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(place_units(job, err));
    if (job->options.keep == NEARDUP_KEEP_LAST)
        reverse(c->unit_at, c->ranks);
    for (uint32_t r = 0; r < c->ranks; r++)
        c->rank_of[c->unit_at[r]] = r;
    for (uint32_t u = 0; c->alias != NULL && u < c->units; u++)
        c->rank_of[u] = c->rank_of[c->alias[u]];
    return NEARDUP_OK;
}
