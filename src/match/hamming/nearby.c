/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/hamming/nearby.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/hamming/nearby_impl.h"
#include "match/hamming/nearby_kept.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* Up to so many fingerprints of a scope are compared without a call of all threads. */
#define FEW 256u

/* ---- groups ---- */

static size_t slot_of(struct ndup_fingerprint f, uint32_t scope, unsigned bits)
{
    uint64_t x = (f.low ^ (f.high + scope) * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93);
    x = (x ^ x >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return (size_t)(x >> (64 - bits));
}

/* The group of a fingerprint, a new one if it has none. */
static uint32_t find_group(struct ndup_nearby *f, uint32_t *table, unsigned bits, struct ndup_fingerprint own,
                           uint32_t scope)
{
    size_t mask = ((size_t)1 << bits) - 1, slot = slot_of(own, scope, bits);
    for (; table[slot] != 0; slot = (slot + 1) & mask) {
        uint32_t g = table[slot] - 1;
        if (f->fingerprints[g].low == own.low && f->fingerprints[g].high == own.high &&
            (f->scope == NULL || f->scope[g] == scope))
            return g;
    }
    f->fingerprints[f->groups] = own;
    if (f->scope != NULL)
        f->scope[f->groups] = scope;
    table[slot] = f->groups + 1;
    return f->groups++;
}

static neardup_status make_groups(struct ndup_nearby *f, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    unsigned bits = 4;
    while (((uint64_t)1 << bits) < (uint64_t)o->ranks * 3 / 2)
        bits++;
    f->group_of = ndup_alloc(o->ranks, sizeof *f->group_of);
    f->fingerprints = ndup_alloc(o->ranks, sizeof *f->fingerprints);
    f->scope = o->scope != NULL ? ndup_alloc(o->ranks, sizeof *f->scope) : NULL;
    uint32_t *table = ndup_calloc((size_t)1 << bits, sizeof *table);
    if (f->group_of == NULL || f->fingerprints == NULL || (o->scope != NULL && f->scope == NULL) || table == NULL) {
        free(table);
        return ndup_fail_nomem(err);
    }
    for (uint32_t r = 0; r < o->ranks; r++) {
        uint32_t scope = o->scope != NULL ? o->scope[r] : 0;
        f->group_of[r] = scope == NDUP_NEARBY_ALONE ? NONE : find_group(f, table, bits, o->fingerprints[r], scope);
    }
    free(table);
    return NEARDUP_OK;
}

/* ---- pairs of groups ---- */

static neardup_status search(const struct ndup_nearby *f, const struct ndup_fingerprint *fingerprints, uint32_t count,
                             uint64_t max_pair_bytes, struct ndup_hamming_plan *plan, struct ndup_hamming_pairs *pairs,
                             neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    NDUP_TRY(ndup_hamming_plan(o->bits, o->distance, count, o->max_bytes, plan, err));
    return ndup_hamming_pairs(plan, fingerprints, count, max_pair_bytes, o->cpu, o->pool, o->cancel, pairs, err);
}

static neardup_status compare_few(struct ndup_nearby *f, const struct ndup_fingerprint *own, const uint64_t *groups,
                                  uint32_t count, neardup_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            if (ndup_simhash_distance(own[i], own[j]) <= f->o->distance)
                NDUP_TRY(
                    ndup_hamming_pairs_add(&f->pairs, f->o->max_bytes, (uint32_t)groups[i], (uint32_t)groups[j], err));
        }
    }
    return NEARDUP_OK;
}

static neardup_status compare_many(struct ndup_nearby *f, const struct ndup_fingerprint *own, const uint64_t *groups,
                                   uint32_t count, neardup_error *err)
{
    struct ndup_hamming_plan plan;
    struct ndup_hamming_pairs found = {0};
    NDUP_TRY(search(f, own, count, f->o->max_bytes, &plan, &found, err));
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < found.count; i++)
        st = ndup_hamming_pairs_add(&f->pairs, f->o->max_bytes, (uint32_t)groups[found.pairs[i].a],
                                    (uint32_t)groups[found.pairs[i].b], err);
    ndup_hamming_pairs_free(&found);
    return st;
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static neardup_status search_scope(struct ndup_nearby *f, const uint64_t *groups, uint32_t count,
                                   struct ndup_fingerprint *own, neardup_error *err)
{
    for (uint32_t i = 0; i < count; i++)
        own[i] = f->fingerprints[(uint32_t)groups[i]];
    if (f->o->cancel != NULL && atomic_load_explicit(f->o->cancel, memory_order_relaxed))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return count <= FEW ? compare_few(f, own, groups, count, err) : compare_many(f, own, groups, count, err);
}

/* Scope by scope: groups[] is the scope and the group of each. */
static neardup_status search_scopes(struct ndup_nearby *f, uint64_t *groups, struct ndup_fingerprint *own,
                                    struct ndup_hamming_plan *plan, neardup_error *err)
{
    uint32_t largest = 0;
    for (uint32_t g = 0; g < f->groups; g++)
        groups[g] = (uint64_t)f->scope[g] << 32 | g;
    if (f->groups > 1)
        qsort(groups, f->groups, sizeof *groups, by_number);
    for (uint32_t begin = 0, end; begin < f->groups; begin = end) {
        for (end = begin + 1; end < f->groups && groups[end] >> 32 == groups[begin] >> 32; end++)
            ;
        largest = end - begin > largest ? end - begin : largest;
        NDUP_TRY(search_scope(f, groups + begin, end - begin, own, err));
    }
    if (largest <= FEW)
        return ndup_hamming_plan_cut(f->o->bits, f->o->distance, largest, f->o->max_bytes, 0, plan, err);
    return ndup_hamming_plan(f->o->bits, f->o->distance, largest, f->o->max_bytes, plan, err);
}

/* ---- masses ---- */

static neardup_status search_kept(const struct ndup_nearby *f, const struct ndup_nearby_side *side,
                                  struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    uint8_t *several = ndup_calloc(f->groups, sizeof *several);
    if (several == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = 0, next = 0; r < o->ranks; r++) {
        if (f->group_of[r] == next)
            next++;
        else if (f->group_of[r] != NONE)
            several[f->group_of[r]] = 1;
    }
    for (uint32_t i = 0; side->groups != NULL && i < side->count; i++)
        several[i] = several[side->groups[i]]; /* which ascend */
    struct ndup_nearby_kept_options k = {
        .fingerprints = side->fingerprints,
        .several = several,
        .gone = side->gone,
        .count = side->count,
        .bits = o->bits,
        .distance = o->distance,
        .max_bytes = o->max_bytes,
        .cancel = o->cancel,
    };
    neardup_status st = ndup_nearby_kept(&k, pairs, err);
    free(several);
    return st;
}

uint64_t ndup_nearby_pair_bytes(const struct ndup_nearby *f, uint32_t count)
{
    uint64_t few = ((uint64_t)count + 1024) * NDUP_HAMMING_MASS * sizeof(struct ndup_hamming_pair);
    return !f->o->kept_only || (f->o->max_bytes > 0 && f->o->max_bytes < few) ? f->o->max_bytes : few;
}

neardup_status ndup_nearby_search(const struct ndup_nearby *f, const struct ndup_nearby_side *side,
                                  struct ndup_hamming_plan *plan, struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    uint64_t bytes = ndup_nearby_pair_bytes(f, side->count);
    neardup_status st = search(f, side->fingerprints, side->count, bytes, plan, pairs, err);
    return st == NEARDUP_E_LIMIT && f->o->kept_only ? search_kept(f, side, pairs, err) : st;
}

static neardup_status find_pairs(struct ndup_nearby *f, struct ndup_hamming_plan *plan, neardup_error *err)
{
    bool one = true;
    for (uint32_t g = 1; f->scope != NULL && g < f->groups && one; g++)
        one = f->scope[g] == f->scope[0];
    const struct ndup_nearby_side all = {.fingerprints = f->fingerprints, .count = f->groups};
    if (f->o->references > 0)
        return ndup_nearby_search_references(f, plan, err);
    if (one)
        return ndup_nearby_search(f, &all, plan, &f->pairs, err);
    uint64_t *groups = ndup_alloc(f->groups, sizeof *groups);
    struct ndup_fingerprint *own = ndup_alloc(f->groups, sizeof *own);
    neardup_status st = groups == NULL || own == NULL ? ndup_fail_nomem(err) : search_scopes(f, groups, own, plan, err);
    free(groups);
    free(own);
    return st;
}

/* ---- buckets and links ---- */

/* Walks the ranks in order. Where a rank that stays is enough, a group of references needs its first one only. */
static bool takes_part(const struct ndup_nearby *f, uint32_t rank, uint32_t *next_group)
{
    bool first = f->group_of[rank] == *next_group;
    *next_group += first;
    return f->group_of[rank] != NONE && (first || rank >= f->o->references || !f->o->kept_only);
}

/* Groups of several ranks, or with links, get buckets; degree[] becomes their numbers. */
static neardup_status number_buckets(struct ndup_nearby *f, struct ndup_bucket_links *links, uint32_t *buckets,
                                     neardup_error *err)
{
    uint32_t n = 0;
    f->degree = ndup_calloc(f->groups, sizeof *f->degree);
    if (f->degree == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < f->pairs.count; i++)
        f->degree[f->pairs.pairs[i].a] = f->degree[f->pairs.pairs[i].b] = 2;
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++) {
        uint32_t g = f->group_of[r];
        bool alone = f->references != NULL && g != NONE && f->references[g] && !f->o->kept_only;
        if (takes_part(f, r, &next) && !alone && f->degree[g] < 2)
            f->degree[g]++;
    }
    for (uint32_t g = 0; g < f->groups; g++)
        f->degree[g] = f->degree[g] >= 2 ? n++ : NONE;
    links->begin = ndup_calloc((size_t)n + 2, sizeof *links->begin);
    links->to = ndup_alloc(2 * f->pairs.count, sizeof *links->to);
    *buckets = n;
    return links->begin == NULL || links->to == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* Counts at [bucket + 2] become places to write at [bucket + 1], and, when all is written, begins at [bucket]. */
static void make_links(const struct ndup_nearby *f, struct ndup_bucket_links *links, uint32_t buckets)
{
    for (size_t i = 0; i < f->pairs.count; i++) {
        links->begin[(size_t)f->degree[f->pairs.pairs[i].a] + 2]++;
        links->begin[(size_t)f->degree[f->pairs.pairs[i].b] + 2]++;
    }
    for (size_t b = 2; b < (size_t)buckets + 2; b++)
        links->begin[b] += links->begin[b - 1];
    for (size_t i = 0; i < f->pairs.count; i++) {
        uint32_t a = f->degree[f->pairs.pairs[i].a], b = f->degree[f->pairs.pairs[i].b];
        links->to[links->begin[(size_t)a + 1]++] = b;
        links->to[links->begin[(size_t)b + 1]++] = a;
    }
}

static neardup_status make_entries(const struct ndup_nearby *f, struct ndup_entries *entries, uint32_t buckets,
                                   neardup_error *err)
{
    struct ndup_entry_list *list = &entries->parts[0];
    size_t n = 0;
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++)
        n += takes_part(f, r, &next) && f->degree[f->group_of[r]] != NONE;
    if (!ndup_grow(&list->entries, &list->capacity, n, sizeof *list->entries))
        return ndup_fail_nomem(err);
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++) {
        if (takes_part(f, r, &next) && f->degree[f->group_of[r]] != NONE)
            list->entries[list->count++] = (struct ndup_entry){r, f->degree[f->group_of[r]]};
    }
    entries->buckets = buckets;
    return NEARDUP_OK;
}

static neardup_status find(struct ndup_nearby *f, struct ndup_entries *entries, struct ndup_bucket_links *links,
                           struct ndup_hamming_plan *plan, neardup_error *err)
{
    uint32_t buckets = 0;
    NDUP_TRY(make_groups(f, err));
    if (f->o->references > 0)
        NDUP_TRY(ndup_nearby_mark_references(f, err));
    NDUP_TRY(find_pairs(f, plan, err));
    NDUP_TRY(number_buckets(f, links, &buckets, err));
    make_links(f, links, buckets);
    return make_entries(f, entries, buckets, err);
}

neardup_status ndup_nearby_find(const struct ndup_nearby_options *options, struct ndup_entries *entries,
                                struct ndup_bucket_links *links, struct ndup_hamming_plan *plan, neardup_error *err)
{
    struct ndup_nearby f = {.o = options};
    *links = (struct ndup_bucket_links){0};
    neardup_status st = find(&f, entries, links, plan, err);
    free(f.group_of);
    free(f.fingerprints);
    free(f.scope);
    free(f.references);
    free(f.degree);
    ndup_hamming_pairs_free(&f.pairs);
    if (st != NEARDUP_OK)
        ndup_bucket_links_free(links);
    return st;
}
