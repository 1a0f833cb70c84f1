/* SPDX-License-Identifier: MIT
 * Units in keeper order. First and last need no sort: input order is at hand. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "cluster/order.h"

#include <stdlib.h>
#include <string.h>

/* Visits all rows in input order. */
static neardup_status each_row(const neardup_job *job, void (*visit)(void *, uint64_t, const struct ndup_row *),
                               void *context, neardup_error *err)
{
    const struct ndup_column *rows = job->corpus.rows;
    struct ndup_row *buffer = ndup_alloc(ndup_column_chunk_elems(rows), sizeof *buffer);
    if (buffer == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    for (uint64_t chunk = 0; chunk < ndup_column_chunks(rows); chunk++) {
        const struct ndup_row *row = ndup_column_chunk(rows, chunk, buffer, err);
        if (row == NULL) {
            st = err != NULL ? err->code : NEARDUP_E_IO;
            break;
        }
        uint64_t base = chunk * ndup_column_chunk_elems(rows);
        size_t count = ndup_column_chunk_count(rows, chunk);
        for (size_t i = 0; i < count; i++)
            visit(context, base + i, &row[i]);
    }
    free(buffer);
    return st;
}

/* The first copy of a unit, or with KEEP_LAST the last. Copies have equal token counts. */
static void visit_copy(void *context, uint64_t index, const struct ndup_row *row)
{
    neardup_job *job = context;
    if (row->unit > NDUP_UNIT_MAX)
        return;
    uint32_t *rep = &job->corpus.rep[ndup_corpus_unit(&job->corpus, row)];
    if (*rep == UINT32_MAX)
        job->corpus.ranks++;
    if (*rep == UINT32_MAX || job->options.keep == NEARDUP_KEEP_LAST)
        *rep = (uint32_t)index;
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
static neardup_status choose_copies(neardup_job *job, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    for (uint64_t i = 0; i < c->row_count; i++) {
        struct ndup_row row;
        struct ndup_ordered_unit best, other;
        NDUP_TRY(ndup_corpus_row(c, i, &row, err));
        if (row.unit > NDUP_UNIT_MAX)
            continue;
        uint32_t *rep = &c->rep[ndup_corpus_unit(c, &row)];
        if (*rep == i)
            continue;
        NDUP_TRY(fill_unit(job, i, &row, &other, err));
        NDUP_TRY(fill_unit(job, *rep, &row, &best, err));
        if (ndup_order_before(&other, &best, job->options.keep))
            *rep = (uint32_t)i;
    }
    return NEARDUP_OK;
}

struct placing {
    struct ndup_corpus *corpus;
    struct ndup_ordered_unit *units;
    uint32_t count;
};

/* Representatives in input order. */
static void visit_rep(void *context, uint64_t index, const struct ndup_row *row)
{
    struct placing *p = context;
    if (row->unit > NDUP_UNIT_MAX)
        return;
    uint32_t unit = ndup_corpus_unit(p->corpus, row);
    if (p->corpus->rep[unit] != index)
        return;
    if (p->units != NULL)
        p->units[p->count] = (struct ndup_ordered_unit){.unit = unit, .place = (uint32_t)index, .tokens = row->tokens};
    p->corpus->unit_at[p->count++] = unit;
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

neardup_status ndup_job_order(neardup_job *job, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    c->rep = ndup_alloc(c->units, sizeof *c->rep);
    c->rank_of = ndup_alloc(c->units, sizeof *c->rank_of);
    if (c->rep == NULL || c->rank_of == NULL)
        return ndup_fail_nomem(err);
    memset(c->rep, 0xFF, c->units * sizeof *c->rep);
    memset(c->rank_of, 0xFF, c->units * sizeof *c->rank_of);
    NDUP_TRY(each_row(job, visit_copy, job, err));
    if (c->keep_keys != NULL)
        NDUP_TRY(choose_copies(job, err));
    bool sorted = job->options.keep != NEARDUP_KEEP_FIRST && job->options.keep != NEARDUP_KEEP_LAST;
    struct placing p = {.corpus = c};
    c->unit_at = ndup_alloc(c->ranks, sizeof *c->unit_at);
    p.units = sorted ? ndup_alloc(c->ranks, sizeof *p.units) : NULL;
    neardup_status st =
        c->unit_at == NULL || (sorted && p.units == NULL) ? ndup_fail_nomem(err) : each_row(job, visit_rep, &p, err);
    if (st == NEARDUP_OK && sorted)
        st = sort_units(job, &p, err);
    free(p.units);
    if (st != NEARDUP_OK)
        return st;
    if (job->options.keep == NEARDUP_KEEP_LAST)
        reverse(c->unit_at, c->ranks);
    for (uint32_t r = 0; r < c->ranks; r++)
        c->rank_of[c->unit_at[r]] = r;
    for (uint32_t u = 0; c->alias != NULL && u < c->units; u++)
        c->rank_of[u] = c->rank_of[c->alias[u]];
    return NEARDUP_OK;
}
