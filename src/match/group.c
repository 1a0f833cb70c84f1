/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/group.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 2^11 write streams fit the second-level TLB; partitions of 10^7 keys are then 5 000 keys, 40 KB. */
#define PART_BITS_MAX 11u
/* A partition aims at this many keys, so that its table (2 bytes per slot) stays in the first-level cache. */
#define PART_TARGET 4096u
/* The table of a partition as large as that; it grows when it must. */
#define TABLE_BITS_FIRST 14u

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
    struct group_worker {
        void *buffer;
        uint32_t *table; /* open addressing: element number + 1 */
        uint32_t *mark;  /* per element of the partition: bucket number + 1 in the partition, 0 if alone so far */
        size_t table_capacity, mark_capacity;
        unsigned table_bits;
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

static void fail_worker(struct grouping *g, struct group_worker *w, neardup_status status)
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

struct key_piece {
    size_t number, end; /* of the member's share */
    const uint32_t *keys, *items;
    uint32_t first;
    size_t count;
};

/* Every member reads the same contiguous share of pieces in both steps. */
static struct key_piece first_piece(const struct grouping *g, unsigned member)
{
    return (struct key_piece){.number = g->keys->pieces * member / g->threads,
                              .end = g->keys->pieces * (member + 1) / g->threads};
}

/* Reads the piece and steps on; false at the end of the share, or if somebody failed. */
static bool next_piece(struct grouping *g, struct group_worker *w, struct key_piece *p)
{
    if (p->number == p->end || atomic_load_explicit(&g->failed, memory_order_relaxed))
        return false;
    neardup_status st =
        g->keys->piece(g->keys->context, p->number++, w->buffer, &p->keys, &p->items, &p->first, &p->count, &w->error);
    if (st != NEARDUP_OK)
        fail_worker(g, w, st);
    return st == NEARDUP_OK;
}

static void count_keys(void *context, unsigned member)
{
    struct grouping *g = context;
    size_t *counts = g->offsets + ((size_t)member << g->part_bits);
    struct key_piece piece = first_piece(g, member);
    while (next_piece(g, &g->workers[member], &piece)) {
        for (size_t j = 0; j < piece.count; j++) {
            uint32_t p = partition_of(g, piece.keys[j]);
            if (p != UINT32_MAX)
                counts[p]++;
        }
    }
}

static void scatter_keys(void *context, unsigned member)
{
    struct grouping *g = context;
    size_t *at = g->offsets + ((size_t)member << g->part_bits);
    struct key_piece piece = first_piece(g, member);
    while (next_piece(g, &g->workers[member], &piece)) {
        for (size_t j = 0; j < piece.count; j++) {
            uint32_t key = piece.keys[j], p = partition_of(g, key);
            uint32_t item = piece.items != NULL ? piece.items[j] : piece.first + (uint32_t)j;
            if (p != UINT32_MAX)
                g->elements[at[p]++] = (uint64_t)key << 32 | item;
        }
    }
}

/* The same keys lie in one partition: their high bits are equal. The table is indexed by a multiplicative hash. */
NDUP_INLINE uint32_t key_of(uint64_t element)
{
    return (uint32_t)(element >> 32);
}

static bool make_table(struct group_worker *w, unsigned bits)
{
    if (!ndup_grow(&w->table, &w->table_capacity, (size_t)1 << bits, sizeof *w->table))
        return false;
    memset(w->table, 0, sizeof *w->table << bits);
    w->table_bits = bits;
    return true;
}

/* The place of the element's key: an element with this key, or 0. */
NDUP_INLINE uint32_t *find(uint32_t *table, unsigned bits, const uint64_t *e, uint32_t key)
{
    uint32_t slot = key * 0x9E3779B1u >> (32 - bits), mask = UINT32_MAX >> (32 - bits), there;
    while ((there = table[slot]) != 0 && key_of(e[there - 1]) != key)
        slot = (slot + 1) & mask;
    return &table[slot];
}

/* Twice the size, for the elements before `until`: the table has only the first with each key. */
static bool enlarge_table(struct group_worker *w, const uint64_t *e, size_t until)
{
    if (!make_table(w, w->table_bits + 1))
        return false;
    for (size_t i = 0; i < until; i++) {
        uint32_t *place = find(w->table, w->table_bits, e, key_of(e[i]));
        if (*place == 0)
            *place = (uint32_t)i + 1;
    }
    return true;
}

struct groups {
    uint32_t count;
    size_t members;
};

/* Marks the elements of groups. The table is for distinct keys, which a mass of equal ones is not. */
static bool mark_groups(struct group_worker *w, const uint64_t *e, size_t n, struct groups *out)
{
    unsigned bits = 4;
    while (bits < TABLE_BITS_FIRST && ((size_t)1 << bits) < n * 2)
        bits++;
    if (!make_table(w, bits) || !ndup_grow(&w->mark, &w->mark_capacity, n, sizeof *w->mark))
        return false;
    uint32_t *table = w->table, *mark = w->mark, count = 0;
    size_t members = 0, room = (size_t)1 << (bits - 1); /* half full */
    for (size_t i = 0; i < n; i++) {
        uint32_t *place = find(table, bits, e, key_of(e[i])), first = *place;
        mark[i] = 0;
        if (first != 0) {
            members += mark[first - 1] == 0 ? 2 : 1;
            if (mark[first - 1] == 0)
                mark[first - 1] = ++count;
            mark[i] = mark[first - 1];
            continue;
        }
        *place = (uint32_t)i + 1;
        if (--room == 0 && bits < 31) {
            if (!enlarge_table(w, e, i + 1))
                return false;
            table = w->table;
            bits = w->table_bits;
            room = (size_t)1 << (bits - 2); /* as many again */
        }
    }
    *out = (struct groups){count, members};
    return true;
}

static bool group_partition(struct grouping *g, struct group_worker *w, struct ndup_entry_list *out, const uint64_t *e,
                            size_t n)
{
    struct groups groups;
    if (!mark_groups(w, e, n, &groups))
        return false;
    if (groups.members == 0)
        return true;
    if (!ndup_grow(&out->entries, &out->capacity, out->count + groups.members, sizeof *out->entries))
        return false;
    uint32_t base = (uint32_t)atomic_fetch_add(&g->buckets, groups.count);
    for (size_t i = 0; i < n; i++) {
        if (w->mark[i] != 0)
            out->entries[out->count++] = (struct ndup_entry){(uint32_t)e[i], base + w->mark[i] - 1};
    }
    return true;
}

static void group_partitions(void *context, unsigned member)
{
    struct grouping *g = context;
    struct group_worker *w = &g->workers[member];
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
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than 4 billion buckets: split the corpus into several runs");
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

/* ---- leaving out buckets ---- */

neardup_status ndup_bucket_filter_begin(struct ndup_bucket_filter *n, const struct ndup_entries *entries,
                                        neardup_error *err)
{
    n->counts = ndup_alloc(entries->part_count, sizeof *n->counts);
    if (n->counts == NULL)
        return ndup_fail_nomem(err);
    for (unsigned p = 0; p < entries->part_count; p++)
        n->counts[p] = entries->parts[p].count;
    n->buckets = entries->buckets;
    return NEARDUP_OK;
}

/* Not 0 for buckets with a wanted item. */
static void mark(const struct ndup_bucket_filter *n, const struct ndup_entries *entries, uint32_t *numbers)
{
    for (unsigned p = 0; p < entries->part_count; p++) {
        const struct ndup_entry_list *part = &entries->parts[p];
        for (size_t i = n->counts[p]; i < part->count; i++) {
            uint32_t *number = &numbers[part->entries[i].bucket - n->buckets];
            if (*number == 0 && n->wanted(n->context, part->entries[i].item))
                *number = 1;
        }
    }
}

static void take_out(const struct ndup_bucket_filter *n, struct ndup_entries *entries, const uint32_t *numbers)
{
    for (unsigned p = 0; p < entries->part_count; p++) {
        struct ndup_entry_list *part = &entries->parts[p];
        size_t to = n->counts[p];
        for (size_t i = n->counts[p]; i < part->count; i++) {
            uint32_t number = numbers[part->entries[i].bucket - n->buckets];
            if (number > 0)
                part->entries[to++] = (struct ndup_entry){part->entries[i].item, n->buckets + number - 1};
        }
        part->count = to;
    }
}

static neardup_status narrow(const struct ndup_bucket_filter *n, struct ndup_entries *entries, neardup_error *err)
{
    uint32_t count = entries->buckets - n->buckets, left = 0;
    uint32_t *numbers = ndup_calloc(count, sizeof *numbers);
    if (numbers == NULL)
        return ndup_fail_nomem(err);
    mark(n, entries, numbers);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = numbers[i] > 0 ? ++left : 0;
    take_out(n, entries, numbers);
    entries->buckets = n->buckets + left;
    free(numbers);
    return NEARDUP_OK;
}

neardup_status ndup_bucket_filter_end(struct ndup_bucket_filter *n, struct ndup_entries *entries, neardup_status status,
                                      neardup_error *err)
{
    if (status == NEARDUP_OK)
        status = narrow(n, entries, err);
    free(n->counts);
    n->counts = NULL;
    return status;
}
