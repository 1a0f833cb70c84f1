/* SPDX-License-Identifier: MIT
 * Public decisions against the rule written down plainly. */
#include "neardup.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 12u

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

static void check(const uint64_t *order, const neardup_edge *edges, size_t count)
{
    uint64_t keeper[N], cluster[N], clusters, expected[N];
    double similarity[N], best[N];
    neardup_error err;
    cr_assert_eq(neardup_decide(N, order, edges, count, keeper, similarity, cluster, &clusters, &err), NEARDUP_OK, "%s",
                 err.message);
    uint64_t rank[N];
    for (uint64_t r = 0; r < N; r++)
        rank[order[r]] = r;
    for (uint64_t r = 0; r < N; r++) {
        uint64_t i = order[r];
        expected[i] = NEARDUP_NONE;
        best[i] = 0;
        for (size_t e = 0; e < count; e++) {
            if (edges[e].a == edges[e].b || (edges[e].a != i && edges[e].b != i))
                continue;
            uint64_t other = edges[e].a == i ? edges[e].b : edges[e].a;
            if (rank[other] > r || expected[other] != NEARDUP_NONE)
                continue;
            if (expected[i] == NEARDUP_NONE || edges[e].similarity > best[i] ||
                (edges[e].similarity == best[i] && rank[other] < rank[expected[i]])) {
                expected[i] = other;
                best[i] = edges[e].similarity;
            }
        }
    }
    uint64_t size[N] = {0}, found = 0;
    for (uint64_t i = 0; i < N; i++) {
        cr_assert_eq(keeper[i], expected[i], "document %u", (unsigned)i);
        cr_assert_eq(similarity[i], best[i]);
        if (keeper[i] != NEARDUP_NONE)
            found += size[keeper[i]]++ == 0;
    }
    cr_assert_eq(clusters, found);
    for (uint64_t i = 0; i < N; i++) {
        uint64_t lead = keeper[i] != NEARDUP_NONE ? keeper[i] : i, number = 1;
        if (size[lead] == 0) {
            cr_assert_eq(cluster[i], 0);
            continue;
        }
        for (uint64_t o = 0; o < N; o++)
            number += size[o] > size[lead] || (size[o] == size[lead] && o < lead);
        cr_assert_eq(cluster[i], number);
    }
}

Test(api_decide, the_rule)
{
    unsigned long long state = 1;
    for (unsigned round = 0; round < 2000; round++) {
        neardup_edge edges[30];
        uint64_t order[N];
        size_t count = draw(&state, 30);
        for (uint64_t i = 0; i < N; i++)
            order[i] = i;
        for (uint64_t i = N - 1; i > 0; i--) {
            uint64_t j = draw(&state, (unsigned)i + 1), t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        for (size_t e = 0; e < count; e++)
            edges[e] = (neardup_edge){draw(&state, N), draw(&state, N), draw(&state, 4) / 4.0 - 0.5};
        check(order, edges, count);
    }
}

Test(api_decide, columns_and_order_may_be_null)
{
    neardup_edge chain[] = {{0, 1, 0.9}, {1, 2, 0.9}};
    uint64_t keeper[3], clusters;
    cr_assert_eq(neardup_decide(3, NULL, chain, 2, keeper, NULL, NULL, &clusters, NULL), NEARDUP_OK);
    cr_expect_eq(keeper[0], NEARDUP_NONE);
    cr_expect_eq(keeper[1], 0);
    cr_expect_eq(keeper[2], NEARDUP_NONE, "a removed document removes nothing");
    cr_expect_eq(clusters, 1);
    cr_expect_eq(neardup_decide(0, NULL, NULL, 0, NULL, NULL, NULL, &clusters, NULL), NEARDUP_OK);
    cr_expect_eq(clusters, 0);
}

Test(api_decide, arguments)
{
    neardup_edge outside = {0, 3, 1}, nan = {0, 1, NAN};
    uint64_t twice[] = {0, 1, 1}, beyond[] = {0, 1, 3};
    neardup_error err;
    cr_expect_eq(neardup_decide(3, NULL, &outside, 1, NULL, NULL, NULL, NULL, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_decide(3, NULL, &nan, 1, NULL, NULL, NULL, NULL, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_decide(3, twice, NULL, 0, NULL, NULL, NULL, NULL, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_decide(3, beyond, NULL, 0, NULL, NULL, NULL, NULL, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_decide(UINT64_MAX, NULL, NULL, 0, NULL, NULL, NULL, NULL, &err), NEARDUP_E_LIMIT);
}
