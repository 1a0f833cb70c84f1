/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/group.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 2^11 write streams still fit the second-level TLB; partitions of 10^7 keys are then 5 000 keys, 40 KB. */
#define PART_BITS_MAX 11u
/* A partition aims at this many keys, so that its table (2 bytes a slot) stays in the first-level cache. */
#define PART_TARGET 4096u

struct grouping {
    const struct ndup_keys *keys;
    struct ndup_entries *entries;
    unsigned threads;
    unsigned part_bits; /* partitions = 1 << part_bits */
    unsigned pass_bits; /* passes = 1 << pass_bits */
    uint32_t pass;
    uint64_t *elements; /* key << 32 | item, by partition */
    size_t *offsets;    /* [threads][partitions]: counts, then places to write */
    size_t *begin;      /* [partitions + 1] */
    atomic_size_t next_partition;
    _Atomic uint64_t buckets;
    atomic_bool failed;
    struct worker {
        void *buffer;
        uint32_t *table; /* open addressing: element number + 1 */
        uint32_t *mark;  /* per element of the partition: bucket number + 1 in the partition, 0 if alone so far */
        size_t table_capacity, mark_capacity;
        neardup_status status;
        neardup_error error;
    } * workers;
};

neardup_status ndup_entries_init(struct ndup_entries *entries, unsigned threads, neardup_error *err)
{
    *entries = (struct ndup_entries){0};
    entries->parts = ndup_calloc(threads, sizeof *entries->parts);
    if (entries->parts == NULL)
        return ndup_fail_nomem(err);
    entries->part_count = threads;
    return NEARDUP_OK;
}

size_t ndup_entries_count(const struct ndup_entries *entries)
{
    size_t n = 0;
    for (unsigned i = 0; i < entries->part_count; i++)
        n += entries->parts[i].count;
    return n;
}

void ndup_entries_free(struct ndup_entries *entries)
{
    for (unsigned i = 0; i < entries->part_count; i++)
        free(entries->parts[i].entries);
    free(entries->parts);
    *entries = (struct ndup_entries){0};
}

static void fail_worker(struct grouping *g, struct worker *w, neardup_status status)
{
    w->status = status;
    atomic_store(&g->failed, true);
}

/* Partition of a key in the current pass, or UINT32_MAX if another pass has it. */
NDUP_INLINE uint32_t partition_of(const struct grouping *g, uint32_t key)
{
    uint64_t wide = (uint64_t)key << g->pass_bits;
    if ((uint32_t)(wide >> 32) != g->pass)
        return UINT32_MAX;
    return (uint32_t)(((uint64_t)(uint32_t)wide << g->part_bits) >> 32);
}

/* Every member reads the same contiguous share of pieces in both steps. */
static bool next_piece(struct grouping *g, unsigned member, size_t *i, size_t *end)
{
    if (*end == SIZE_MAX) {
        *i = g->keys->pieces * member / g->threads;
        *end = g->keys->pieces * (member + 1) / g->threads;
    } else {
        ++*i;
    }
    return *i < *end && !atomic_load_explicit(&g->failed, memory_order_relaxed);
}

static void count_keys(void *context, unsigned member)
{
    struct grouping *g = context;
    struct worker *w = &g->workers[member];
    size_t *counts = g->offsets + ((size_t)member << g->part_bits);
    size_t i = 0, end = SIZE_MAX;
    while (next_piece(g, member, &i, &end)) {
        const uint32_t *keys, *items;
        uint32_t first;
        size_t n;
        neardup_status st = g->keys->piece(g->keys->context, i, w->buffer, &keys, &items, &first, &n, &w->error);
        if (st != NEARDUP_OK) {
            fail_worker(g, w, st);
            return;
        }
        for (size_t j = 0; j < n; j++) {
            uint32_t p = partition_of(g, keys[j]);
            if (p != UINT32_MAX)
                counts[p]++;
        }
    }
}

static void scatter_keys(void *context, unsigned member)
{
    struct grouping *g = context;
    struct worker *w = &g->workers[member];
    size_t *at = g->offsets + ((size_t)member << g->part_bits);
    size_t i = 0, end = SIZE_MAX;
    while (next_piece(g, member, &i, &end)) {
        const uint32_t *keys, *items;
        uint32_t first;
        size_t n;
        neardup_status st = g->keys->piece(g->keys->context, i, w->buffer, &keys, &items, &first, &n, &w->error);
        if (st != NEARDUP_OK) {
            fail_worker(g, w, st);
            return;
        }
        for (size_t j = 0; j < n; j++) {
            uint32_t p = partition_of(g, keys[j]);
            if (p != UINT32_MAX)
                g->elements[at[p]++] = (uint64_t)keys[j] << 32 | (items != NULL ? items[j] : first + (uint32_t)j);
        }
    }
}

/* The same keys lie in one partition: their high bits are equal. The table is indexed by a multiplicative hash. */
static bool group_partition(struct grouping *g, struct worker *w, struct ndup_entry_list *out, const uint64_t *e,
                            size_t n)
{
    unsigned bits = 4;
    while (((size_t)1 << bits) < n * 2)
        bits++;
    if (!ndup_grow(&w->table, &w->table_capacity, (size_t)1 << bits, sizeof *w->table) ||
        !ndup_grow(&w->mark, &w->mark_capacity, n, sizeof *w->mark))
        return false;
    memset(w->table, 0, sizeof *w->table << bits);
    uint32_t mask = (uint32_t)(((size_t)1 << bits) - 1);
    uint32_t groups = 0;
    size_t grouped = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t key = (uint32_t)(e[i] >> 32);
        uint32_t slot = (uint32_t)((uint64_t)(key * 0x9E3779B1u) >> (32 - (bits < 32 ? bits : 32))) & mask;
        uint32_t found;
        while ((found = w->table[slot]) != 0 && (uint32_t)(e[found - 1] >> 32) != key)
            slot = (slot + 1) & mask;
        w->mark[i] = 0;
        if (found == 0) {
            w->table[slot] = (uint32_t)i + 1;
            continue;
        }
        if (w->mark[found - 1] == 0) {
            w->mark[found - 1] = ++groups;
            grouped++;
        }
        w->mark[i] = w->mark[found - 1];
        grouped++;
    }
    if (grouped == 0)
        return true;
    if (!ndup_grow(&out->entries, &out->capacity, out->count + grouped, sizeof *out->entries))
        return false;
    uint32_t base = (uint32_t)atomic_fetch_add(&g->buckets, groups);
    for (size_t i = 0; i < n; i++) {
        if (w->mark[i] != 0)
            out->entries[out->count++] = (struct ndup_entry){(uint32_t)e[i], base + w->mark[i] - 1};
    }
    return true;
}

static void group_partitions(void *context, unsigned member)
{
    struct grouping *g = context;
    struct worker *w = &g->workers[member];
    size_t partitions = (size_t)1 << g->part_bits;
    size_t p;
    while ((p = atomic_fetch_add(&g->next_partition, 1)) < partitions && !atomic_load(&g->failed)) {
        if (!group_partition(g, w, &g->entries->parts[member], g->elements + g->begin[p],
                             g->begin[p + 1] - g->begin[p])) {
            fail_worker(g, w, ndup_fail_nomem(&w->error));
            return;
        }
    }
}

static void place_partitions(struct grouping *g)
{
    size_t at = 0;
    for (size_t p = 0; p < (size_t)1 << g->part_bits; p++) {
        g->begin[p] = at;
        for (unsigned t = 0; t < g->threads; t++) {
            size_t *slot = &g->offsets[((size_t)t << g->part_bits) + p];
            size_t n = *slot;
            *slot = at;
            at += n;
        }
    }
    g->begin[(size_t)1 << g->part_bits] = at;
}

static neardup_status first_failure(const struct grouping *g, neardup_error *err)
{
    for (unsigned t = 0; t < g->threads; t++) {
        if (g->workers[t].status != NEARDUP_OK) {
            if (err != NULL)
                *err = g->workers[t].error;
            return g->workers[t].status;
        }
    }
    return NEARDUP_OK;
}

static neardup_status one_pass(struct grouping *g, struct ndup_pool *pool, neardup_error *err)
{
    memset(g->offsets, 0, sizeof *g->offsets * g->threads << g->part_bits);
    ndup_pool_run(pool, count_keys, g);
    NDUP_TRY(first_failure(g, err));
    place_partitions(g);
    size_t n = g->begin[(size_t)1 << g->part_bits];
    g->elements = ndup_alloc(n, sizeof *g->elements);
    if (g->elements == NULL)
        return ndup_fail_nomem(err);
    ndup_pool_run(pool, scatter_keys, g);
    atomic_store(&g->next_partition, 0);
    if (!atomic_load(&g->failed))
        ndup_pool_run(pool, group_partitions, g);
    free(g->elements);
    g->elements = NULL;
    NDUP_TRY(first_failure(g, err));
    if (atomic_load(&g->buckets) > UINT32_MAX - 1)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than 4 billion buckets: the corpus is too large for one run");
    return NEARDUP_OK;
}

static neardup_status prepare(struct grouping *g, neardup_error *err)
{
    g->workers = ndup_calloc(g->threads, sizeof *g->workers);
    g->offsets = ndup_alloc((size_t)g->threads << g->part_bits, sizeof *g->offsets);
    g->begin = ndup_alloc(((size_t)1 << g->part_bits) + 1, sizeof *g->begin);
    if (g->workers == NULL || g->offsets == NULL || g->begin == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < g->threads && g->keys->piece_bytes > 0; t++) {
        g->workers[t].buffer = ndup_alloc_aligned(g->keys->piece_bytes, 1);
        if (g->workers[t].buffer == NULL)
            return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

static void release(struct grouping *g)
{
    for (unsigned t = 0; g->workers != NULL && t < g->threads; t++) {
        free(g->workers[t].buffer);
        free(g->workers[t].table);
        free(g->workers[t].mark);
    }
    free(g->workers);
    free(g->offsets);
    free(g->begin);
}

neardup_status ndup_group(const struct ndup_keys *keys, size_t total, size_t max_bytes, struct ndup_pool *pool,
                          struct ndup_entries *entries, neardup_error *err)
{
    struct grouping g = {.keys = keys, .entries = entries, .threads = ndup_pool_threads(pool)};
    atomic_init(&g.buckets, entries->buckets);
    /* Keys are hashes, so ranges of equal width hold about equal numbers of them. */
    while (max_bytes > 0 && g.pass_bits < 12 && (total >> g.pass_bits) * sizeof(uint64_t) > max_bytes)
        g.pass_bits++;
    while (g.part_bits < PART_BITS_MAX && (total >> g.pass_bits >> g.part_bits) > PART_TARGET)
        g.part_bits++;
    neardup_status st = prepare(&g, err);
    for (g.pass = 0; st == NEARDUP_OK && g.pass < 1u << g.pass_bits; g.pass++)
        st = one_pass(&g, pool, err);
    entries->buckets = (uint32_t)atomic_load(&g.buckets);
    release(&g);
    return st;
}
