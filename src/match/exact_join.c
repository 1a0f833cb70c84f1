/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/exact_join.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <math.h>
#include <stdlib.h>

/* Texts that a thread takes at a time: few enough that threads end together, and enough that the counter is not a bottleneck. */
#define STEP 64u

/* Which shingles a text is found by is decided by public hashes, so that the candidates, and their number in the summary,
 * are the same in every run. Whether two shingles are the same is decided by keyed ones, as everywhere. */
struct join_shingle { /* a shingle with its place in the global order: (frequency, public hash) */
    uint32_t frequency;
    uint64_t hash;
};

struct prefix_member {
    struct ndup_probe probe;
    struct join_shingle *order;
    uint64_t *public_hashes; /* [probe.count]: of the distinct shingles in the probe */
    size_t order_capacity, public_capacity;
    uint32_t *keys;  /* bucket keys of this member's texts ... */
    uint32_t *ranks; /* ... and their ranks */
    size_t count, key_capacity, rank_capacity;
    neardup_status status;
    neardup_error error;
};

struct prefix {
    const struct ndup_exact_join_options *o;
    _Atomic uint32_t *frequency; /* counters shared by hashes with equal low bits: an upper bound is as good an order */
    uint64_t mask;
    struct prefix_member *members;
    _Atomic uint64_t next;
    _Atomic uint64_t key_bytes;
    atomic_bool stop;
    bool counting;
};

static neardup_status count_text(struct prefix *p, struct prefix_member *m)
{
    for (size_t i = 0; i < m->probe.count; i++)
        atomic_fetch_add_explicit(&p->frequency[m->public_hashes[i] & p->mask], 1, memory_order_relaxed);
    return NEARDUP_OK;
}

static int by_frequency(const void *left, const void *right)
{
    const struct join_shingle *a = left, *b = right;
    if (a->frequency != b->frequency)
        return a->frequency < b->frequency ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* The smallest overlap with a set at least as similar as the threshold; the small slack keeps rounding on the safe
 * side (a longer prefix finds no less). */
static size_t prefix_length(double threshold, size_t count)
{
    double overlap = ceil(threshold * (double)count - 1e-6);
    size_t needed = overlap < 1 ? 1 : (size_t)overlap;
    return count - needed + 1;
}

static neardup_status key_text(struct prefix *p, struct prefix_member *m, uint32_t rank)
{
    size_t n = m->probe.count;
    if (n == 0)
        return NEARDUP_OK;
    if (!ndup_grow(&m->order, &m->order_capacity, n, sizeof *m->order))
        return ndup_fail_nomem(&m->error);
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = m->public_hashes[i];
        uint32_t f = atomic_load_explicit(&p->frequency[hash & p->mask], memory_order_relaxed);
        m->order[i] = (struct join_shingle){f, hash};
    }
    qsort(m->order, n, sizeof *m->order, by_frequency);
    size_t length = prefix_length(p->o->threshold, n);
    if (!ndup_grow(&m->keys, &m->key_capacity, m->count + length, sizeof *m->keys) ||
        !ndup_grow(&m->ranks, &m->rank_capacity, m->count + length, sizeof *m->ranks))
        return ndup_fail_nomem(&m->error);
    size_t before = m->count;
    for (size_t i = 0; i < length; i++) {
        /* A counter at 1: no other text has this shingle. */
        if (m->order[i].frequency > 1) {
            m->keys[m->count] = (uint32_t)(m->order[i].hash >> 32);
            m->ranks[m->count++] = rank;
        }
    }
    uint64_t bytes = atomic_fetch_add(&p->key_bytes, (m->count - before) * 2 * sizeof *m->keys);
    if (p->o->memory_bytes > 0 && bytes > p->o->memory_bytes)
        return ndup_fail(&m->error, NEARDUP_E_LIMIT,
                         "the exact join needs more memory than its share of the budget, %zu bytes: raise `memory` or "
                         "`threshold`, or turn off `all_candidates`",
                         p->o->memory_bytes);
    return NEARDUP_OK;
}

/* The distinct shingles of a text: by keyed hash, in order of first appearance, so the public ones follow in one pass. */
static neardup_status take_shingles(struct prefix_member *m, const struct ndup_loaded *loaded)
{
    NDUP_TRY(ndup_probe_fill(&m->probe, loaded->hashes, loaded->count, &m->error));
    if (!ndup_grow(&m->public_hashes, &m->public_capacity, m->probe.count, sizeof *m->public_hashes))
        return ndup_fail_nomem(&m->error);
    for (size_t i = 0, n = 0; n < m->probe.count; i++) {
        if (loaded->hashes[i] == m->probe.distinct[n])
            m->public_hashes[n++] = loaded->public_hashes[i];
    }
    return NEARDUP_OK;
}

static void walk_texts(void *context, unsigned member)
{
    struct prefix *p = context;
    struct prefix_member *m = &p->members[member];
    uint64_t begin;
    while ((begin = atomic_fetch_add(&p->next, STEP)) < p->o->ranks) {
        uint64_t end = begin + STEP < p->o->ranks ? begin + STEP : p->o->ranks;
        for (uint32_t rank = (uint32_t)begin; rank < end; rank++) {
            if (atomic_load(&p->stop) || (p->o->cancel != NULL && atomic_load(p->o->cancel)))
                return;
            struct ndup_loaded loaded;
            neardup_status st =
                p->o->loader.load(p->o->loader.context, member, (struct ndup_rank){rank}, &loaded, &m->error);
            if (st == NEARDUP_OK)
                st = take_shingles(m, &loaded);
            if (st == NEARDUP_OK)
                st = p->counting ? count_text(p, m) : key_text(p, m, rank);
            if (st != NEARDUP_OK) {
                m->status = st;
                atomic_store(&p->stop, true);
                return;
            }
        }
    }
}

static neardup_status walk(struct prefix *p, bool counting, neardup_error *err)
{
    p->counting = counting;
    atomic_store(&p->next, 0);
    ndup_pool_run(p->o->pool, walk_texts, p);
    for (unsigned t = 0; t < ndup_pool_threads(p->o->pool); t++) {
        if (p->members[t].status != NEARDUP_OK) {
            if (err != NULL)
                *err = p->members[t].error;
            return p->members[t].status;
        }
    }
    if (p->o->cancel != NULL && atomic_load(p->o->cancel))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

static neardup_status member_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                   uint32_t *first, size_t *count, neardup_error *err)
{
    (void)buffer;
    (void)err;
    const struct prefix *p = context;
    *keys = p->members[i].keys;
    *items = p->members[i].ranks;
    *first = 0;
    *count = p->members[i].count;
    return NEARDUP_OK;
}

static neardup_status make_frequency_table(struct prefix *p, neardup_error *err)
{
    unsigned bits = 12;
    while (bits < 34 && ((uint64_t)1 << bits) < 2 * p->o->shingles)
        bits++;
    while (bits > 12 && p->o->memory_bytes > 0 && (sizeof(uint32_t) << bits) > p->o->memory_bytes / 2)
        bits--;
    p->mask = ((uint64_t)1 << bits) - 1;
    p->frequency = ndup_calloc((size_t)1 << bits, sizeof *p->frequency);
    return p->frequency == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status group_keys(struct prefix *p, struct ndup_entries *entries, neardup_error *err)
{
    size_t total = 0;
    for (unsigned t = 0; t < ndup_pool_threads(p->o->pool); t++)
        total += p->members[t].count;
    struct ndup_keys keys = {.context = p, .pieces = ndup_pool_threads(p->o->pool), .piece = member_piece};
    return ndup_group(&keys, total, p->o->memory_bytes, p->o->pool, entries, err);
}

neardup_status ndup_exact_join(const struct ndup_exact_join_options *options, struct ndup_entries *entries,
                               neardup_error *err)
{
    struct prefix p = {.o = options};
    unsigned threads = ndup_pool_threads(options->pool);
    p.members = ndup_calloc(threads, sizeof *p.members);
    neardup_status st = p.members == NULL ? ndup_fail_nomem(err) : make_frequency_table(&p, err);
    if (st == NEARDUP_OK)
        st = walk(&p, true, err);
    if (st == NEARDUP_OK)
        st = walk(&p, false, err);
    free(p.frequency);
    if (st == NEARDUP_OK)
        st = group_keys(&p, entries, err);
    for (unsigned t = 0; p.members != NULL && t < threads; t++) {
        ndup_probe_free(&p.members[t].probe);
        free(p.members[t].order);
        free(p.members[t].public_hashes);
        free(p.members[t].keys);
        free(p.members[t].ranks);
    }
    free(p.members);
    return st;
}
