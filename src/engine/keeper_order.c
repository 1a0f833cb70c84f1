/* SPDX-License-Identifier: MIT
 * Units in keeper order. First and last need no sort: input order is at hand. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "cluster/order.h"

#include <stdlib.h>
#include <string.h>

/* The first copy of a unit, or with KEEP_LAST the last; if there are any in references, the first of these. Copies have
 * equal token counts. */
static neardup_status visit_copy(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)context;
    (void)err;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t *rep = &level->rep[ndup_level_unit(level, item->unit)];
    if (*rep == UINT32_MAX)
        level->ranks++;
    bool better = ndup_level_is_reference(level, item->index) ? !ndup_level_is_reference(level, *rep)
                                                              : job->options.keep == NEARDUP_KEEP_LAST;
    if (*rep == UINT32_MAX || better)
        *rep = (uint32_t)item->index;
    return NEARDUP_OK;
}

/* The keep field of the item's document. */
static neardup_status get_key(const neardup_job *job, const struct ndup_level *level, uint64_t index, char *key,
                              neardup_error *err)
{
    struct ndup_part_row part = {.document = (uint32_t)index};
    if (level->parts != NULL)
        NDUP_TRY(ndup_column_get(level->parts, index, &part, err));
    return ndup_column_get(job->corpus.keep_keys, part.document, key, err);
}

/* With a keep field, copies of one text can have different values. */
static neardup_status choose_copy(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                  void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t *rep = &level->rep[ndup_level_unit(level, item->unit)];
    if (*rep == item->index || ndup_level_is_reference(level, *rep))
        return NEARDUP_OK;
    struct ndup_ordered_unit best = {.place = *rep, .tokens = item->tokens};
    struct ndup_ordered_unit other = {.place = (uint32_t)item->index, .tokens = item->tokens};
    NDUP_TRY(get_key(job, level, best.place, best.key, err));
    NDUP_TRY(get_key(job, level, other.place, other.key, err));
    if (ndup_order_before(&other, &best, job->options.keep))
        *rep = (uint32_t)item->index;
    return NEARDUP_OK;
}

struct placing {
    struct ndup_ordered_unit *units;
    uint32_t count, own; /* own: not in references, whose units come behind them */
};

/* Representatives in input order. */
static neardup_status visit_rep(neardup_job *job, struct ndup_level *level, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct placing *p = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t unit = ndup_level_unit(level, item->unit);
    if (level->rep[unit] != item->index)
        return NEARDUP_OK;
    if (p->units != NULL)
        p->units[p->count] =
            (struct ndup_ordered_unit){.unit = unit, .place = (uint32_t)item->index, .tokens = item->tokens};
    level->unit_at[p->count++] = unit;
    p->own += !ndup_level_is_reference(level, item->index);
    return NEARDUP_OK;
}

static neardup_status sort_units(neardup_job *job, struct ndup_level *level, struct placing *p, neardup_error *err)
{
    for (uint32_t i = 0; job->corpus.keep_keys != NULL && i < p->own; i++)
        NDUP_TRY(get_key(job, level, p->units[i].place, p->units[i].key, err));
    ndup_order_sort(p->units, p->own, job->options.keep);
    for (uint32_t i = 0; i < p->own; i++)
        level->unit_at[i] = p->units[i].unit;
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

/* The units of references stand behind `own` others. */
static void references_first(struct ndup_level *level, uint32_t own)
{
    level->references = level->ranks - own;
    if (level->references == 0)
        return;
    reverse(level->unit_at, level->ranks);
    reverse(level->unit_at, level->references);
    reverse(level->unit_at + level->references, own);
}

static neardup_status place_units(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    bool sorted = job->options.keep != NEARDUP_KEEP_FIRST && job->options.keep != NEARDUP_KEEP_LAST;
    struct placing p = {0};
    if (sorted) {
        p.units = ndup_alloc(level->ranks, sizeof *p.units);
        if (p.units == NULL)
            return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_level_each(job, level, visit_rep, &p, err);
    if (st == NEARDUP_OK && sorted)
        st = sort_units(job, level, &p, err);
    free(p.units);
    if (job->options.keep == NEARDUP_KEEP_LAST)
        reverse(level->unit_at, p.own);
    references_first(level, p.own);
    return st;
}

/* Which texts of references stand in an input, too. */
static neardup_status note_mixed(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)job;
    (void)context;
    (void)err;
    if (!ndup_item_counts(item) || ndup_level_is_reference(level, item->index))
        return NEARDUP_OK;
    uint32_t rank = level->rank_of[item->unit];
    if (rank < level->references)
        level->mixed[rank / 64] |= (uint64_t)1 << rank % 64;
    return NEARDUP_OK;
}

static neardup_status find_mixed(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    level->mixed = ndup_calloc((size_t)level->references / 64 + 1, sizeof *level->mixed);
    return level->mixed == NULL ? ndup_fail_nomem(err) : ndup_level_each(job, level, note_mixed, NULL, err);
}

neardup_status ndup_job_order(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    NDUP_TRY(ndup_job_check_memory(job, (uint64_t)level->units * 3 * sizeof(uint32_t), err));
    level->rep = ndup_alloc(level->units, sizeof *level->rep);
    level->rank_of = ndup_alloc(level->units, sizeof *level->rank_of);
    if (level->rep == NULL || level->rank_of == NULL)
        return ndup_fail_nomem(err);
    memset(level->rep, 0xFF, level->units * sizeof *level->rep);
    memset(level->rank_of, 0xFF, level->units * sizeof *level->rank_of);
    NDUP_TRY(ndup_level_each(job, level, visit_copy, NULL, err));
    if (job->corpus.keep_keys != NULL)
        NDUP_TRY(ndup_level_each(job, level, choose_copy, NULL, err));
    level->unit_at = ndup_alloc(level->ranks, sizeof *level->unit_at);
    if (level->unit_at == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(place_units(job, level, err));
    for (uint32_t r = 0; r < level->ranks; r++)
        level->rank_of[level->unit_at[r]] = r;
    for (uint32_t u = 0; level->alias != NULL && u < level->units; u++)
        level->rank_of[u] = level->rank_of[level->alias[u]];
    return job->options.pairs && level->references > 0 ? find_mixed(job, level, err) : NEARDUP_OK;
}
