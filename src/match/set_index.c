/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/set_index_impl.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <stdlib.h>

/* The first place of an item's order that the set at hand holds; what was touched is reset after each set. */
struct touches {
    uint32_t *first; /* [items]: place + 1; 0: none */
    uint32_t *items;
    size_t count;
};

struct ndup_seeker {
    const struct ndup_set_index *s;
    const uint64_t *hashes; /* of the set at hand */
    size_t count;
    bool filled; /* the probe holds it */
    struct ndup_probe probe, hit_probe;
    uint64_t *hits; /* what passes the filter */
    size_t hit_capacity;
    struct touches sets, groups;
};

static bool make_touches(struct touches *t, uint32_t items)
{
    t->first = ndup_calloc(items, sizeof *t->first);
    t->items = ndup_alloc(items, sizeof *t->items);
    return t->first != NULL && t->items != NULL;
}

neardup_status ndup_seeker_create(struct ndup_seeker **out, const struct ndup_set_index *sought, neardup_error *err)
{
    struct ndup_seeker *seeker = *out = ndup_calloc(1, sizeof *seeker);
    if (seeker == NULL)
        return ndup_fail_nomem(err);
    seeker->s = sought;
    if (make_touches(&seeker->sets, sought->set_count) && make_touches(&seeker->groups, sought->group_count))
        return NEARDUP_OK;
    ndup_seeker_free(seeker);
    *out = NULL;
    return ndup_fail_nomem(err);
}

void ndup_seeker_free(struct ndup_seeker *seeker)
{
    if (seeker == NULL)
        return;
    ndup_probe_free(&seeker->probe);
    ndup_probe_free(&seeker->hit_probe);
    free(seeker->hits);
    free(seeker->sets.first);
    free(seeker->sets.items);
    free(seeker->groups.first);
    free(seeker->groups.items);
    free(seeker);
}

void ndup_seeker_take(struct ndup_seeker *seeker, const uint64_t *hashes, size_t count)
{
    seeker->hashes = hashes;
    seeker->count = count;
    seeker->filled = false;
}

bool ndup_seeker_surely_more(const struct ndup_seeker *seeker, size_t limit)
{
    return ndup_surely_more(seeker->hashes, seeker->count, limit);
}

/* ---- candidates ---- */

/* Shingles that may have a list. Without a branch: the words of the filter are fetched side by side. */
static neardup_status pass_filter(struct ndup_seeker *seeker, size_t *passed, neardup_error *err)
{
    const struct ndup_set_index *s = seeker->s;
    size_t n = 0;
    if (!ndup_grow(&seeker->hits, &seeker->hit_capacity, seeker->count, sizeof *seeker->hits))
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < seeker->count; i++) {
        uint64_t hash = seeker->hashes[i], bits = ndup_set_index_bits(hash);
        seeker->hits[n] = hash;
        n += (s->filter[hash >> s->filter_shift] & bits) == bits;
    }
    *passed = n;
    return NEARDUP_OK;
}

static void touch_all(const struct ndup_postings *l, uint64_t hash, const _Atomic uint32_t *reach,
                      struct touches *touches)
{
    uint32_t at = l->begin[hash >> l->shift], end = l->begin[(hash >> l->shift) + 1];
    for (uint32_t high = end; high - at > 8;) { /* a long list beside it */
        uint32_t middle = at + (high - at) / 2;
        if (l->all[middle].hash < hash)
            at = middle + 1;
        else
            high = middle;
    }
    while (at < end && l->all[at].hash < hash)
        at++;
    for (; at < end && l->all[at].hash == hash; at++) {
        uint32_t *first = &touches->first[l->all[at].item], place = l->all[at].place + 1;
        if (reach != NULL && place > atomic_load_explicit(&reach[l->all[at].item], memory_order_relaxed))
            continue;
        if (*first == 0)
            touches->items[touches->count++] = l->all[at].item;
        if (*first == 0 || place < *first)
            *first = place;
    }
}

static neardup_status touch(struct ndup_seeker *seeker, const _Atomic uint32_t *reach, neardup_error *err)
{
    const struct ndup_set_index *s = seeker->s;
    size_t n = 0;
    NDUP_TRY(pass_filter(seeker, &n, err));
    const uint64_t *hits = seeker->hits;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&s->lists.begin[hits[i] >> s->lists.shift]);
    if (n > 1) {
        NDUP_TRY(ndup_probe_fill(&seeker->hit_probe, hits, n, err));
        hits = seeker->hit_probe.distinct;
        n = seeker->hit_probe.count;
    }
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&s->lists.all[s->lists.begin[hits[i] >> s->lists.shift]]);
    for (size_t i = 0; i < n; i++) {
        touch_all(&s->lists, hits[i], NULL, &seeker->sets);
        if (s->group_count > 0)
            touch_all(&s->group_lists, hits[i], reach, &seeker->groups);
    }
    return NEARDUP_OK;
}

static void reset(struct touches *touches)
{
    for (size_t i = 0; i < touches->count; i++)
        touches->first[touches->items[i]] = 0;
    touches->count = 0;
}

/* ---- overlaps ---- */

static neardup_status fill(struct ndup_seeker *seeker, neardup_error *err)
{
    if (seeker->filled)
        return NEARDUP_OK;
    NDUP_TRY(ndup_probe_fill(&seeker->probe, seeker->hashes, seeker->count, err));
    seeker->filled = true;
    return NEARDUP_OK;
}

/* Shared shingles from a place on, before which none is shared; 0 if they are fewer than `need`. */
static uint32_t overlap_from(const struct ndup_seeker *seeker, const uint64_t *hashes, uint32_t count, uint32_t from,
                             uint32_t need)
{
    uint32_t shared = 0;
    for (uint32_t i = from; i < count && shared + (count - i) >= need; i++)
        shared += ndup_probe_holds(&seeker->probe, hashes[i]);
    return shared >= need ? shared : 0;
}

/* *closed is cleared if something can still matter. */
static neardup_status look_at_set(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *v, uint32_t set,
                                  uint32_t from, bool *closed, neardup_error *err)
{
    const struct ndup_set_index_set *sought = &seeker->s->sets[set];
    NDUP_TRY(fill(seeker, err));
    uint32_t need = v->need(v->context, set, seeker->probe.count);
    *closed = *closed && need == NDUP_SET_INDEX_NONE;
    if (need > sought->count - from || need > seeker->probe.count)
        return NEARDUP_OK;
    uint32_t overlap = overlap_from(seeker, sought->hashes, sought->count, from, need);
    return overlap > 0 ? v->found(v->context, set, overlap, err) : NEARDUP_OK;
}

static neardup_status look_at_cohort(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *v,
                                     uint32_t cohort, uint32_t overlap, neardup_error *err)
{
    const struct ndup_set_index_cohort *c = &seeker->s->cohorts[cohort];
    const uint32_t *members = seeker->s->members + c->first_member;
    bool closed = true;
    for (uint32_t i = 0; i < c->members; i++)
        NDUP_TRY(look_at_set(seeker, v, members[i], 0, &closed, err));
    v->cohort_done(v->context, cohort, c->count, overlap, closed);
    return NEARDUP_OK;
}

/* What stands behind so many of the group's shingles has too few left to share. */
static void narrow(const struct ndup_seeker *seeker, const struct ndup_set_index_visitor *v, uint32_t group)
{
    const struct ndup_set_index_group *g = &seeker->s->groups[group];
    uint32_t least = NDUP_SET_INDEX_NONE;
    for (uint32_t c = g->first_cohort; c < g->first_cohort + g->cohorts; c++) {
        uint32_t need = v->cohort_least(v->context, c, seeker->s->cohorts[c].count);
        least = need < least ? need : least;
    }
    uint32_t reach = least > g->count ? 0 : g->count - least + 1;
    uint32_t present = atomic_load_explicit(&v->reach[group], memory_order_relaxed);
    while (reach < present && !atomic_compare_exchange_weak_explicit(&v->reach[group], &present, reach,
                                                                     memory_order_relaxed, memory_order_relaxed))
        ;
}

static neardup_status look_at_group(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *v, uint32_t group,
                                    uint32_t from, neardup_error *err)
{
    const struct ndup_set_index_group *g = &seeker->s->groups[group];
    uint32_t least = NDUP_SET_INDEX_NONE;
    NDUP_TRY(fill(seeker, err));
    size_t size = seeker->probe.count;
    for (uint32_t c = g->first_cohort; c < g->first_cohort + g->cohorts; c++) {
        uint32_t need = v->cohort_need(v->context, c, seeker->s->cohorts[c].count, size);
        least = need < least ? need : least;
    }
    if (least > g->count - from || least > size)
        return NEARDUP_OK;
    uint32_t overlap = overlap_from(seeker, g->hashes, g->count, from, least);
    for (uint32_t c = g->first_cohort; overlap > 0 && c < g->first_cohort + g->cohorts; c++) {
        if (v->cohort_need(v->context, c, seeker->s->cohorts[c].count, size) <= overlap)
            NDUP_TRY(look_at_cohort(seeker, v, c, overlap, err));
    }
    if (overlap > 0)
        narrow(seeker, v, group);
    return NEARDUP_OK;
}

static neardup_status look_at_all(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *v,
                                  neardup_error *err)
{
    const struct ndup_set_index *s = seeker->s;
    for (size_t i = 0; i < seeker->sets.count; i++) {
        uint32_t set = seeker->sets.items[i], from = seeker->sets.first[set] - 1;
        /* Before the probe is filled: with fewer distinct shingles than there are, no more is needed. */
        uint32_t need = v->need(v->context, set, seeker->filled ? seeker->probe.count : 1);
        if (need <= s->sets[set].count - from && need <= seeker->count)
            NDUP_TRY(look_at_set(seeker, v, set, from, &(bool){true}, err));
    }
    for (size_t i = 0; i < seeker->groups.count; i++) {
        uint32_t group = seeker->groups.items[i];
        NDUP_TRY(look_at_group(seeker, v, group, seeker->groups.first[group] - 1, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_seeker_find(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *visitor,
                                neardup_error *err)
{
    if (seeker->s->lists.count + seeker->s->group_lists.count == 0)
        return NEARDUP_OK;
    neardup_status st = touch(seeker, visitor->reach, err);
    if (st == NEARDUP_OK)
        st = look_at_all(seeker, visitor, err);
    reset(&seeker->sets);
    reset(&seeker->groups);
    return st;
}

neardup_status ndup_seeker_overlap(struct ndup_seeker *seeker, uint32_t set, uint32_t *overlap, size_t *size,
                                   neardup_error *err)
{
    const struct ndup_set_index_set *sought = &seeker->s->sets[set];
    NDUP_TRY(fill(seeker, err));
    *overlap = overlap_from(seeker, sought->hashes, sought->count, 0, 1);
    *size = seeker->probe.count;
    return NEARDUP_OK;
}
