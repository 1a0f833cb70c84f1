/* SPDX-License-Identifier: MIT
 * Grouping, candidates, verification and keepers against brute force over all pairs. */
#include "base/platform.h"

#include "cluster/decide.h"
#include "match/group.h"
#include "match/exact_join.h"
#include "match/verify.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS   700u
#define MAX_SET 60u

struct corpus { /* random sets in families, so that there are pairs at all similarities */
    uint64_t hash[TEXTS][MAX_SET];
    size_t count[TEXTS];
    bool frames;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x7FB5D329728EA185u;
    x ^= x >> 27;
    x *= 0x81DADEF4BC2DD44Du;
    return x ^ x >> 33;
}

static uint64_t next_random(uint64_t *state)
{
    return mix(*state += 0x9E3779B97F4A7C15u);
}

static struct corpus *make_corpus(uint64_t seed)
{
    struct corpus *c = calloc(1, sizeof *c);
    for (unsigned u = 0; u < TEXTS; u++) {
        uint64_t family = next_random(&seed) % (TEXTS / 6);
        size_t size = 5 + next_random(&seed) % (MAX_SET - 5);
        uint64_t noise = next_random(&seed) % 40;
        for (size_t i = 0; i < size; i++) {
            bool own = next_random(&seed) % 100 < noise;
            c->hash[u][i] = own ? next_random(&seed) : mix(family * 1000 + i % 45);
        }
        if (u % 97 == 0)
            c->hash[u][0] = 0; /* the hash that cannot be in a table */
        c->count[u] = size;
    }
    return c;
}

static bool holds(const uint64_t *set, size_t count, uint64_t hash)
{
    for (size_t i = 0; i < count; i++) {
        if (set[i] == hash)
            return true;
    }
    return false;
}

/* Some texts have a frame, a few one of the others. */
static uint64_t frame_of(const struct corpus *c, unsigned text)
{
    return c->frames && text % 3 != 0 ? 1 + text % 4 : 0;
}

static bool numbers_differ(const struct corpus *c, unsigned a, unsigned b)
{
    return frame_of(c, a) != 0 && frame_of(c, a) == frame_of(c, b);
}

static double brute_jaccard(const struct corpus *c, unsigned a, unsigned b)
{
    size_t shared = 0, distinct_a = 0, distinct_b = 0;
    for (size_t i = 0; i < c->count[a]; i++) {
        if (holds(c->hash[a], i, c->hash[a][i]))
            continue;
        distinct_a++;
        shared += holds(c->hash[b], c->count[b], c->hash[a][i]);
    }
    for (size_t i = 0; i < c->count[b]; i++)
        distinct_b += !holds(c->hash[b], i, c->hash[b][i]);
    return (double)shared / (double)(distinct_a + distinct_b - shared);
}

static neardup_status load(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                           neardup_error *err)
{
    (void)member;
    (void)err;
    struct corpus *c = context;
    out->hashes = out->public_hashes = c->hash[rank.value];
    out->count = c->count[rank.value];
    out->frame = frame_of(c, rank.value);
    return NEARDUP_OK;
}

struct flat { /* one key a shingle: every pair that shares one becomes a candidate */
    uint32_t *keys, *items;
    size_t count;
};

static neardup_status flat_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                 uint32_t *first, size_t *count, neardup_error *err)
{
    (void)buffer;
    (void)err;
    struct flat *f = context;
    size_t begin = f->count * i / 7, end = f->count * (i + 1) / 7;
    *keys = f->keys + begin;
    *items = f->items + begin;
    *first = 0;
    *count = end - begin;
    return NEARDUP_OK;
}

static struct flat flatten(const struct corpus *c)
{
    struct flat f = {calloc(TEXTS * MAX_SET, 4), calloc(TEXTS * MAX_SET, 4), 0};
    for (unsigned u = 0; u < TEXTS; u++) {
        for (size_t i = 0; i < c->count[u]; i++) {
            f.keys[f.count] = (uint32_t)(c->hash[u][i] >> 32);
            f.items[f.count++] = u;
        }
    }
    return f;
}

struct way { /* how the candidates are found */
    double threshold;
    unsigned threads;
    size_t group_bytes;
    bool pairs, prefix, keep_numbers;
    uint32_t cap;
    uint32_t block;
};

static void decide(struct corpus *c, struct way way, struct ndup_decided *out)
{
    struct ndup_pool *pool;
    struct ndup_entries entries;
    struct ndup_buckets *buckets;
    neardup_error err;
    struct flat f = flatten(c);
    cr_assert_eq(ndup_pool_create(&pool, way.threads, &err), NEARDUP_OK);
    cr_assert_eq(ndup_entries_init(&entries, way.threads, &err), NEARDUP_OK);
    struct ndup_keys keys = {.context = &f, .pieces = 7, .piece = flat_piece};
    struct ndup_exact_join_options p = {way.threshold, TEXTS, 20000, 0, pool, {c, load}, NULL};
    if (way.prefix)
        cr_assert_eq(ndup_exact_join(&p, &entries, &err), NEARDUP_OK);
    else
        cr_assert_eq(ndup_group(&keys, f.count, way.group_bytes, pool, &entries, &err), NEARDUP_OK);
    cr_assert_eq(ndup_buckets_create(&buckets, &entries, NULL, TEXTS, way.pairs, way.cap, &err), NEARDUP_OK);
    struct ndup_decide_options o = {
        .threshold = way.threshold,
        .keep_numbers = way.keep_numbers,
        .pairs = way.pairs,
        .cache_bytes = 20000, /* small: sets are evicted and loaded again */
        .buckets = buckets,
        .ranks = TEXTS,
        .block = way.block,
        .pool = pool,
        .loader = {c, load},
    };
    cr_assert_eq(ndup_decide(&o, out, &err), NEARDUP_OK);
    ndup_buckets_free(buckets);
    ndup_entries_free(&entries);
    ndup_pool_destroy(pool);
    free(f.keys);
    free(f.items);
}

/* keep: texts that differ in numbers only are not compared. */
static void check_kept_numbers(const struct corpus *c, double threshold, bool keep, const struct ndup_decided *d)
{
    static uint32_t keeper[TEXTS];
    for (unsigned u = 0; u < TEXTS; u++) {
        double best = 0;
        keeper[u] = UINT32_MAX;
        for (unsigned k = 0; k < u; k++) {
            bool wanted = keeper[k] == UINT32_MAX && !(keep && numbers_differ(c, k, u));
            double j = wanted ? brute_jaccard(c, k, u) : 0;
            if (j >= threshold && j > best) {
                best = j;
                keeper[u] = k;
            }
        }
        cr_assert_eq(d->decisions[u].keeper.value, keeper[u], "text %u: keeper %u, brute force says %u", u,
                     d->decisions[u].keeper.value, keeper[u]);
        cr_assert_eq(d->decisions[u].jaccard, best);
        cr_assert_eq(d->decisions[u].numbers_differ, keeper[u] != UINT32_MAX && numbers_differ(c, keeper[u], u));
    }
}

static void check_decisions(const struct corpus *c, double threshold, const struct ndup_decided *d)
{
    check_kept_numbers(c, threshold, false, d);
}

Test(match_decide, decisions_are_those_of_brute_force)
{
    static const uint32_t blocks[] = {0, 1, 13, 64, TEXTS};
    struct corpus *c = make_corpus(7);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        for (unsigned threads = 1; threads <= 4; threads += 3) {
            struct ndup_decided d;
            decide(c, (struct way){.threshold = 0.6, .threads = threads, .block = blocks[i]}, &d);
            check_decisions(c, 0.6, &d);
            ndup_decided_free(&d);
        }
    }
    free(c);
}

/* All edges are marked, whatever is removed for them. */
Test(match_decide, texts_that_differ_in_numbers)
{
    struct corpus *c = make_corpus(7);
    c->frames = true;
    for (unsigned i = 0; i < 8; i++) {
        struct ndup_decided d;
        bool keep = i % 2 == 1, pairs = i / 2 % 2 == 1;
        decide(c, (struct way){.threshold = 0.5, .threads = 1 + i, .block = 64, .keep_numbers = keep, .pairs = pairs},
               &d);
        check_kept_numbers(c, 0.5, keep, &d);
        size_t marked = 0;
        for (size_t e = 0; e < d.edge_count; e++) {
            bool differ = numbers_differ(c, d.edges[e].later.value, d.edges[e].earlier.value);
            cr_assert_eq(d.edges[e].numbers_differ, differ);
            marked += differ;
        }
        cr_assert(!pairs || marked > 20, "the corpus has too few such edges to be a test");
        cr_assert(pairs || !keep || marked == 0, "edges that remove nothing are not kept");
        ndup_decided_free(&d);
    }
    free(c);
}

Test(match_decide, several_passes_over_key_ranges_change_nothing)
{
    struct corpus *c = make_corpus(7);
    struct ndup_decided d;
    decide(c, (struct way){.threshold = 0.6, .threads = 3, .group_bytes = 4096}, &d);
    check_decisions(c, 0.6, &d);
    ndup_decided_free(&d);
    free(c);
}

/* What the components of the report need: an edge of a removed text to every kept text but its keeper. */
Test(match_decide, edges_to_other_kept_units_are_recorded)
{
    static const uint32_t blocks[] = {0, 1, 13, 64};
    struct corpus *c = make_corpus(7);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct ndup_decided d;
        size_t e = 0;
        decide(c, (struct way){.threshold = 0.4, .threads = 3, .block = blocks[i]}, &d);
        for (unsigned a = 0; a < TEXTS; a++) {
            for (unsigned b = a + 1; b < TEXTS; b++) {
                bool other = d.decisions[a].keeper.value == UINT32_MAX && d.decisions[b].keeper.value != a;
                double j = other ? brute_jaccard(c, a, b) : 0;
                if (j < 0.4)
                    continue;
                cr_assert_lt(e, d.edge_count, "edge %u %u is missing", a, b);
                cr_assert_eq(d.edges[e].earlier.value, a);
                cr_assert_eq(d.edges[e].later.value, b);
                cr_assert_eq(d.edges[e++].jaccard, j);
            }
        }
        cr_assert_eq(e, d.edge_count);
        cr_assert_gt(e, 20, "the corpus has too few such edges to be a test");
        ndup_decided_free(&d);
    }
    free(c);
}

Test(match_decide, prefixes_lose_nothing)
{
    struct corpus *c = make_corpus(11);
    static const double thresholds[] = {0.35, 0.5, 0.7, 0.8, 1.0};
    for (size_t t = 0; t < sizeof thresholds / sizeof thresholds[0]; t++) {
        struct ndup_decided d;
        decide(c, (struct way){.threshold = thresholds[t], .threads = 2, .prefix = true}, &d);
        check_decisions(c, thresholds[t], &d);
        ndup_decided_free(&d);
    }
    free(c);
}

Test(match_decide, all_pairs_are_those_of_brute_force)
{
    struct corpus *c = make_corpus(13);
    struct ndup_decided d;
    decide(c, (struct way){.threshold = 0.5, .threads = 3, .pairs = true, .prefix = true, .block = 100}, &d);
    check_decisions(c, 0.5, &d);
    size_t e = 0;
    for (unsigned a = 0; a < TEXTS; a++) {
        for (unsigned b = a + 1; b < TEXTS; b++) {
            double j = brute_jaccard(c, a, b);
            if (j < 0.5)
                continue;
            cr_assert_lt(e, d.edge_count);
            cr_assert_eq(d.edges[e].earlier.value, a);
            cr_assert_eq(d.edges[e].later.value, b);
            cr_assert_eq(d.edges[e].jaccard, j);
            e++;
        }
    }
    cr_assert_eq(e, d.edge_count);
    cr_assert_gt(e, 300, "the corpus has too few pairs to be a test");
    ndup_decided_free(&d);
    free(c);
}

Test(match_decide, a_bucket_of_copies_costs_linear_time)
{
    /* All texts equal: each is compared with the one kept text, not with the others. */
    struct corpus *c = make_corpus(17);
    for (unsigned u = 1; u < TEXTS; u++) {
        memcpy(c->hash[u], c->hash[0], sizeof c->hash[0]);
        c->count[u] = c->count[0];
    }
    struct ndup_decided d;
    decide(c, (struct way){.threshold = 0.9, .threads = 2}, &d);
    cr_assert_eq(d.candidates, TEXTS - 1);
    for (unsigned u = 1; u < TEXTS; u++) {
        cr_assert_eq(d.decisions[u].keeper.value, 0);
    }
    ndup_decided_free(&d);
    free(c);
}

Test(match_verify, jaccard_counts_distinct_hashes_and_zero)
{
    static const uint64_t a[] = {1, 2, 3, 0, 0, 3}, b[] = {0, 3, 9};
    struct ndup_probe probe = {0};
    cr_assert_eq(ndup_probe_fill(&probe, a, 6, NULL), NEARDUP_OK);
    cr_assert_eq(probe.count, 4);
    cr_assert_eq(ndup_probe_shared(&probe, b, 3), 2);
    cr_assert_eq(ndup_jaccard(2, 4, 3), 0.4);
    cr_assert_eq(ndup_jaccard(0, 0, 0), 0.0);
    cr_assert_eq(ndup_jaccard_bound(3, 4), 0.75);
    cr_assert_eq(ndup_probe_fill(&probe, b, 3, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_probe_shared(&probe, a, 1), 0);
    ndup_probe_free(&probe);
}

Test(match_verify, the_cache_forgets_the_oldest_and_never_what_is_in_use)
{
    struct ndup_set_cache *cache;
    uint64_t hashes[64];
    cr_assert_eq(ndup_set_cache_create(&cache, 64 * 1200, NULL), NEARDUP_OK); /* two sets a shard */
    for (uint64_t i = 0; i < 64; i++)
        hashes[i] = i + 1;
    struct ndup_set *held = ndup_set_cache_put(cache, (struct ndup_rank){5}, hashes, 64, 0);
    for (uint32_t rank = 100; rank < 2000; rank++)
        ndup_set_cache_release(cache, ndup_set_cache_put(cache, (struct ndup_rank){rank}, hashes, 64, 0));
    cr_assert_eq(ndup_set_cache_get(cache, (struct ndup_rank){5}), held);
    cr_assert_eq(held->count, 64);
    cr_assert_eq(held->hash[63], 64);
    cr_assert_null(ndup_set_cache_get(cache, (struct ndup_rank){100}));
    struct ndup_set *last = ndup_set_cache_get(cache, (struct ndup_rank){1999});
    cr_assert_not_null(last);
    ndup_set_cache_release(cache, last);
    ndup_set_cache_release(cache, held);
    ndup_set_cache_release(cache, held);
    ndup_set_cache_free(cache);
}
