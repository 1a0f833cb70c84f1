/* SPDX-License-Identifier: MIT
 * Searches within a Hamming distance against brute force over all pairs: every cut, 0 blocks, cpu and number of threads,
 * uniform and skewed fingerprints, with little memory, cancelled and limited. */
#include "base/platform.h"

#include "base/cpu.h"
#include "match/hamming.h"
#include "support/skip.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SEED UINT64_C(20240607)

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 31) * 0x7FB5D329728EA185u;
    x = (x ^ x >> 27) * 0x81DADEF4BC2DD44Du;
    return x ^ x >> 33;
}

static void flip(struct ndup_fingerprint *f, unsigned bit)
{
    if (bit < 64)
        f->low ^= UINT64_C(1) << bit;
    else
        f->high ^= UINT64_C(1) << (bit - 64);
}

/* `distance` different bits */
static struct ndup_fingerprint changed(struct ndup_fingerprint f, unsigned bits, unsigned distance, uint64_t *state)
{
    struct ndup_fingerprint g = f;
    while (ndup_simhash_distance(f, g) < distance)
        flip(&g, (unsigned)(next_random(state) % bits));
    return g;
}

static struct ndup_fingerprint uniform(unsigned bits, uint64_t *state)
{
    uint64_t low = next_random(state), high = next_random(state);
    return (struct ndup_fingerprint){low, bits > 64 ? high : 0};
}

enum shape {
    UNIFORM,  /* with chains of neighbours at 1 to 20 bits */
    TEMPLATE, /* the low half is the same in nine of ten */
    BALL,     /* all within a few bits of one */
    STRIPES,  /* every byte is one of two: few values, no constant bits in common */
    NARROW,   /* all but 17 or 19 bits are the same in all */
    SHAPES
};

static struct ndup_fingerprint one(enum shape shape, unsigned bits, const struct ndup_fingerprint *before, uint32_t i,
                                   uint64_t *state)
{
    struct ndup_fingerprint f = uniform(bits, state), zero = {0, 0};
    switch (shape) {
    case UNIFORM:
        return i % 3 != 0 ? changed(before[-1], bits, 1 + i % 20, state) : f;
    case TEMPLATE:
        if (i % 4 == 3)
            return changed(before[-1], bits, 1 + i % 9, state);
        if (i % 10 != 0)
            f.low = (f.low & ~UINT64_C(0xFFFFFFFF)) | 0x12345678;
        return f;
    case BALL:
        return changed(zero, bits, 1 + i % 7, state);
    case STRIPES:
        f.low = (f.low & UINT64_C(0x0101010101010101)) * 0x5A ^ (f.low >> 60);
        f.high = bits > 64 ? (f.high & UINT64_C(0x0101010101010101)) * 0xC3 : 0;
        return f;
    case NARROW:
        f.low &= UINT64_C(0x01FF0000000000FF);
        f.high &= UINT64_C(0x0000008000000001);
        return f;
    case SHAPES:
        break;
    }
    return zero;
}

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ndup_fingerprint));
}

/* Distinct ones, in no order; *count is how many are left. */
static struct ndup_fingerprint *make(enum shape shape, unsigned bits, uint32_t *count, uint64_t seed)
{
    struct ndup_fingerprint *f = calloc(*count + 1, sizeof *f);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < *count; i++)
        f[i] = one(shape, bits, f + i, i, &seed);
    qsort(f, *count, sizeof *f, by_value);
    for (uint32_t i = 0; i < *count; i++) {
        if (distinct == 0 || by_value(&f[distinct - 1], &f[i]) != 0)
            f[distinct++] = f[i];
    }
    for (uint32_t i = distinct; i > 1; i--) {
        uint32_t j = (uint32_t)(next_random(&seed) % i);
        struct ndup_fingerprint swapped = f[i - 1];
        f[i - 1] = f[j];
        f[j] = swapped;
    }
    *count = distinct;
    return f;
}

static struct ndup_hamming_pairs brute(const struct ndup_fingerprint *f, uint32_t count, unsigned distance)
{
    struct ndup_hamming_pairs p = {0};
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = a + 1; b < count; b++) {
            if (ndup_simhash_distance(f[a], f[b]) > distance)
                continue;
            if (p.count == p.capacity) {
                p.capacity = 2 * p.capacity + 64;
                p.pairs = realloc(p.pairs, p.capacity * sizeof *p.pairs);
            }
            p.pairs[p.count++] = (struct ndup_hamming_pair){a, b};
        }
    }
    return p;
}

static struct ndup_hamming_plan planned(unsigned bits, unsigned distance, uint32_t count)
{
    struct ndup_hamming_plan plan;
    neardup_error err;
    cr_assert_eq(ndup_hamming_plan(bits, distance, count, 0, &plan, &err), NEARDUP_OK, "%s", err.message);
    return plan;
}

static struct ndup_hamming_plan cut_into(unsigned bits, unsigned distance, uint32_t count, unsigned blocks)
{
    struct ndup_hamming_plan plan;
    neardup_error err;
    cr_assert_eq(ndup_hamming_plan_cut(bits, distance, count, 0, blocks, &plan, &err), NEARDUP_OK, "%s", err.message);
    return plan;
}

static struct ndup_hamming_pairs search(const struct ndup_hamming_plan *plan, const struct ndup_fingerprint *f,
                                        uint32_t count, unsigned threads, neardup_cpu cpu)
{
    struct ndup_hamming_pairs pairs;
    struct ndup_pool *pool;
    neardup_error err;
    cr_assert_eq(ndup_pool_create(&pool, threads, &err), NEARDUP_OK);
    cr_assert_eq(ndup_hamming_pairs(plan, f, count, 0, cpu, pool, NULL, &pairs, &err), NEARDUP_OK, "%s", err.message);
    ndup_pool_destroy(pool);
    return pairs;
}

static void same(const struct ndup_hamming_pairs *got, const struct ndup_hamming_pairs *expected, const char *what,
                 const struct ndup_hamming_plan *plan)
{
    cr_assert_eq(got->count, expected->count, "%s: %zu pairs of %zu; %u bits, distance %u, %u blocks", what, got->count,
                 expected->count, plan->bits, plan->distance, plan->blocks);
    size_t i = 0;
    while (i < got->count && got->pairs[i].a == expected->pairs[i].a && got->pairs[i].b == expected->pairs[i].b)
        i++;
    cr_assert_eq(i, got->count, "%s: pair %zu; %u bits, distance %u, %u blocks", what, i, plan->bits, plan->distance,
                 plan->blocks);
}

static void check(const struct ndup_hamming_plan *plan, const struct ndup_fingerprint *f, uint32_t count,
                  const struct ndup_hamming_pairs *expected, const char *what)
{
    static const neardup_cpu rows[] = {NEARDUP_CPU_AUTO, NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512,
                                       NEARDUP_CPU_NEON};
    static const unsigned threads[] = {1, 2, 5, 1, 2};
    for (size_t i = 0; i < 5; i++) {
        struct ndup_hamming_pairs got = search(plan, f, count, threads[i], rows[i]);
        same(&got, expected, what, plan);
        ndup_hamming_pairs_free(&got);
    }
}

static const char *const names[] = {"uniform", "template", "ball", "stripes", "narrow"};

/* All distances from 0 to 16: a scan, the chosen plan, and the cuts that are likely to be chosen */
static void check_shape(enum shape shape, unsigned bits, uint32_t size)
{
    uint32_t count = size;
    struct ndup_fingerprint *f = make(shape, bits, &count, SEED + bits);
    for (unsigned d = 0; d <= 16; d += NDUP_SANITIZED && d > 3 ? 4 : 1) {
        struct ndup_hamming_pairs expected = brute(f, count, d);
        struct ndup_hamming_plan plan = cut_into(bits, d, count, 0);
        check(&plan, f, count, &expected, names[shape]);
        plan = planned(bits, d, count);
        check(&plan, f, count, &expected, names[shape]);
        for (unsigned blocks = d + 1; blocks <= d + 4; blocks++) {
            plan = cut_into(bits, d, count, blocks);
            check(&plan, f, count, &expected, names[shape]);
        }
        free(expected.pairs);
    }
    free(f);
}

Test(hamming, uniform)
{
    check_shape(UNIFORM, 64, 700);
    check_shape(UNIFORM, 128, 700);
}

Test(hamming, template)
{
    check_shape(TEMPLATE, 64, 300);
    check_shape(TEMPLATE, 128, 300);
}

Test(hamming, ball)
{
    check_shape(BALL, 64, 200);
    check_shape(BALL, 128, 200);
}

Test(hamming, stripes)
{
    check_shape(STRIPES, 64, 200);
    check_shape(STRIPES, 128, 200);
}

Test(hamming, every_number_of_blocks)
{
    uint32_t count = 3000;
    struct ndup_fingerprint *f = make(UNIFORM, 128, &count, SEED);
    struct ndup_hamming_pairs expected = brute(f, count, 2);
    for (unsigned blocks = 3; blocks <= 64; blocks += blocks < 9 ? 1 : 11) {
        struct ndup_hamming_plan plan = cut_into(128, 2, count, blocks);
        struct ndup_hamming_pairs got = search(&plan, f, count, 2, NEARDUP_CPU_AUTO);
        same(&got, &expected, "blocks", &plan);
        ndup_hamming_pairs_free(&got);
    }
    free(expected.pairs);
    free(f);
}

/* One pair at exactly the distance, one just outside, for each block structure of the differing bits */
Test(hamming, the_edge_of_the_radius)
{
    uint64_t state = SEED;
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        for (unsigned d = 0; d <= bits / 4; d++) {
            enum { MANY = 64 };
            struct ndup_fingerprint f[4 * MANY];
            for (uint32_t i = 0; i < MANY; i++) {
                f[4 * i] = uniform(bits, &state);
                f[4 * i + 1] = changed(f[4 * i], bits, d > 0 ? d : 1, &state);
                f[4 * i + 2] = uniform(bits, &state);
                f[4 * i + 3] = changed(f[4 * i + 2], bits, d + 1, &state);
            }
            struct ndup_hamming_pairs expected = brute(f, 4 * MANY, d);
            cr_assert_geq(expected.count, d > 0 ? MANY : 0);
            struct ndup_hamming_plan plan = cut_into(bits, d, 4 * MANY, d + 1);
            check(&plan, f, 4 * MANY, &expected, "edge, tables");
            plan = cut_into(bits, d, 4 * MANY, d + 3);
            check(&plan, f, 4 * MANY, &expected, "edge, more tables");
            plan = cut_into(bits, d, 4 * MANY, 0);
            check(&plan, f, 4 * MANY, &expected, "edge, scan");
            free(expected.pairs);
        }
    }
}

/* Groups large enough to be cut anew, and to be shared by all threads */
Test(hamming, large_and_skewed, .timeout = 1800)
{
    for (enum shape shape = UNIFORM; shape < SHAPES; shape++) {
        for (unsigned bits = 64; bits <= 128; bits += 64) {
            uint32_t count = 12000;
            unsigned distance = shape == NARROW || shape == STRIPES ? 1 : shape == BALL ? 2 : 5;
            struct ndup_fingerprint *f = make(shape, bits, &count, SEED);
            struct ndup_hamming_pairs expected = brute(f, count, distance);
            for (unsigned blocks = distance + 1; blocks <= distance + 3; blocks++) {
                struct ndup_hamming_plan plan = cut_into(bits, distance, count, blocks);
                struct ndup_hamming_pairs got = search(&plan, f, count, 2, NEARDUP_CPU_AUTO);
                same(&got, &expected, names[shape], &plan);
                ndup_hamming_pairs_free(&got);
            }
            free(expected.pairs);
            free(f);
        }
    }
}

/* 10^5 against a scan: groups beyond a worker's room, and the whole crew on them */
Test(hamming, a_hundred_thousand, .timeout = 1800)
{
    if (NDUP_SANITIZED)
        test_skip("a dense neighbourhood", "it takes minutes under a sanitizer");
    static const enum shape shapes[] = {UNIFORM, TEMPLATE, NARROW};
    /* A scan compares 5 10^9 pairs: the quick mode makes one of two distances of one shape. */
    for (size_t i = test_full() ? 0 : 2; i < 3; i++) {
        enum shape shape = shapes[i];
        uint32_t count = shape == NARROW ? 130000 : 100000;
        struct ndup_fingerprint *f = make(shape, 64, &count, SEED);
        for (unsigned d = shape == NARROW ? 1 : 3; d <= (shape == NARROW ? (test_full() ? 2u : 1u) : 6);
             d += shape == NARROW ? 1 : 3) {
            struct ndup_hamming_plan scan = cut_into(64, d, count, 0);
            struct ndup_hamming_pairs expected = search(&scan, f, count, 2, NEARDUP_CPU_AUTO);
            cr_assert_gt(expected.count, 10000);
            for (unsigned blocks = d + 1; blocks <= d + 3; blocks++) {
                struct ndup_hamming_plan plan = cut_into(64, d, count, blocks);
                struct ndup_hamming_pairs got = search(&plan, f, count, blocks % 2 + 1, NEARDUP_CPU_AUTO);
                same(&got, &expected, names[shape], &plan);
                ndup_hamming_pairs_free(&got);
            }
            ndup_hamming_pairs_free(&expected);
        }
        free(f);
    }
}

/* 16 384 fingerprints fit the least memory: 50 000 need several passes, and a partition of 45 000 needs chunks. */
Test(hamming, little_memory, .timeout = 1800)
{
    for (enum shape shape = UNIFORM; shape <= TEMPLATE; shape++) {
        for (unsigned bits = 64; bits <= 128; bits += 64) {
            uint32_t count = 50000;
            struct ndup_fingerprint *f = make(shape, bits, &count, SEED);
            struct ndup_hamming_plan rich = cut_into(bits, 3, count, 5), poor;
            neardup_error err;
            cr_assert_eq(ndup_hamming_plan_cut(bits, 3, count, 1, 5, &poor, &err), NEARDUP_OK);
            cr_assert_lt(poor.bytes, (uint64_t)3 << 20);
            cr_assert_geq(rich.bytes, count * (bits / 8 + 4));
            struct ndup_hamming_pairs expected = search(&rich, f, count, 2, NEARDUP_CPU_AUTO);
            struct ndup_hamming_pairs got = search(&poor, f, count, 2, NEARDUP_CPU_AUTO);
            same(&got, &expected, names[shape], &poor);
            ndup_hamming_pairs_free(&got);
            ndup_hamming_pairs_free(&expected);
            free(f);
        }
    }
}

Test(hamming, none_one_and_two)
{
    struct ndup_fingerprint f[2] = {{0xFF, 0}, {0xFE, 0}};
    for (unsigned blocks = 0; blocks <= 8; blocks += 4) {
        for (uint32_t count = 0; count <= 2; count++) {
            struct ndup_hamming_plan plan = cut_into(64, 3, count, blocks);
            struct ndup_hamming_pairs got = search(&plan, f, count, 2, NEARDUP_CPU_AUTO);
            cr_assert_eq(got.count, count == 2);
            cr_assert(got.count == 0 || (got.pairs[0].a == 0 && got.pairs[0].b == 1));
            ndup_hamming_pairs_free(&got);
        }
    }
}

static neardup_status limited(unsigned blocks, uint64_t max_bytes, const atomic_bool *cancel, size_t *found)
{
    uint32_t count = 6000;
    struct ndup_fingerprint *f = make(NARROW, 64, &count, SEED);
    struct ndup_hamming_plan plan = cut_into(64, 3, count, blocks);
    struct ndup_hamming_pairs pairs;
    struct ndup_pool *pool;
    neardup_error err = {0};
    cr_assert_eq(ndup_pool_create(&pool, 2, &err), NEARDUP_OK);
    neardup_status st = ndup_hamming_pairs(&plan, f, count, max_bytes, NEARDUP_CPU_AUTO, pool, cancel, &pairs, &err);
    cr_assert_eq(st == NEARDUP_OK, err.message[0] == '\0');
    cr_assert(st == NEARDUP_OK || (pairs.pairs == NULL && pairs.count == 0));
    *found = pairs.count;
    ndup_hamming_pairs_free(&pairs);
    ndup_pool_destroy(pool);
    free(f);
    return st;
}

Test(hamming, limits)
{
    for (unsigned blocks = 0; blocks <= 8; blocks += 4) {
        atomic_bool cancel;
        size_t all, some;
        atomic_init(&cancel, false);
        cr_assert_eq(limited(blocks, 0, &cancel, &all), NEARDUP_OK);
        cr_assert_gt(all, 5000);
        cr_assert_eq(limited(blocks, all * sizeof(struct ndup_hamming_pair), &cancel, &some), NEARDUP_OK);
        cr_assert_eq(some, all);
        cr_assert_eq(limited(blocks, all * sizeof(struct ndup_hamming_pair) - 1, &cancel, &some), NEARDUP_E_LIMIT);
        cr_assert_eq(limited(blocks, 8, &cancel, &some), NEARDUP_E_LIMIT);
        atomic_store(&cancel, true);
        cr_assert_eq(limited(blocks, 0, &cancel, &some), NEARDUP_E_CANCELED);
    }
}

/* All within a small ball: half a billion pairs at least, of which a megabyte is enough to know */
Test(hamming, too_many_pairs)
{
    uint32_t count = 130000;
    struct ndup_fingerprint *f = make(NARROW, 64, &count, SEED);
    cr_assert_gt(count, 65536);
    for (unsigned blocks = 0; blocks <= 17; blocks += 17) {
        struct ndup_hamming_plan plan = cut_into(64, 16, count, blocks);
        struct ndup_hamming_pairs pairs;
        struct ndup_pool *pool;
        cr_assert_eq(ndup_pool_create(&pool, 2, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_hamming_pairs(&plan, f, count, 1 << 20, NEARDUP_CPU_AUTO, pool, NULL, &pairs, NULL),
                     NEARDUP_E_LIMIT);
        ndup_pool_destroy(pool);
    }
    free(f);
}

Test(hamming, plans)
{
    struct ndup_hamming_plan plan;
    neardup_error err;
    cr_assert_eq(ndup_hamming_plan(96, 3, 10, 0, &plan, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_hamming_plan(64, 17, 10, 0, &plan, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_hamming_plan_cut(64, 3, 10, 0, 3, &plan, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_hamming_plan_cut(64, 3, 10, 0, 65, &plan, &err), NEARDUP_E_ARG);
    cr_assert_eq(planned(64, 3, 50).tables, 0);
    cr_assert_eq(planned(64, 16, 1000).tables, 0);
    plan = planned(64, 3, 10000000);
    cr_assert_gt(plan.tables, 0);
    cr_assert_eq(plan.blocks, plan.matching + 3);
    cr_assert_lt(plan.seconds, 20);
    cr_assert_eq(planned(64, 0, 1000000).blocks, planned(64, 0, 1000000).matching);
    plan = cut_into(64, 3, 10000000, 6);
    cr_assert_eq(plan.tables, 20);
    cr_assert_eq(plan.matching, 3);
}

TEST_KERNELS(hamming, "the kernel of Hamming distances")
