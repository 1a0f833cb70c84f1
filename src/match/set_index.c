/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/set_index.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The making is below, after the looking. */
struct ndup_posting {
    uint64_t hash;
    uint32_t item;  /* set or group */
    uint32_t place; /* of the shingle in the item's order */
};

struct ndup_postings { /* in buckets by the high bits of the hash, and by hash in each */
    struct ndup_posting *all;
    uint32_t *begin; /* [buckets + 1] */
    unsigned shift;
    size_t count;
};

struct ndup_set_index_group { /* sets with the same common shingles */
    const uint64_t *hashes;
    uint32_t count, need; /* the least of its cohorts */
    uint32_t first_cohort, cohorts;
};

struct ndup_set_index_cohort {
    uint32_t count, need; /* of each of its sets */
    uint32_t first_member, members;
};

struct ndup_set_index {
    const struct ndup_set_index_set *sets;
    uint32_t set_count;
    uint32_t *posted; /* [sets]: shingles that have lists */
    struct ndup_postings lists, group_lists;
    struct ndup_set_index_group *groups;
    struct ndup_set_index_cohort *cohorts;
    uint32_t *members; /* of the cohorts */
    uint32_t group_count, cohort_count;
    uint64_t *filter; /* of all shingles in lists: three bits of a word each */
    unsigned filter_shift;
};

NDUP_INLINE uint64_t ndup_set_index_bits(uint64_t hash)
{
    return (uint64_t)1 << (hash & 63) | (uint64_t)1 << (hash >> 6 & 63) | (uint64_t)1 << (hash >> 12 & 63);
}

/* The first place of an item's order that the current set holds; what was touched is reset after each set. */
struct touches {
    uint32_t *first; /* [items]: place + 1; 0: none */
    uint32_t *items;
    size_t count;
};

struct ndup_seeker {
    const struct ndup_set_index *s;
    const uint64_t *hashes; /* of the current set */
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

neardup_status ndup_seeker_create(struct ndup_seeker **out, const struct ndup_set_index *index, neardup_error *err)
{
    struct ndup_seeker *seeker = *out = ndup_calloc(1, sizeof *seeker);
    if (seeker == NULL)
        return ndup_fail_nomem(err);
    seeker->s = index;
    if (make_touches(&seeker->sets, index->set_count) && make_touches(&seeker->groups, index->group_count))
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
    const struct ndup_set_index_set *index = &seeker->s->sets[set];
    NDUP_TRY(fill(seeker, err));
    uint32_t need = v->need(v->context, set, seeker->probe.count);
    *closed = *closed && need == NDUP_SET_INDEX_NONE;
    if (need > index->count - from || need > seeker->probe.count)
        return NEARDUP_OK;
    uint32_t overlap = overlap_from(seeker, index->hashes, index->count, from, need);
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

/* A set that is found only after this many of the group's shingles has too few left to share. */
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
    const struct ndup_set_index_set *index = &seeker->s->sets[set];
    NDUP_TRY(fill(seeker, err));
    *overlap = overlap_from(seeker, index->hashes, index->count, 0, 1);
    *size = seeker->probe.count;
    return NEARDUP_OK;
}

/* ---- making the index ---- */

/* Sets that a thread takes at a time. */
#define STEP 256u
/* Counters of shingles stop here. */
#define MANY 60000u

struct indexed_shingle { /* a shingle with its place in the order: (frequency, hash) */
    uint32_t frequency;
    uint64_t hash;
};

struct build {
    struct ndup_set_index *s;
    struct ndup_pool *pool;
    _Atomic uint16_t *frequency; /* shared by hashes with equal low bits: an upper bound does as well */
    uint64_t mask;
    uint32_t *light; /* [sets]: shingles that are not common; they come first */
    _Atomic uint32_t next;
    atomic_bool failed;
    void (*work)(struct build *b, uint32_t set, struct indexed_shingle *order);
};

static uint32_t prefix_of(const struct ndup_set_index_set *set)
{
    return set->need == 0 ? 0 : set->count - set->need + 1;
}

/* ---- all threads, set by set ---- */

static void count_set(struct build *b, uint32_t i, struct indexed_shingle *order)
{
    (void)order;
    const struct ndup_set_index_set *set = &b->s->sets[i];
    for (uint32_t k = 0; k < set->count; k++) {
        _Atomic uint16_t *counter = &b->frequency[set->hashes[k] & b->mask];
        uint16_t seen = atomic_load_explicit(counter, memory_order_relaxed);
        while (seen < MANY && !atomic_compare_exchange_weak_explicit(counter, &seen, (uint16_t)(seen + 1),
                                                                     memory_order_relaxed, memory_order_relaxed))
            ;
    }
}

static int by_frequency(const void *left, const void *right)
{
    const struct indexed_shingle *a = left, *b = right;
    if (a->frequency != b->frequency)
        return a->frequency < b->frequency ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* Those that are not common by frequency, in any order where it is equal; then the common ones, in the order that they
 * have in every set. */
static void order_set(struct build *b, uint32_t i, struct indexed_shingle *order)
{
    const struct ndup_set_index_set *set = &b->s->sets[i];
    uint32_t begin[NDUP_SET_INDEX_COMMON + 2] = {0}, heavy = set->count;
    for (uint32_t k = 0; k < set->count; k++) {
        uint32_t f = atomic_load_explicit(&b->frequency[set->hashes[k] & b->mask], memory_order_relaxed);
        order[k] = (struct indexed_shingle){f, set->hashes[k]};
        begin[(f > NDUP_SET_INDEX_COMMON ? NDUP_SET_INDEX_COMMON : f) + 1] += f <= NDUP_SET_INDEX_COMMON;
    }
    for (uint32_t f = 1; f < NDUP_SET_INDEX_COMMON + 2; f++)
        begin[f] += begin[f - 1];
    uint32_t light = begin[NDUP_SET_INDEX_COMMON + 1], prefix = prefix_of(set);
    for (uint32_t k = set->count; k-- > 0;) {
        /* The common ones gather at the end of `order`, which is read from there. */
        if (order[k].frequency > NDUP_SET_INDEX_COMMON)
            order[--heavy] = order[k];
        else
            set->hashes[begin[order[k].frequency]++] = order[k].hash;
    }
    if (light + 1 < set->count)
        qsort(order + light, set->count - light, sizeof *order, by_frequency);
    for (uint32_t k = light; k < set->count; k++)
        set->hashes[k] = order[k].hash;
    b->light[i] = light;
    b->s->posted[i] = prefix < light ? prefix : light;
}

static void walk_member(void *context, unsigned member)
{
    struct build *b = context;
    struct indexed_shingle *order = NULL;
    size_t capacity = 0;
    uint32_t begin;
    (void)member;
    while (!atomic_load(&b->failed) && (begin = atomic_fetch_add(&b->next, STEP)) < b->s->set_count) {
        uint32_t end = b->s->set_count - begin < STEP ? b->s->set_count : begin + STEP;
        for (uint32_t i = begin; i < end; i++) {
            if (b->s->sets[i].need == 0)
                continue;
            if (!ndup_grow(&order, &capacity, b->s->sets[i].count, sizeof *order)) {
                atomic_store(&b->failed, true);
                break;
            }
            b->work(b, i, order);
        }
    }
    free(order);
}

static neardup_status walk(struct build *b, void (*work)(struct build *, uint32_t, struct indexed_shingle *),
                           neardup_error *err)
{
    b->work = work;
    atomic_store(&b->next, 0);
    ndup_pool_run(b->pool, walk_member, b);
    return atomic_load(&b->failed) ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status order_sets(struct build *b, neardup_error *err)
{
    uint64_t shingles = 0;
    unsigned bits = 12;
    for (uint32_t i = 0; i < b->s->set_count; i++)
        shingles += b->s->sets[i].need > 0 ? b->s->sets[i].count : 0;
    while (bits < 32 && ((uint64_t)1 << bits) < shingles)
        bits++;
    b->mask = ((uint64_t)1 << bits) - 1;
    b->frequency = ndup_calloc((size_t)1 << bits, sizeof *b->frequency);
    if (b->frequency == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(walk(b, count_set, err));
    return walk(b, order_set, err);
}

/* ---- lists ---- */

/* The items, each with the first posted[i] of its hashes. */
struct listed {
    const void *items;
    uint32_t count;
    void (*item)(const void *items, uint32_t i, const uint64_t **hashes, uint32_t *posted);
};

static int by_hash(const void *left, const void *right)
{
    const struct ndup_posting *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static void sort_bucket(struct ndup_posting *p, size_t count)
{
    if (count > 16) {
        qsort(p, count, sizeof *p, by_hash);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct ndup_posting moved = p[i];
        size_t k = i;
        for (; k > 0 && by_hash(&p[k - 1], &moved) > 0; k--)
            p[k] = p[k - 1];
        p[k] = moved;
    }
}

static neardup_status make_lists(struct ndup_postings *l, const struct listed *from, neardup_error *err)
{
    const uint64_t *hashes;
    uint32_t posted;
    uint64_t total = 0;
    unsigned bits = 4;
    for (uint32_t i = 0; i < from->count; i++) {
        from->item(from->items, i, &hashes, &posted);
        total += posted;
    }
    if (total > UINT32_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "the texts to search for have too many shingles");
    while (((uint64_t)2 << bits) < total)
        bits++;
    size_t buckets = (size_t)1 << bits;
    l->shift = 64 - bits;
    l->count = (size_t)total;
    l->begin = ndup_calloc(buckets + 2, sizeof *l->begin);
    l->all = ndup_alloc(l->count, sizeof *l->all);
    if (l->begin == NULL || l->all == NULL)
        return ndup_fail_nomem(err);
    /* begin[b + 2] counts bucket b; then begin[b + 1] is where its next one is written, and finally where it ends. */
    for (uint32_t i = 0; i < from->count; i++) {
        from->item(from->items, i, &hashes, &posted);
        for (uint32_t k = 0; k < posted; k++)
            l->begin[(hashes[k] >> l->shift) + 2]++;
    }
    for (size_t b = 2; b < buckets + 2; b++)
        l->begin[b] += l->begin[b - 1];
    for (uint32_t i = 0; i < from->count; i++) {
        from->item(from->items, i, &hashes, &posted);
        for (uint32_t k = 0; k < posted; k++)
            l->all[l->begin[(hashes[k] >> l->shift) + 1]++] = (struct ndup_posting){hashes[k], i, k};
    }
    for (size_t b = 0; b < buckets; b++)
        sort_bucket(l->all + l->begin[b], l->begin[b + 1] - l->begin[b]);
    return NEARDUP_OK;
}

static void set_item(const void *items, uint32_t i, const uint64_t **hashes, uint32_t *posted)
{
    const struct ndup_set_index *s = items;
    *hashes = s->sets[i].hashes;
    *posted = s->posted[i];
}

static void group_item(const void *items, uint32_t i, const uint64_t **hashes, uint32_t *posted)
{
    const struct ndup_set_index_group *g = (const struct ndup_set_index_group *)items + i;
    *hashes = g->hashes;
    *posted = g->count - g->need + 1;
}

static neardup_status make_filter(struct ndup_set_index *s, neardup_error *err)
{
    const struct ndup_postings *both[2] = {&s->lists, &s->group_lists};
    unsigned bits = 6;
    while (((uint64_t)4 << bits) < s->lists.count + s->group_lists.count)
        bits++;
    s->filter_shift = 64 - bits;
    s->filter = ndup_calloc((size_t)1 << bits, sizeof *s->filter);
    if (s->filter == NULL)
        return ndup_fail_nomem(err);
    for (unsigned k = 0; k < 2; k++) {
        for (size_t i = 0; i < both[k]->count; i++)
            s->filter[both[k]->all[i].hash >> s->filter_shift] |= ndup_set_index_bits(both[k]->all[i].hash);
    }
    return NEARDUP_OK;
}

/* ---- groups ---- */

struct heavy { /* a set that common shingles alone can make similar */
    XXH128_hash_t common;
    uint32_t set;
};

struct heavies {
    const struct ndup_set_index *s;
    struct heavy *all;
    size_t count, capacity;
};

static int by_common(const void *left, const void *right, void *context)
{
    const struct ndup_set_index_set *sets = context;
    const struct heavy *a = left, *b = right;
    int common = XXH128_cmp(&a->common, &b->common);
    if (common != 0)
        return common;
    const struct ndup_set_index_set *x = &sets[a->set], *y = &sets[b->set];
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    if (x->need != y->need)
        return x->need < y->need ? -1 : 1;
    return a->set < b->set ? -1 : a->set > b->set;
}

static neardup_status find_heavies(const struct build *b, struct heavies *h, neardup_error *err)
{
    const struct ndup_set_index *s = b->s;
    for (uint32_t i = 0; i < s->set_count; i++) {
        const struct ndup_set_index_set *set = &s->sets[i];
        if (set->need == 0 || s->posted[i] == prefix_of(set))
            continue;
        if (!ndup_grow(&h->all, &h->capacity, h->count + 1, sizeof *h->all))
            return ndup_fail_nomem(err);
        size_t bytes = (set->count - b->light[i]) * sizeof *set->hashes;
        h->all[h->count++] = (struct heavy){XXH3_128bits(set->hashes + b->light[i], bytes), i};
    }
    if (h->count > 1)
        qsort_r(h->all, h->count, sizeof *h->all, by_common, (void *)(uintptr_t)s->sets);
    return NEARDUP_OK;
}

static void fill_groups(const struct build *b, const struct heavies *h)
{
    struct ndup_set_index *s = b->s;
    for (size_t i = 0; i < h->count; i++) {
        const struct ndup_set_index_set *set = &s->sets[h->all[i].set];
        uint32_t light = b->light[h->all[i].set];
        bool new_group = i == 0 || XXH128_cmp(&h->all[i].common, &h->all[i - 1].common) != 0;
        if (new_group)
            s->groups[s->group_count++] =
                (struct ndup_set_index_group){set->hashes + light, set->count - light, set->need, s->cohort_count, 0};
        struct ndup_set_index_group *g = &s->groups[s->group_count - 1];
        struct ndup_set_index_cohort *c = new_group ? NULL : &s->cohorts[s->cohort_count - 1];
        if (c == NULL || c->count != set->count || c->need != set->need) {
            s->cohorts[s->cohort_count++] = (struct ndup_set_index_cohort){set->count, set->need, (uint32_t)i, 0};
            c = &s->cohorts[s->cohort_count - 1];
            g->cohorts++;
        }
        g->need = set->need < g->need ? set->need : g->need;
        s->members[c->first_member + c->members++] = h->all[i].set;
    }
}

static neardup_status make_groups(const struct build *b, neardup_error *err)
{
    struct heavies h = {.s = b->s};
    struct ndup_set_index *s = b->s;
    neardup_status st = find_heavies(b, &h, err);
    if (st == NEARDUP_OK && h.count > 0) {
        s->groups = ndup_alloc(h.count, sizeof *s->groups);
        s->cohorts = ndup_alloc(h.count, sizeof *s->cohorts);
        s->members = ndup_alloc(h.count, sizeof *s->members);
        if (s->groups == NULL || s->cohorts == NULL || s->members == NULL)
            st = ndup_fail_nomem(err);
        else
            fill_groups(b, &h);
    }
    free(h.all);
    return st;
}

/* ---- all of it ---- */

static neardup_status make(struct build *b, neardup_error *err)
{
    struct ndup_set_index *s = b->s;
    s->posted = ndup_calloc(s->set_count, sizeof *s->posted);
    b->light = ndup_calloc(s->set_count, sizeof *b->light);
    if (s->posted == NULL || b->light == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(order_sets(b, err));
    free(b->frequency);
    b->frequency = NULL;
    NDUP_TRY(make_groups(b, err));
    NDUP_TRY(make_lists(&s->lists, &(struct listed){s, s->set_count, set_item}, err));
    NDUP_TRY(make_lists(&s->group_lists, &(struct listed){s->groups, s->group_count, group_item}, err));
    return make_filter(s, err);
}

neardup_status ndup_set_index_create(struct ndup_set_index **out, const struct ndup_set_index_set *sets, uint32_t count,
                                     struct ndup_pool *pool, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    (*out)->sets = sets;
    (*out)->set_count = count;
    struct build b = {.s = *out, .pool = pool};
    neardup_status st = make(&b, err);
    free(b.frequency);
    free(b.light);
    if (st != NEARDUP_OK) {
        ndup_set_index_free(*out);
        *out = NULL;
    }
    return st;
}

void ndup_set_index_free(struct ndup_set_index *index)
{
    if (index == NULL)
        return;
    free(index->posted);
    free(index->lists.all);
    free(index->lists.begin);
    free(index->group_lists.all);
    free(index->group_lists.begin);
    free(index->groups);
    free(index->cohorts);
    free(index->members);
    free(index->filter);
    free(index);
}

static uint64_t power_of_two(uint64_t least)
{
    uint64_t n = 1;
    while (n < least)
        n *= 2;
    return n;
}

uint64_t ndup_set_index_bytes(uint64_t sets, uint64_t shingles, uint64_t prefixes, unsigned threads)
{
    uint64_t lists = prefixes * sizeof(struct ndup_posting) + power_of_two(prefixes / 2 + 16) * sizeof(uint32_t) +
                     power_of_two(prefixes / 4 + 64) * sizeof(uint64_t);
    uint64_t counters = power_of_two(shingles) * sizeof(uint16_t); /* only until the lists are made */
    uint64_t each = sets * (2 * sizeof(uint32_t) + threads * sizeof(uint32_t));
    return (lists > counters ? lists : counters) + each;
}

uint32_t ndup_set_index_cohorts(const struct ndup_set_index *index)
{
    return index->cohort_count;
}

uint32_t ndup_set_index_groups(const struct ndup_set_index *index)
{
    return index->group_count;
}
