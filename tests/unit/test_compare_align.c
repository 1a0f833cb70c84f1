/* SPDX-License-Identifier: MIT
 * The alignment of two texts, as numbers: below the limits of the exact search it is a longest common subsequence, beyond them
 * it is valid, the same every time, and finds what both have in one order. */
#include "base/platform.h"

#include "compare/align.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t next_random(void)
{
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The number of tokens that are beside an equal one. Checks that the runs are what the header promises. */
static size_t matched(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    struct ndup_run *runs, *again;
    size_t count, again_count, sum = 0, a_end = 0, b_end = 0;
    cr_assert_eq(ndup_align(a, a_count, b, b_count, &runs, &count, NULL), NEARDUP_OK);
    for (size_t i = 0; i < count; i++) {
        cr_assert(runs[i].count > 0 && runs[i].a_first >= a_end && runs[i].b_first >= b_end);
        cr_assert(i == 0 || runs[i].a_first > a_end || runs[i].b_first > b_end, "neighbours that touch are one run");
        a_end = runs[i].a_first + runs[i].count;
        b_end = runs[i].b_first + runs[i].count;
        cr_assert(a_end <= a_count && b_end <= b_count);
        cr_assert_arr_eq(a + runs[i].a_first, b + runs[i].b_first, runs[i].count * sizeof *a);
        sum += runs[i].count;
    }
    cr_assert_eq(ndup_align(a, a_count, b, b_count, &again, &again_count, NULL), NEARDUP_OK);
    cr_assert_eq(again_count, count);
    if (count > 0)
        cr_assert_arr_eq(runs, again, count * sizeof *runs);
    free(runs);
    free(again);
    return sum;
}

static size_t longest_common(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t row[256] = {0};
    for (size_t i = 0; i < a_count; i++) {
        size_t corner = 0;
        for (size_t j = 0; j < b_count; j++) {
            size_t above = row[j + 1];
            row[j + 1] = a[i] == b[j] ? corner + 1 : above > row[j] ? above : row[j];
            corner = above;
        }
    }
    return row[b_count];
}

Test(compare_align, longest_common_subsequence)
{
    uint64_t a[255], b[255];
    state = 1;
    for (unsigned round = 0; round < 3000; round++) {
        size_t a_count = next_random() % (round % 3 == 0 ? 8 : 120),
               b_count = next_random() % (round % 5 == 0 ? 8 : 120);
        uint64_t letters = 1 + next_random() % 40;
        for (size_t i = 0; i < a_count; i++)
            a[i] = next_random() % letters;
        for (size_t i = 0; i < b_count; i++)
            b[i] = next_random() % letters;
        cr_assert_eq(matched(a, a_count, b, b_count), longest_common(a, a_count, b, b_count), "round %u", round);
    }
}

#define FAR 12000u

static uint64_t *far_a, *far_b;

static void far_begin(void)
{
    state = 2;
    far_a = malloc(FAR * sizeof *far_a);
    far_b = malloc(FAR * sizeof *far_b);
    cr_assert(far_a != NULL && far_b != NULL);
}

static void far_end(void)
{
    free(far_a);
    free(far_b);
}

TestSuite(compare_align_far, .init = far_begin, .fini = far_end);

/* Both texts have the same few words in no common order: no anchors, and more edits than the exact search makes. */
Test(compare_align_far, search_is_cut)
{
    for (size_t i = 0; i < FAR; i++) {
        far_a[i] = next_random() % 3000;
        far_b[i] = next_random() % 3000;
    }
    size_t found = matched(far_a, FAR, far_b, FAR);
    /* Two random texts of n tokens over k words share about 2 n / sqrt(k) in order, by the longest increasing subsequence of
     * their n * n / k equal pairs (Kiwi, Loebl, Matousek 2005). A cut search finds a good part of it. */
    cr_assert(found > 2 * FAR / 55 * 6 / 10 && found < 2 * FAR / 54 * 11 / 10, "%zu", found);
}

/* Of the first or of the last third every fifth word was changed, so that no anchor is there; the rest is in disorder. */
static void third_alike(bool last)
{
    for (size_t i = 0; i < FAR; i++) {
        bool alike = last ? i >= FAR * 2 / 3 : i < FAR / 3;
        far_a[i] = next_random() % 3000;
        far_b[i] = alike && i % 5 != 0 ? far_a[i] : next_random() % 3000;
    }
    size_t found = matched(far_a, FAR, far_b, FAR);
    cr_assert(found > FAR / 3 * 4 / 5 * 9 / 10, "%zu", found);
}

Test(compare_align_far, begin_alike)
{
    third_alike(false);
}

Test(compare_align_far, end_alike)
{
    third_alike(true);
}

/* Half of the words follow each other in both texts, in pieces of twenty, each of which is an anchor. */
Test(compare_align_far, pieces_in_one_order)
{
    for (size_t i = 0; i < FAR; i++) {
        bool same = i / 20 % 2 == 0;
        far_a[i] = same ? 10000 + i : next_random() % 3000;
        far_b[i] = same ? 10000 + i : next_random() % 3000;
    }
    size_t found = matched(far_a, FAR, far_b, FAR);
    cr_assert(found >= FAR / 2, "%zu", found);
}

/* One text twice in the other order: the halves cross, and one of them is found whole. */
Test(compare_align_far, halves_cross)
{
    for (size_t i = 0; i < FAR; i++) {
        far_a[i] = i;
        far_b[i] = (i + FAR / 2) % FAR;
    }
    cr_assert_eq(matched(far_a, FAR, far_b, FAR), FAR / 2);
}

Test(compare_align, too_many_tokens_leave_nothing)
{
    const uint64_t token = 1;
    struct ndup_run before = {0, 0, 1}, *runs = &before;
    size_t count = 7;
    neardup_error err;
    cr_assert_eq(ndup_align(&token, UINT32_MAX, &token, 1, &runs, &count, &err), NEARDUP_E_NOMEM);
    cr_assert_null(runs);
    cr_assert_eq(count, 0);
}
