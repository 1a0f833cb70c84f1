/* SPDX-License-Identifier: MIT
 * Candidates of contained texts against a comparison of all samples, for any blocks, threads and spilling; and the recall that
 * their account states. */
#include "base/platform.h"

#include "match/contained.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 500u
#define MOST  240u /* shingles of a text */

/* ---- the stated recall ---- */

/* log of n choose k */
static double choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

static double binomial(uint32_t n, uint32_t k, double p)
{
    return exp(choose(n, k) + k * log(p) + (n - k) * log1p(-p));
}

/* That a text of `count` shingles, of which `shared` are in another one, becomes its candidate. */
static double found(double share, double rate, uint32_t count, uint32_t shared)
{
    double sum = 0, p = 1 / rate;
    for (uint32_t other = 0; other <= count - shared; other++) {
        double these = rate <= 1 ? (double)(other == count - shared) : binomial(count - shared, other, p);
        for (uint32_t common = 1; common <= shared; common++) {
            if (common >= ndup_samples_least(share, common + other))
                sum += these * (rate <= 1 ? (double)(common == shared) : binomial(shared, common, p));
        }
    }
    return sum;
}

Test(match_contained, the_recall_is_what_is_stated)
{
    static const double shares[] = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        for (uint32_t least = 1; least <= 120; least += 7) {
            double rate = ndup_samples_rate(shares[i], least);
            for (uint32_t count = least; count < 400; count += 1 + count / 3) {
                uint32_t shared = (uint32_t)ceil(shares[i] * count - 1e-9);
                double recall = found(shares[i], rate, count, shared);
                cr_assert_geq(recall, 0.99, "share %g, %u of %u shingles, rate %g: %.5f", shares[i], shared, count,
                              rate, recall);
            }
        }
    }
}

Test(match_contained, few_samples_and_many)
{
    cr_assert_float_eq(ndup_samples_rate(0.8, 46), 7.7, 0.5);
    cr_assert_leq(ndup_samples_rate(0.8, 1), 1.01);
    cr_assert_float_eq(ndup_samples_rate(0.8, 1000), NDUP_SAMPLES_RATE, 1e-9);
    for (uint32_t m = 1; m < 5000; m++) {
        cr_assert_geq(ndup_samples_least(0.8, m), 1);
        cr_assert_leq(ndup_samples_least(0.8, m), m);
        cr_assert_eq(ndup_samples_least(1, m), m);
    }
    cr_assert_eq(ndup_samples_least(0.8, 6), 2);
    cr_assert_geq(ndup_samples_least(0.8, 100000), 79000);
}

/* ---- a corpus of sets ---- */

struct corpus {
    uint64_t shingles[TEXTS][MOST];
    size_t count[TEXTS];
    struct ndup_rank rank_of[TEXTS];
    bool holds[TEXTS], sought[TEXTS]; /* by rank */
};

static uint32_t draw(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % limit;
}

static uint64_t shingle(uint64_t number)
{
    uint64_t x = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* Windows of long texts; pages of a template, with more or less of their own, so that common samples have cohorts. */
static void fill(struct corpus *c, uint64_t seed)
{
    uint64_t state = seed;
    memset(c, 0, sizeof *c);
    for (uint32_t i = 0; i < TEXTS; i++) {
        uint32_t kind = draw(&state, 3), base = draw(&state, 40) * 1000, begin = draw(&state, 40);
        uint32_t own = kind == 0 ? 0 : draw(&state, kind == 1 ? 120 : 12), from = kind == 2 ? 100 : 40;
        for (uint32_t k = 0; k < from; k++)
            c->shingles[i][c->count[i]++] = shingle(kind == 2 ? 1000000 + k : base + begin + k);
        for (uint32_t k = 0; k < own; k++)
            c->shingles[i][c->count[i]++] = shingle(2000000 + (uint64_t)i * 1000 + k);
        c->shingles[i][c->count[i]++] = c->shingles[i][0]; /* repeats */
        c->rank_of[i].value = (i * 37 + 11) % TEXTS;
        c->holds[i] = draw(&state, 10) > 0;
        c->sought[i] = draw(&state, 5) > 0;
    }
}

static bool holds(const void *context, struct ndup_rank rank)
{
    return ((const struct corpus *)context)->holds[rank.value];
}

struct result {
    struct corpus *corpus;
    struct ndup_contained_candidate *candidates[TEXTS]; /* by rank */
    uint32_t count[TEXTS];
    unsigned blocks;
};

static bool result_holds(const void *context, struct ndup_rank rank)
{
    return holds(((const struct result *)context)->corpus, rank);
}

static bool result_sought(const void *context, struct ndup_rank rank)
{
    return ((const struct result *)context)->corpus->sought[rank.value];
}

static neardup_status take(void *context, const struct ndup_contained_text *texts, size_t count, neardup_error *err)
{
    struct result *r = context;
    (void)err;
    r->blocks++;
    for (size_t i = 0; i < count; i++) {
        uint32_t rank = texts[i].rank.value;
        cr_assert(i == 0 || rank > texts[i - 1].rank.value, "by rank");
        cr_assert_eq(r->count[rank], 0, "a text is in one block");
        r->count[rank] = texts[i].count;
        r->candidates[rank] = malloc(texts[i].count * sizeof *r->candidates[rank]);
        memcpy(r->candidates[rank], texts[i].candidates, texts[i].count * sizeof *r->candidates[rank]);
    }
    return NEARDUP_OK;
}

static void forget(struct result *r)
{
    for (uint32_t i = 0; i < TEXTS; i++)
        free(r->candidates[i]);
    struct corpus *corpus = r->corpus;
    memset(r, 0, sizeof *r);
    r->corpus = corpus;
}

/* ---- the definition ---- */

static size_t distinct_samples(const struct corpus *c, uint32_t text, double rate, uint32_t *out)
{
    uint64_t last = rate <= 1 ? UINT64_MAX : (uint64_t)(18446744073709551616.0 / rate);
    size_t n = 0;
    for (size_t i = 0; i < c->count[text]; i++) {
        uint64_t hash = c->shingles[text][i];
        bool seen = hash > last;
        for (size_t k = 0; k < n && !seen; k++)
            seen = out[k] == (uint32_t)hash;
        if (!seen)
            out[n++] = (uint32_t)hash;
    }
    return n;
}

static int by_value(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static uint32_t common(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    uint32_t shared = 0;
    for (size_t i = 0, k = 0; i < a_count && k < b_count;) {
        shared += a[i] == b[k];
        if (a[i] < b[k])
            i++;
        else
            k++;
    }
    return shared;
}

static int best_first(const void *left, const void *right)
{
    const struct ndup_contained_candidate *a = left, *b = right;
    if (a->shared != b->shared)
        return a->shared > b->shared ? -1 : 1;
    return a->rank.value < b->rank.value ? -1 : 1;
}

static void check(const struct corpus *c, const struct result *r, double share, double rate, uint32_t most)
{
    static uint32_t samples[TEXTS][MOST];
    static size_t counts[TEXTS];
    for (uint32_t i = 0; i < TEXTS; i++)
        counts[i] = distinct_samples(c, i, rate, samples[i]);
    for (uint32_t i = 0; i < TEXTS; i++)
        qsort(samples[i], counts[i], sizeof samples[i][0], by_value);
    for (uint32_t i = 0; i < TEXTS; i++) {
        struct ndup_contained_candidate expected[TEXTS];
        uint32_t count = 0, rank = c->rank_of[i].value;
        for (uint32_t k = 0; k < TEXTS && c->sought[rank] && c->holds[rank] && counts[i] > 0; k++) {
            uint32_t shared = common(samples[i], counts[i], samples[k], counts[k]);
            if (k != i && c->holds[c->rank_of[k].value] && shared >= ndup_samples_least(share, (uint32_t)counts[i]))
                expected[count++] = (struct ndup_contained_candidate){c->rank_of[k], shared};
        }
        qsort(expected, count, sizeof *expected, best_first);
        count = count < most ? count : most;
        cr_assert_eq(r->count[rank], count, "rank %u: %u candidates, not %u", rank, r->count[rank], count);
        for (uint32_t k = 0; k < count; k++) {
            cr_assert_eq(r->candidates[rank][k].rank.value, expected[k].rank.value, "rank %u, candidate %u", rank, k);
            cr_assert_eq(r->candidates[rank][k].shared, expected[k].shared);
        }
    }
}

static struct ndup_samples *sample_all(const struct corpus *c, double rate, size_t memory, struct ndup_scratch *scratch,
                                       unsigned samplers)
{
    struct ndup_samples *samples;
    struct ndup_sampler m[3] = {{0}};
    cr_assert_eq(ndup_samples_create(&samples, rate, memory, scratch, NULL), NEARDUP_OK);
    for (unsigned i = 0; i < samplers; i++)
        m[i].samples = samples;
    for (uint32_t i = 0; i < TEXTS; i++)
        cr_assert_eq(ndup_sampler_put(&m[i % samplers], (struct ndup_text_id){i}, c->shingles[i], c->count[i], NULL),
                     NEARDUP_OK);
    for (unsigned i = 0; i < samplers; i++)
        cr_assert_eq(ndup_sampler_finish(&m[i], true, NULL), NEARDUP_OK);
    return samples;
}

static void check_all(struct corpus *c, double share, double rate, uint32_t most)
{
    static struct result r;
    struct ndup_scratch *scratch;
    unsigned blocks = 0;
    r.corpus = c;
    cr_assert_eq(ndup_scratch_create(&scratch, NULL, 0, NULL), NEARDUP_OK);
    for (unsigned spill = 0; spill < 2; spill++) {
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            struct ndup_samples *samples = sample_all(c, rate, spill == 1 ? 0 : SIZE_MAX / 2, scratch, threads);
            struct ndup_pool *pool;
            cr_assert_eq(ndup_pool_create(&pool, threads, NULL), NEARDUP_OK);
            const struct ndup_contained_options o = {.share = share,
                                                     .samples = samples,
                                                     .rank_of = c->rank_of,
                                                     .ranks = TEXTS,
                                                     .context = &r,
                                                     .holds = result_holds,
                                                     .sought = result_sought,
                                                     .most = most,
                                                     .memory_bytes = spill == 1 ? 20000 : (size_t)1 << 30,
                                                     .pool = pool,
                                                     .found = take};
            cr_assert_eq(ndup_contained_find(&o, NULL), NEARDUP_OK);
            check(c, &r, share, rate, most);
            blocks = r.blocks;
            forget(&r);
            ndup_pool_destroy(pool);
            ndup_samples_free(samples);
        }
    }
    cr_assert_gt(blocks, 3, "little memory makes several blocks");
    ndup_scratch_destroy(scratch);
}

Test(match_contained, candidates_are_all_that_share_enough_samples, .timeout = 600)
{
    static struct corpus c;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        fill(&c, seed);
        check_all(&c, seed == 3 ? 0.5 : 0.8, (double)seed, TEXTS);
    }
}

Test(match_contained, of_too_many_the_best_stay, .timeout = 600)
{
    static struct corpus c;
    fill(&c, 7);
    check_all(&c, 0.8, 1, 5);
    check_all(&c, 0.6, 2, 1);
}

Test(match_contained, texts_that_another_one_represents_take_no_part)
{
    static struct corpus c;
    static struct result r;
    static struct ndup_text_id alias[TEXTS];
    struct ndup_pool *pool;
    fill(&c, 9);
    for (uint32_t i = 0; i < TEXTS; i++) {
        alias[i].value = i % 2 == 0 ? i : i - 1;
        c.holds[i] = c.sought[i] = true;
    }
    r.corpus = &c;
    struct ndup_samples *samples = sample_all(&c, 1, SIZE_MAX / 2, NULL, 1);
    cr_assert_eq(ndup_pool_create(&pool, 1, NULL), NEARDUP_OK);
    const struct ndup_contained_options o = {.share = 0.8,
                                             .samples = samples,
                                             .rank_of = c.rank_of,
                                             .alias = alias,
                                             .ranks = TEXTS,
                                             .context = &r,
                                             .holds = result_holds,
                                             .sought = result_sought,
                                             .most = TEXTS,
                                             .memory_bytes = (size_t)1 << 30,
                                             .pool = pool,
                                             .found = take};
    cr_assert_eq(ndup_contained_find(&o, NULL), NEARDUP_OK);
    for (uint32_t i = 1; i < TEXTS; i += 2)
        cr_assert_eq(r.count[c.rank_of[i].value], 0);
    forget(&r);
    ndup_pool_destroy(pool);
    ndup_samples_free(samples);
}
