/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "compare/align.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A letter is a shingle; the runs as "a_first b_first count" in a text. */
static const char *runs(const char *a, const char *b)
{
    static char text[512];
    uint64_t ha[256], hb[256];
    struct ndup_run *found;
    size_t count, n = 0;
    for (size_t i = 0; a[i] != '\0'; i++)
        ha[i] = (uint64_t)a[i] * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; b[i] != '\0'; i++)
        hb[i] = (uint64_t)b[i] * 0x9E3779B97F4A7C15u;
    cr_assert_eq(ndup_passages_find(ha, strlen(a), hb, strlen(b), &found, &count, NULL), NEARDUP_OK);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%zu %zu %zu, ", found[i].a_first, found[i].b_first,
                              found[i].count);
    free(found);
    return text;
}

Test(match_passages, equal_runs_in_the_order_of_a)
{
    cr_assert_str_eq(runs("abcdef", "abcdef"), "0 0 6, ");
    cr_assert_str_eq(runs("abcxyz", "xyzabc"), "0 3 3, 3 0 3, ");
    cr_assert_str_eq(runs("abcdef", "xxcdxx"), "2 2 2, ");
    cr_assert_str_eq(runs("a-b-c", "abc"), "0 0 1, 2 1 1, 4 2 1, ");
    cr_assert_str_eq(runs("abab", "ab"), "0 0 2, 2 0 2, ");
}

Test(match_passages, nothing_is_shared)
{
    cr_assert_str_eq(runs("", ""), "");
    cr_assert_str_eq(runs("abc", ""), "");
    cr_assert_str_eq(runs("", "abc"), "");
    cr_assert_str_eq(runs("abc", "xyz"), "");
}

Test(match_passages, the_longest_of_several_places_wins_and_the_first_of_equals)
{
    cr_assert_str_eq(runs("abcd", "ab-abc-abcd-ab"), "0 7 4, ");
    cr_assert_str_eq(runs("ab", "xab-ab"), "0 1 2, ");
    cr_assert_str_eq(runs("aaaa", "aa-aaa"), "0 3 3, 3 0 1, ");
}

Test(match_passages, only_the_first_places_are_tried)
{
    char b[256] = "";
    for (int i = 0; i < 70; i++)
        strcat(b, "a-");
    strcat(b, "ab");
    cr_assert_str_eq(runs("ab", b), "0 0 1, 1 141 1, ", "the 71st place is not looked at");
    memmove(b, b + 20, strlen(b + 20) + 1);
    cr_assert_str_eq(runs("ab", b), "0 120 2, ", "the 61st is");
}

/* The same word again and again. */
Test(match_passages, repetition_costs_linear_time, .timeout = 1800)
{
    enum { COUNT = 400000 };
    uint64_t *a = malloc(COUNT * sizeof *a), *b = malloc(COUNT * sizeof *b);
    struct ndup_run *found;
    size_t count;
    for (size_t i = 0; i < COUNT; i++)
        a[i] = b[i] = 7;
    b[COUNT / 2] = 8;
    cr_assert_eq(ndup_passages_find(a, COUNT, b, COUNT, &found, &count, NULL), NEARDUP_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(found[0].count, COUNT / 2);
    free(found);
    free(a);
    free(b);
}
