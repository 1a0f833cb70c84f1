/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/verify.h"

#include <criterion/criterion.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t next_hash(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

Test(match_parity, words_grow_with_the_set)
{
    cr_assert_eq(ndup_bitmap_words(0), 1);
    cr_assert_eq(ndup_bitmap_words(16), 1);
    cr_assert_eq(ndup_bitmap_words(17), 2);
    cr_assert_eq(ndup_bitmap_words(128), 8);
    cr_assert_eq(ndup_bitmap_words(129), 16);
    cr_assert_eq(ndup_bitmap_words(1000000), 16);
}

Test(match_parity, counts_bits)
{
    uint64_t a[NDUP_BITMAP_MOST], none[NDUP_BITMAP_MOST] = {0}, all[NDUP_BITMAP_MOST];
    memset(all, 0xFF, sizeof all);
    for (size_t words = 1; words <= NDUP_BITMAP_MOST; words *= 2) {
        cr_assert_eq(ndup_bitmap_differing(none, all, words), 64 * words);
        cr_assert_eq(ndup_bitmap_differing(all, all, words), 0);
        size_t bits = 0;
        for (size_t i = 0; i < words; i++) {
            a[i] = next_hash();
            bits += (size_t)__builtin_popcountll(a[i]);
        }
        cr_assert_eq(ndup_bitmap_differing(a, none, words), bits);
    }
}

/* Never more than they differ; and, of sets that are not crowded, not much less. */
Test(match_parity, is_a_lower_bound)
{
    static uint64_t a[600], b[600];
    for (int round = 0; round < 2000; round++) {
        size_t shared = next_hash() % 300, only_a = next_hash() % 300, only_b = next_hash() % 300;
        for (size_t i = 0; i < shared; i++)
            a[i] = b[i] = next_hash();
        for (size_t i = 0; i < only_a; i++)
            a[shared + i] = next_hash();
        for (size_t i = 0; i < only_b; i++)
            b[shared + i] = next_hash();
        uint64_t own[NDUP_BITMAP_MOST];
        struct ndup_bitmaps bitmaps;
        ndup_bitmaps_make(&bitmaps, a, shared + only_a);
        for (size_t words = 1; words <= NDUP_BITMAP_MOST; words *= 2) {
            ndup_bitmap_make(own, words, b, shared + only_b);
            size_t differing = ndup_bitmap_differing(bitmaps.all + words, own, words);
            cr_assert_leq(differing, only_a + only_b);
            if (64 * words >= 8 * (only_a + only_b + 8))
                cr_assert_gt(2 * differing + 16, only_a + only_b);
            ndup_bitmap_make(own, words, a, shared + only_a);
            cr_assert_eq(ndup_bitmap_differing(bitmaps.all + words, own, words), 0, "folded is the same");
        }
    }
}
