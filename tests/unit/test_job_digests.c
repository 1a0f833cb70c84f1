/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/pool.h"
#include "engine/digests.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>

#define COUNT 200000u

static struct ndup_digest digest_of(uint32_t number)
{
    return (struct ndup_digest){number * UINT64_C(0x9E3779B97F4A7C15), number * UINT64_C(0xD6E8FEB86659FD93)};
}

Test(job_digests, the_first_text_of_a_digest_is_its_text)
{
    struct ndup_digests *digests;
    struct ndup_text_id found;
    bool added;
    cr_assert_eq(ndup_digests_create(&digests, 0, NULL), NEARDUP_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(ndup_digests_find(digests, digest_of(i), (struct ndup_text_id){i + 5}, &found, &added, NULL),
                     NEARDUP_OK);
        cr_assert(added && found.value == i + 5);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(ndup_digests_find(digests, digest_of(i), (struct ndup_text_id){1}, &found, &added, NULL),
                     NEARDUP_OK);
        cr_assert(!added && found.value == i + 5);
    }
    cr_assert(!ndup_digests_overflowed(digests));
    ndup_digests_free(digests);
}

/* Halves that agree are not enough. */
Test(job_digests, all_128_bits_count)
{
    static const struct ndup_digest some[] = {{1, 2}, {1, 3}, {2, 2}, {0, 0}, {0, UINT64_MAX}, {UINT64_MAX, 0}};
    struct ndup_digests *digests;
    struct ndup_text_id found;
    bool added;
    cr_assert_eq(ndup_digests_create(&digests, 0, NULL), NEARDUP_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 6; i++) {
            cr_assert_eq(ndup_digests_find(digests, some[i], (struct ndup_text_id){i}, &found, &added, NULL),
                         NEARDUP_OK);
            cr_assert_eq(added, round == 0);
            cr_assert_eq(found.value, i);
        }
    }
    ndup_digests_free(digests);
}

Test(job_digests, what_does_not_fit_is_a_text_of_its_own_every_time)
{
    struct ndup_digests *digests;
    struct ndup_text_id found;
    uint32_t kept = 0;
    bool added;
    cr_assert_eq(ndup_digests_create(&digests, (size_t)2 << 20, NULL), NEARDUP_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(ndup_digests_find(digests, digest_of(i), (struct ndup_text_id){i}, &found, &added, NULL),
                     NEARDUP_OK);
        cr_assert(added && found.value == i);
    }
    cr_assert(ndup_digests_overflowed(digests));
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(ndup_digests_find(digests, digest_of(i), (struct ndup_text_id){COUNT + i}, &found, &added, NULL),
                     NEARDUP_OK);
        cr_assert_eq(found.value, added ? COUNT + i : i);
        kept += !added;
    }
    /* 20 bytes a slot, shards at most 3/4 full: no more than 2 MiB hold, and not much less than they must */
    cr_assert_lt(kept, ((uint32_t)2 << 20) / 20 * 3 / 4);
    cr_assert_gt(kept, ((uint32_t)2 << 20) / 20 * 3 / 8);
    ndup_digests_free(digests);
}

Test(job_digests, a_table_of_no_room_finds_nothing)
{
    struct ndup_digests *digests;
    struct ndup_text_id found;
    bool added;
    cr_assert_eq(ndup_digests_create(&digests, 1, NULL), NEARDUP_OK);
    for (uint32_t i = 0; i < 10; i++) {
        cr_assert_eq(ndup_digests_find(digests, digest_of(1), (struct ndup_text_id){i}, &found, &added, NULL),
                     NEARDUP_OK);
        cr_assert(added && found.value == i);
    }
    cr_assert(ndup_digests_overflowed(digests));
    ndup_digests_free(digests);
}

struct race {
    struct ndup_digests *digests;
    atomic_uint next;
    atomic_uint added;
    _Atomic uint32_t text[COUNT]; /* + 1 */
};

/* Every digest is looked up twice, by any thread: exactly one look-up is first, and both get its text. */
static void ask(void *context, unsigned member)
{
    struct race *r = context;
    (void)member;
    for (uint32_t i; (i = atomic_fetch_add(&r->next, 1)) < 2 * COUNT;) {
        struct ndup_text_id found;
        uint32_t none = 0;
        bool added;
        if (ndup_digests_find(r->digests, digest_of(i / 2), (struct ndup_text_id){i}, &found, &added, NULL) !=
                NEARDUP_OK ||
            found.value / 2 != i / 2 || (added && found.value != i))
            abort();
        atomic_fetch_add(&r->added, added);
        if (!atomic_compare_exchange_strong(&r->text[i / 2], &none, found.value + 1) && none != found.value + 1)
            abort();
    }
}

Test(job_digests, threads_agree)
{
    struct ndup_pool *pool;
    struct race *r = calloc(1, sizeof *r);
    cr_assert_eq(ndup_pool_create(&pool, 4, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_digests_create(&r->digests, 0, NULL), NEARDUP_OK);
    ndup_pool_run(pool, ask, r);
    cr_assert_eq(atomic_load(&r->added), COUNT);
    ndup_digests_free(r->digests);
    ndup_pool_destroy(pool);
    free(r);
}
