/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cluster/order.h"

#include <criterion/criterion.h>
#include <string.h>

/* text, place, tokens, key */
static const struct ndup_ordered_text texts[] = {
    {{0}, 40, 7, "\1b"}, {{1}, 10, 9, ""},    {{2}, 30, 7, "\2a"},
    {{3}, 20, 2, "\1b"}, {{4}, 50, 9, "\1a"}, {{5}, 5, 3, ""},
};
#define COUNT (sizeof texts / sizeof texts[0])

static void check(neardup_keep keep, const char *expected)
{
    struct ndup_ordered_text sorted[COUNT];
    char order[COUNT + 1] = "";
    memcpy(sorted, texts, sizeof texts);
    ndup_order_sort(sorted, COUNT, keep);
    for (size_t i = 0; i < COUNT; i++)
        order[i] = (char)('0' + sorted[i].text.value);
    cr_assert_str_eq(order, expected);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++)
            cr_assert_eq(ndup_order_before(&sorted[i], &sorted[j], keep), i < j);
    }
}

Test(cluster_order, first_and_last)
{
    check(NEARDUP_KEEP_FIRST, "513204");
    check(NEARDUP_KEEP_LAST, "402315");
}

Test(cluster_order, longest_and_shortest_then_first)
{
    check(NEARDUP_KEEP_LONGEST, "142053");
    check(NEARDUP_KEEP_SHORTEST, "352014");
}

Test(cluster_order, by_field_then_first_and_those_without_last)
{
    check(NEARDUP_KEEP_MAX, "230451");
    check(NEARDUP_KEEP_MIN, "430251");
}

Test(cluster_order, nothing_to_sort)
{
    struct ndup_ordered_text one = texts[2];
    ndup_order_sort(NULL, 0, NEARDUP_KEEP_MAX);
    ndup_order_sort(&one, 1, NEARDUP_KEEP_MAX);
    cr_assert_eq(one.text.value, 2);
    struct ndup_ordered_text two[] = {texts[0], texts[1]};
    ndup_order_sort(two, 2, NEARDUP_KEEP_FIRST);
    cr_assert(two[0].text.value == 1 && two[1].text.value == 0);
}
