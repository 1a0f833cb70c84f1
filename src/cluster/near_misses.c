/* SPDX-License-Identifier: MIT
 * Near misses: texts that are kept although they are similar to a removed one. Deciding does not meet these pairs, since
 * it compares with kept texts only. Here the lists of the buckets hold the removed texts, and only kept texts that are
 * nobody's keeper look into them, each by itself. */
#include "base/platform.h"

#include "cluster/decide_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

static bool is_removed(const struct ndup_deciding *d, struct ndup_rank rank)
{
    return ndup_decided_removed(d->out, rank);
}

/* Not where the caller kept it after all: a paragraph can have a keeper and still stay (max_copies). */
static bool is_really_removed(const struct ndup_deciding *d, struct ndup_rank rank)
{
    return is_removed(d, rank) && (d->removed == NULL || ndup_rank_bit(d->removed, rank));
}

static neardup_status look(struct ndup_deciding *d, unsigned member, struct ndup_rank rank)
{
    struct ndup_decide_member *m = &d->members[member];
    struct ndup_best best = NDUP_NO_BEST, edge;
    bool loaded = false, is_edge;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, (struct ndup_rank){0}, (struct ndup_rank){d->o->ranks},
                                     &m->candidates, &m->error));
    for (size_t i = 0; i < m->candidates.count; i++) {
        struct ndup_rank other = m->candidates.ranks[i];
        if (!is_really_removed(d, other) || (d->o->apart != NULL && d->o->apart(d->o->loader.context, rank, other)))
            continue;
        NDUP_TRY(ndup_decide_compare(d, member, rank, other, &loaded, &edge, &is_edge));
        if (is_edge && ndup_decide_better(d, &edge, &best))
            best = edge;
    }
    if (!ndup_rank_exists(best.keeper))
        return NEARDUP_OK;
    NDUP_TRY(ndup_decide_read_late(d, member, rank, best.keeper, &best.jaccard));
    if (!ndup_grow(&m->near_misses, &m->near_miss_capacity, m->near_miss_count + 1, sizeof *m->near_misses))
        return ndup_fail_nomem(&m->error);
    m->near_misses[m->near_miss_count++] = (struct ndup_near_miss){rank, best.keeper, best.jaccard, best.distance};
    return NEARDUP_OK;
}

static int by_kept(const void *left, const void *right)
{
    const struct ndup_near_miss *a = left, *b = right;
    return a->kept.value < b->kept.value ? -1 : a->kept.value > b->kept.value;
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
        qsort(out->near_misses, out->near_miss_count, sizeof *out->near_misses, by_kept);
    return NEARDUP_OK;
}

/* Divides the active texts: those that look, and those that are looked for. */
static void divide(const struct ndup_deciding *d, const struct ndup_rank *active, uint32_t count, const uint8_t *leads,
                   struct ndup_rank *looking, uint32_t *looking_count, struct ndup_rank *removed,
                   uint32_t *removed_count)
{
    *looking_count = *removed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ndup_rank rank = active[i];
        if (is_really_removed(d, rank))
            removed[(*removed_count)++] = rank;
        else if (!is_removed(d, rank) && rank.value >= d->o->references && !leads[rank.value])
            looking[(*looking_count)++] = rank;
    }
}

static neardup_status look_all(struct ndup_deciding *d, const struct ndup_rank *active, uint32_t count, uint8_t *leads,
                               struct ndup_rank *looking, struct ndup_rank *removed, neardup_error *err)
{
    uint32_t removed_count;
    for (uint32_t r = 0; r < d->o->ranks; r++) {
        if (is_removed(d, (struct ndup_rank){r}))
            leads[d->out->decisions[r].keeper.value] = 1;
    }
    divide(d, active, count, leads, looking, &d->block_count, removed, &removed_count);
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
    const struct ndup_rank *active = ndup_buckets_active(d->o->buckets, &count);
    uint8_t *leads = ndup_calloc(d->o->ranks, sizeof *leads);
    struct ndup_rank *looking = ndup_alloc(count, sizeof *looking), *removed = ndup_alloc(count, sizeof *removed);
    neardup_status st;
    if (leads == NULL || looking == NULL || removed == NULL) {
        st = ndup_fail_nomem(err);
    } else {
        st = d->o->find_removed(d->o->loader.context, &d->removed, err);
        if (st == NEARDUP_OK)
            st = look_all(d, active, count, leads, looking, removed, err);
    }
    free(leads);
    free(looking);
    free(removed);
    d->block = NULL;
    return st;
}
