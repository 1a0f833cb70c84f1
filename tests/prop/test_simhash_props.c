/* SPDX-License-Identifier: MIT
 * A fingerprint is a function of the bag (weights COUNT) or the set (ONE) of hashes, and its bits differ as often as
 * the angle between them says. */
#include "base/platform.h"

#include "simhash_tools.h"

#include <math.h>

#define COUNT NEARDUP_WEIGHTS_COUNT
#define ONE   NEARDUP_WEIGHTS_ONE

static const size_t sizes[] = {1, 2, 5, 16, 17, 40, 128, 130, 300, 513, 2000};
#define SIZES (sizeof sizes / sizeof *sizes)

Test(simhash_props, order_does_not_matter)
{
    static uint64_t hashes[2000];
    uint64_t state = 1;
    for (int weights = COUNT; weights <= (int)ONE; weights++) {
        struct ndup_simhash *simhash = tool_simhash(128, (neardup_weights)weights, NEARDUP_CPU_AUTO);
        for (size_t n = 0; n < SIZES; n++) {
            tool_fill(hashes, sizes[n], n);
            struct ndup_fingerprint first = tool_compute(simhash, hashes, sizes[n]);
            for (int round = 0; round < 5; round++) {
                tool_shuffle(hashes, sizes[n], &state);
                cr_expect(tool_equal(first, tool_compute(simhash, hashes, sizes[n])), "%zu hashes", sizes[n]);
            }
        }
        ndup_simhash_destroy(simhash);
    }
}

/* ONE: repetitions are nothing, those of the hash 0 too. COUNT: all twice is nothing, ties stay ties; but half of the
 * votes and one more decide alone. */
Test(simhash_props, repetition)
{
    static uint64_t hashes[5000];
    uint64_t state = 2;
    struct ndup_simhash *one = tool_simhash(128, ONE, NEARDUP_CPU_AUTO);
    struct ndup_simhash *count = tool_simhash(128, COUNT, NEARDUP_CPU_AUTO);
    for (size_t n = 0; n < SIZES; n++) {
        size_t size = sizes[n];
        tool_fill(hashes, size, 100 + n);
        hashes[size / 2] = n % 2 == 0 ? 0 : hashes[size / 2];
        struct ndup_fingerprint once = tool_compute(one, hashes, size);
        cr_expect(tool_equal(once, tool_compute(count, hashes, size)), "%zu distinct hashes", size);
        memcpy(hashes + size, hashes, size * sizeof *hashes);
        cr_expect(tool_equal(once, tool_compute(count, hashes, 2 * size)), "%zu hashes twice", size);
        for (size_t i = 2 * size; i < 5 * size / 2; i++)
            hashes[i] = hashes[tool_random(&state) % size];
        tool_shuffle(hashes, 5 * size / 2, &state);
        cr_expect(tool_equal(once, tool_compute(one, hashes, 5 * size / 2)), "%zu hashes repeated", size);

        uint64_t loud = tool_random(&state);
        for (size_t i = size; i <= 2 * size; i++)
            hashes[i] = loud;
        cr_expect(tool_equal(tool_compute(count, &loud, 1), tool_compute(count, hashes, 2 * size + 1)), "%zu", size);
    }
    ndup_simhash_destroy(one);
    ndup_simhash_destroy(count);
}

/* The same table serves all texts of a thread, whatever came before. */
Test(simhash_props, nothing_is_remembered)
{
    static uint64_t hashes[4000];
    uint64_t state = 3;
    struct ndup_simhash *one = tool_simhash(64, ONE, NEARDUP_CPU_AUTO);
    for (int i = 0; i < 300; i++) {
        size_t count = 1 + tool_random(&state) % (i % 10 == 0 ? 4000 : 200);
        for (size_t k = 0; k < count; k++) /* few values, so that many repeat */
            hashes[k] = (tool_random(&state) % (1 + count / 2)) * UINT64_C(0x9e3779b97f4a7c15);
        struct ndup_fingerprint fresh = tool_fingerprint(64, ONE, NEARDUP_CPU_SCALAR, hashes, count);
        cr_expect(tool_equal(fresh, tool_compute(one, hashes, count)), "text %d", i);
    }
    ndup_simhash_destroy(one);
}

/* All in one slot: the table is a list then, and still right. */
Test(simhash_props, hashes_that_collide)
{
    uint64_t hashes[600];
    for (size_t i = 0; i < 300; i++)
        hashes[i] = hashes[i + 300] = (uint64_t)(i + 1) << 40 | 77;
    struct ndup_fingerprint once = tool_fingerprint(128, COUNT, NEARDUP_CPU_AUTO, hashes, 300);
    cr_expect(tool_equal(once, tool_fingerprint(128, ONE, NEARDUP_CPU_AUTO, hashes, 600)));
}

Test(simhash_props, low_half_of_128_bits_is_64_bits)
{
    static uint64_t hashes[2000];
    for (size_t n = 0; n < SIZES; n++) {
        tool_fill(hashes, sizes[n], 50 + n);
        struct ndup_fingerprint narrow = tool_fingerprint(64, COUNT, NEARDUP_CPU_AUTO, hashes, sizes[n]);
        struct ndup_fingerprint wide = tool_fingerprint(128, COUNT, NEARDUP_CPU_AUTO, hashes, sizes[n]);
        cr_expect_eq(narrow.low, wide.low);
        cr_expect_eq(narrow.high, 0);
    }
}

static double angle(double cosine)
{
    return acos(cosine) / acos(-1);
}

/* Sums of distances over the trials for two sets of n hashes of which `shared` are in both */
static double mean_distance(unsigned bits, size_t n, size_t shared, int trials, uint64_t *state)
{
    static uint64_t hashes[2 * 2001];
    struct ndup_simhash *simhash = tool_simhash(bits, COUNT, NEARDUP_CPU_AUTO);
    double sum = 0;
    for (int t = 0; t < trials; t++) {
        tool_fill(hashes, 2 * n - shared, tool_random(state));
        struct ndup_fingerprint a = tool_compute(simhash, hashes, n);
        struct ndup_fingerprint b = tool_compute(simhash, hashes + n - shared, n);
        unsigned distance = ndup_simhash_distance(a, b);
        cr_assert_eq(distance, ndup_simhash_distance(b, a));
        cr_assert(distance <= bits);
        sum += distance;
    }
    ndup_simhash_destroy(simhash);
    return sum / trials;
}

/* The counters of a bit are two sums of n votes with correlation c = shared / n, the cosine; were they normal, their
 * signs would differ with probability p = acos(c) / pi (Goemans and Williamson 1995). The bits of random hashes are
 * independent, so the mean share of different bits over T trials has the variance p (1 - p) / (bits T), and 5 of its
 * standard deviations are allowed. Votes are symmetric, so that they approach the normal distribution with 1 / n and
 * not its root: 1 / n is allowed for that. Sets of 201 and 2001 hashes cannot tie, those of 100 and 400 do. */
Test(simhash_props, distance_is_the_angle)
{
    enum { TRIALS = 400 };
    static const double similarities[] = {0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95};
    static const size_t counts[] = {201, 2001, 100, 400};
    uint64_t state = 5;
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            for (size_t j = 0; j < sizeof similarities / sizeof *similarities; j++) {
                double n = (double)counts[c], jaccard = similarities[j];
                size_t shared = (size_t)lround(2 * n * jaccard / (1 + jaccard));
                double p = angle((double)shared / n);
                double got = mean_distance(bits, counts[c], shared, TRIALS, &state) / bits;
                double allowed = 5 * sqrt(p * (1 - p) / (bits * (double)TRIALS)) + 1 / n;
                cr_expect(fabs(got - p) < allowed, "%u bits, %.0f hashes, J %.2f: %f, not %f", bits, n, jaccard, got,
                          p);
            }
        }
    }
}

/* Two sets of two hashes each and nothing shared: half of the bits are ties in each, and the tied ones must agree no
 * more often than others. p = 1/2; the bits of a pair are connected through the ties, so that the variance of a
 * pair's distance is only known to be at most bits^2 / 4: 5 standard deviations of the mean of 20000 pairs are
 * 5 * 64 / 2 / sqrt(20000) = 1.14 bits at most. Ties that were 0 would give 24. */
Test(simhash_props, ties_are_not_biased)
{
    uint64_t state = 6;
    for (size_t n = 2; n <= 8; n += 2) {
        double got = mean_distance(64, n, 0, 20000, &state);
        cr_expect(fabs(got - 32) < 1.14, "%zu hashes: %f", n, got);
    }
}

/* And each bit alone is 1 half of the time: 20000 pairs, 64 bits, 6 standard deviations of 0.5 / sqrt(20000). */
Test(simhash_props, tied_bits_are_fair_coins)
{
    enum { PAIRS = 20000 };
    struct ndup_simhash *simhash = tool_simhash(128, COUNT, NEARDUP_CPU_AUTO);
    static unsigned ones[128];
    uint64_t state = 7;
    for (int i = 0; i < PAIRS; i++) {
        uint64_t hashes[2] = {tool_random(&state), tool_random(&state)};
        struct ndup_fingerprint f = tool_compute(simhash, hashes, 2);
        for (unsigned b = 0; b < 128; b++)
            ones[b] += (unsigned)((b < 64 ? f.low >> b : f.high >> (b - 64)) & 1);
    }
    for (unsigned b = 0; b < 128; b++)
        cr_expect(fabs(ones[b] - PAIRS / 2.0) < 6 * 0.5 * sqrt(PAIRS), "bit %u: %u of %d", b, ones[b], PAIRS);
    ndup_simhash_destroy(simhash);
}

/* No high bit follows a low one: of N random hashes as many agree in a pair of bits as not, 64 * 64 pairs, 6.5
 * standard deviations of sqrt(N) / 2 (chance of a false alarm: 4096 * 8e-11). */
Test(simhash_props, halves_are_independent)
{
    enum { HASHES = 20000 };
    static unsigned agree[64][64];
    struct ndup_simhash *simhash = tool_simhash(128, COUNT, NEARDUP_CPU_AUTO);
    uint64_t state = 8;
    for (int i = 0; i < HASHES; i++) {
        uint64_t hash = tool_random(&state);
        struct ndup_fingerprint f = tool_compute(simhash, &hash, 1);
        for (unsigned a = 0; a < 64; a++)
            for (unsigned b = 0; b < 64; b++)
                agree[a][b] += ((f.low >> a ^ f.high >> b) & 1) == 0;
    }
    for (unsigned a = 0; a < 64; a++)
        for (unsigned b = 0; b < 64; b++)
            cr_expect(fabs(agree[a][b] - HASHES / 2.0) < 6.5 * 0.5 * sqrt(HASHES), "bits %u and %u: %u of %d", a, b,
                      agree[a][b], HASHES);
    ndup_simhash_destroy(simhash);
}

/* One percent of 1000 hashes replaced: p = acos(.99) / pi = 0.045, 5.8 of 128 bits with a spread of 2.4; 25 is 8
 * spreads away, and for unrelated ones 64 - 8 * 5.7 = 18 would be. */
Test(simhash_props, similar_texts_are_near)
{
    static uint64_t hashes[2000];
    struct ndup_simhash *simhash = tool_simhash(128, ONE, NEARDUP_CPU_AUTO);
    for (uint64_t t = 0; t < 200; t++) {
        tool_fill(hashes, 2000, 1000 + t);
        struct ndup_fingerprint a = tool_compute(simhash, hashes, 1000);
        struct ndup_fingerprint b = tool_compute(simhash, hashes + 10, 1000);
        struct ndup_fingerprint c = tool_compute(simhash, hashes + 1000, 1000);
        cr_expect(ndup_simhash_distance(a, b) <= 25, "%u", ndup_simhash_distance(a, b));
        cr_expect(ndup_simhash_distance(a, c) >= 18, "%u", ndup_simhash_distance(a, c));
        cr_expect_eq(ndup_simhash_distance(a, a), 0);
    }
    ndup_simhash_destroy(simhash);
}
