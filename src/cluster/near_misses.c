/* SPDX-License-Identifier: MIT
 * Who stays though it is near to one that went. Deciding does not meet these pairs: it compares with units that stay. Here the
 * lists of the buckets hold the removed ones, and only units that are nobody's keeper look, each by itself. */
#include "base/platform.h"

#include "cluster/decide_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

static bool is_removed(const struct ndup_deciding *d, uint32_t rank)
{
    return d->out->decisions[rank].keeper != UINT32_MAX;
}

static bool is_gone(const struct ndup_deciding *d, uint32_t rank)
{
    return is_removed(d, rank) && (d->gone == NULL || (d->gone[rank / 64] >> rank % 64 & 1));
}

static neardup_status look(struct ndup_deciding *d, unsigned member, uint32_t rank)
{
    struct ndup_decide_member *m = &d->members[member];
    struct ndup_best best = NDUP_NO_BEST, edge;
    bool loaded = false, is_edge;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, 0, d->o->units, &m->candidates, &m->error));
    for (size_t i = 0; i < m->candidates.count; i++) {
        uint32_t other = m->candidates.ranks[i];
        if (!is_gone(d, other) || (d->o->apart != NULL && d->o->apart(d->o->loader.context, rank, other)))
            continue;
        NDUP_TRY(ndup_decide_compare(d, member, rank, other, &loaded, &edge, &is_edge));
        if (is_edge && ndup_decide_better(d, &edge, &best))
            best = edge;
    }
    if (best.keeper == UINT32_MAX)
        return NEARDUP_OK;
    NDUP_TRY(ndup_decide_read_late(d, member, rank, best.keeper, &best.jaccard));
    if (!ndup_grow(&m->near_misses, &m->near_miss_capacity, m->near_miss_count + 1, sizeof *m->near_misses))
        return ndup_fail_nomem(&m->error);
    m->near_misses[m->near_miss_count++] = (struct ndup_near_miss){rank, best.keeper, best.jaccard, best.distance};
    return NEARDUP_OK;
}

static int by_unit(const void *left, const void *right)
{
    const struct ndup_near_miss *a = left, *b = right;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static neardup_status gather(struct ndup_deciding *d, neardup_error *err)
{
    struct ndup_decided *out = d->out;
    size_t capacity = 0;
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        const struct ndup_decide_member *m = &d->members[t];
        if (!ndup_grow(&out->near_misses, &capacity, out->near_miss_count + m->near_miss_count,
                       sizeof *out->near_misses))
            return ndup_fail_nomem(err);
        for (size_t i = 0; i < m->near_miss_count; i++)
            out->near_misses[out->near_miss_count++] = m->near_misses[i];
    }
    if (out->near_miss_count > 1)
        qsort(out->near_misses, out->near_miss_count, sizeof *out->near_misses, by_unit);
    return NEARDUP_OK;
}

/* The active units, parted: who looks, and who is looked for. */
static void part_units(const struct ndup_deciding *d, const uint32_t *active, uint32_t count, const uint8_t *leads,
                       uint32_t *looking, uint32_t *looking_count, uint32_t *removed, uint32_t *removed_count)
{
    *looking_count = *removed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t rank = active[i];
        if (is_gone(d, rank))
            removed[(*removed_count)++] = rank;
        else if (!is_removed(d, rank) && rank >= d->o->references && !leads[rank])
            looking[(*looking_count)++] = rank;
    }
}

static neardup_status look_all(struct ndup_deciding *d, const uint32_t *active, uint32_t count, uint8_t *leads,
                               uint32_t *looking, uint32_t *removed, neardup_error *err)
{
    uint32_t removed_count;
    for (uint32_t rank = 0; rank < d->o->units; rank++) {
        if (is_removed(d, rank))
            leads[d->out->decisions[rank].keeper] = 1;
    }
    part_units(d, active, count, leads, looking, &d->block_count, removed, &removed_count);
    d->block = looking;
    if (removed_count == 0 || d->block_count == 0)
        return NEARDUP_OK;
    if (!d->o->pairs) /* else they are there */
        ndup_buckets_replace(d->o->buckets, removed, removed_count);
    NDUP_TRY(ndup_decide_run(d, look, err));
    return gather(d, err);
}

neardup_status ndup_decide_near_misses(struct ndup_deciding *d, neardup_error *err)
{
    uint32_t count;
    const uint32_t *active = ndup_buckets_active(d->o->buckets, &count);
    uint8_t *leads = ndup_calloc(d->o->units, sizeof *leads);
    uint32_t *looking = ndup_alloc(count, sizeof *looking), *removed = ndup_alloc(count, sizeof *removed);
    neardup_status st;
    if (leads == NULL || looking == NULL || removed == NULL) {
        st = ndup_fail_nomem(err);
    } else {
        st = d->o->gone(d->o->loader.context, &d->gone, err);
        if (st == NEARDUP_OK)
            st = look_all(d, active, count, leads, looking, removed, err);
    }
    free(leads);
    free(looking);
    free(removed);
    d->block = NULL;
    return st;
}
