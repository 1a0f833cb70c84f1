/* SPDX-License-Identifier: MIT
 * Matching kernels: grouping equal band keys (the sort of a band), and exact verification of a pair. */
#include "base/platform.h"

#include "bench.h"
#include "match/group.h"
#include "match/verify.h"

#include <stdio.h>
#include <string.h>

#define MAX_SHINGLES 20000u

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    uint64_t x = random_state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* ---- grouping ---- */

struct band {
    uint32_t *keys;
    size_t count;
    struct ndup_pool *pool;
};

static neardup_status band_piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                 uint32_t *first, size_t *count, neardup_error *err)
{
    (void)buffer;
    (void)err;
    const struct band *b = context;
    *keys = b->keys + i * 65536;
    *items = NULL;
    *first = (uint32_t)(i * 65536);
    *count = b->count - i * 65536 < 65536 ? b->count - i * 65536 : 65536;
    return NEARDUP_OK;
}

static void group_band(void *context)
{
    struct band *b = context;
    struct ndup_entries entries;
    struct ndup_keys keys = {.context = b, .pieces = (b->count + 65535) / 65536, .piece = band_piece};
    if (ndup_entries_init(&entries, ndup_pool_threads(b->pool), NULL) != NEARDUP_OK ||
        ndup_group(&keys, b->count, 0, b->pool, &entries, NULL) != NEARDUP_OK)
        abort();
    ndup_entries_free(&entries);
}

static void bench_group(size_t count, unsigned threads)
{
    struct band b = {.keys = malloc(count * sizeof(uint32_t)), .count = count};
    if (b.keys == NULL || ndup_pool_create(&b.pool, threads, NULL) != NEARDUP_OK)
        abort();
    for (size_t i = 0; i < count; i++)
        b.keys[i] = i > 0 && next_random() % 10 < 2 ? b.keys[next_random() % i] : (uint32_t)next_random();
    double ns = bench_median_ns(group_band, &b);
    printf("| group | %zu keys | %u | %.1f | %.2f |\n", count, threads, ns / (double)count, 4 * (double)count / ns);
    ndup_pool_destroy(b.pool);
    free(b.keys);
}

/* ---- verification ---- */

struct pair {
    uint64_t a[MAX_SHINGLES], b[MAX_SHINGLES];
    size_t count;
    struct ndup_probe probe;
    size_t shared;
};

static void fill(void *context)
{
    struct pair *p = context;
    if (ndup_probe_fill(&p->probe, p->a, p->count, NULL) != NEARDUP_OK)
        abort();
}

static void intersect(void *context)
{
    struct pair *p = context;
    p->shared += ndup_probe_shared(&p->probe, p->b, p->count);
}

static void bench_verify(struct pair *p, size_t words)
{
    p->count = words - 4;
    for (size_t i = 0; i < p->count; i++) {
        p->a[i] = next_random();
        p->b[i] = i % 5 == 0 ? next_random() : p->a[i];
    }
    double filled = bench_median_ns(fill, p), met = bench_median_ns(intersect, p);
    /* 6 bytes of text a word: what the same time means in text */
    printf("| verify: make a set | %zu words | 1 | %.1f | %.2f |\n", words, filled / (double)p->count,
           6 * (double)p->count / filled);
    printf("| verify: intersect | %zu words | 1 | %.1f | %.2f |\n", words, met / (double)p->count,
           6 * (double)p->count / met);
}

int main(void)
{
    static struct pair pair;
    printf("| kernel | size | threads | ns each | GB/s (keys: 4 bytes; words: 6) |\n|---|---|---|---|---|\n");
    bench_group(100000, 1);
    bench_group(1000000, 1);
    bench_group(1000000, 2);
    bench_group(10000000, 2);
    static const size_t words[] = {20, 200, 2000, 20000};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        bench_verify(&pair, words[i]);
    ndup_probe_free(&pair.probe);
    return pair.shared == 0;
}
