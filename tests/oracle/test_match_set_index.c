/* SPDX-License-Identifier: MIT
 * Sets looked for in sets, against counting every overlap. The shingles are few and uneven, so that many of them are in
 * more sets than have lists, and many overlaps are just at the limit. */
#include "base/platform.h"

#include "match/set_index.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SETS     400u
#define UNIVERSE 90u
#define LARGEST  40u
#define LOOKS    300u

static unsigned long long random_state;

static uint64_t next_random(void)
{
    unsigned long long x = random_state += 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ x >> 27) * 0x94D049BB133111EBull;
    return x ^ x >> 31;
}

static uint64_t universe[UNIVERSE]; /* shingles; the hash 0 is one of them */

struct corpus {
    uint64_t hashes[SETS][LARGEST]; /* reordered by the index */
    bool in[SETS][UNIVERSE];
    struct ndup_set_index_set sets[SETS];
    double share;
    bool in_looked[UNIVERSE];
    bool found[SETS];
    uint64_t visits;
    uint32_t slack; /* what need() asks for beyond the share */
};

/* The first of the universe are in most sets; some sets are those alone. */
static size_t random_set(bool in[UNIVERSE], uint64_t *hashes, unsigned common)
{
    size_t n = 0;
    unsigned kind = (unsigned)(next_random() % 4);
    memset(in, 0, UNIVERSE * sizeof *in);
    for (unsigned i = 0; i < UNIVERSE && n < LARGEST; i++) {
        unsigned chance = i < common ? (kind == 3 ? 50 : 97) : kind == 0 ? 0 : kind == 1 ? 3 : 12;
        if (next_random() % 100 >= chance)
            continue;
        in[i] = true;
        hashes[n++] = universe[i];
    }
    return n;
}

static uint32_t least(double share, uint32_t count)
{
    uint32_t n = 1;
    while ((double)n / count < share)
        n++;
    return n;
}

static uint32_t need(void *context, uint32_t set, size_t size)
{
    const struct corpus *c = context;
    (void)size;
    return c->sets[set].need + c->slack;
}

static neardup_status found(void *context, uint32_t set, uint32_t overlap, neardup_error *err)
{
    struct corpus *c = context;
    uint32_t shared = 0;
    (void)err;
    for (unsigned i = 0; i < UNIVERSE; i++)
        shared += c->in[set][i] && c->in_looked[i];
    cr_assert_eq(overlap, shared);
    c->found[set] = true;
    c->visits++;
    return NEARDUP_OK;
}

static uint32_t cohort_need(void *context, uint32_t cohort, uint32_t count, size_t size)
{
    const struct corpus *c = context;
    (void)cohort;
    (void)size;
    return least(c->share, count) + c->slack;
}

static void cohort_done(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed)
{
    cr_assert_not(closed);
    (void)context;
    (void)cohort;
    cr_assert_leq(overlap, count);
}

static uint32_t cohort_least(void *context, uint32_t cohort, uint32_t count)
{
    return cohort_need(context, cohort, count, 1);
}

static void make(struct corpus *c, unsigned long long seed)
{
    random_state = seed;
    for (unsigned i = 0; i < UNIVERSE; i++)
        universe[i] = i == 5 ? 0 : next_random();
    c->share = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 0.8 : 0.4;
    c->slack = seed % 5 == 4;
    unsigned common = 4 + (unsigned)(seed % 4) * 8;
    for (unsigned s = 0; s < SETS; s++) {
        uint32_t count = (uint32_t)random_set(c->in[s], c->hashes[s], common);
        c->sets[s] = (struct ndup_set_index_set){c->hashes[s], count, count > 0 ? least(c->share, count) : 0};
    }
}

static void look(struct corpus *c, struct ndup_seeker *seeker, unsigned common, bool first)
{

    static _Atomic uint32_t reach[SETS];
    uint64_t hashes[2 * LARGEST];
    size_t n = random_set(c->in_looked, hashes, common);
    size_t repeated = n;
    for (size_t i = 0; i < n; i += 3)
        hashes[repeated++] = hashes[i];
    const struct ndup_set_index_visitor v = {c, need, found, cohort_need, cohort_done, cohort_least, reach};
    for (unsigned i = 0; first && i < SETS; i++)
        atomic_init(&reach[i], UINT32_MAX);
    memset(c->found, 0, sizeof c->found);
    ndup_seeker_take(seeker, hashes, repeated);
    cr_assert_eq(ndup_seeker_find(seeker, &v, NULL), NEARDUP_OK);
    for (uint32_t s = 0; s < SETS; s++) {
        uint32_t shared = 0, overlap;
        size_t size;
        for (unsigned i = 0; i < UNIVERSE; i++)
            shared += c->in[s][i] && c->in_looked[i];
        bool expected = c->sets[s].count > 0 && shared >= c->sets[s].need + c->slack;
        cr_assert_eq(c->found[s], expected, "a set of %u of which %u are held, need %u", c->sets[s].count, shared,
                     c->sets[s].need);
        cr_assert_eq(ndup_seeker_overlap(seeker, s, &overlap, &size, NULL), NEARDUP_OK);
        cr_assert_eq(overlap, shared);
        cr_assert_eq(size, n);
    }
}

Test(match_sought, all_that_share_enough)
{
    static struct corpus c;
    uint64_t visits = 0, cohorts = 0;
    for (unsigned long long seed = 1; seed <= 40; seed++) {
        struct ndup_pool *pool;
        struct ndup_set_index *sought;
        struct ndup_seeker *seeker;
        make(&c, seed);
        cr_assert_eq(ndup_pool_create(&pool, 1 + (unsigned)(seed % 2), NULL), NEARDUP_OK);
        cr_assert_eq(ndup_set_index_create(&sought, c.sets, SETS, pool, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_seeker_create(&seeker, sought, NULL), NEARDUP_OK);
        cohorts += ndup_set_index_cohorts(sought);
        for (unsigned i = 0; i < LOOKS; i++)
            look(&c, seeker, 4 + (unsigned)(next_random() % 4) * 8, i == 0);
        visits += c.visits;
        ndup_seeker_free(seeker);
        ndup_set_index_free(sought);
        ndup_pool_destroy(pool);
    }
    cr_expect_gt(visits, 10000);
    cr_expect_gt(cohorts, 100);
}

Test(match_sought, no_sets_and_empty_sets)
{
    struct ndup_set_index_set sets[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct ndup_set_index_visitor v = {0};
    struct ndup_pool *pool;
    cr_assert_eq(ndup_pool_create(&pool, 1, NULL), NEARDUP_OK);
    for (uint32_t count = 0; count <= 2; count += 2) {
        struct ndup_set_index *sought;
        struct ndup_seeker *seeker;
        uint64_t hash = 7;
        cr_assert_eq(ndup_set_index_create(&sought, sets, count, pool, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_seeker_create(&seeker, sought, NULL), NEARDUP_OK);
        ndup_seeker_take(seeker, &hash, 1);
        cr_assert_eq(ndup_seeker_find(seeker, &v, NULL), NEARDUP_OK);
        ndup_seeker_take(seeker, NULL, 0);
        cr_assert_eq(ndup_seeker_find(seeker, &v, NULL), NEARDUP_OK);
        ndup_seeker_free(seeker);
        ndup_set_index_free(sought);
    }
    ndup_pool_destroy(pool);
}
