/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/suggest.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const names[] = {"threshold", "threads", "text-field", "tokens", "find", "dedup"};

static const char *nearest(const char *typed)
{
    return ndup_suggest_nearest(typed, names, sizeof names / sizeof *names);
}

Test(suggest, typing_errors)
{
    cr_expect_str_eq(nearest("treshold"), "threshold");
    cr_expect_str_eq(nearest("thresh"), "threshold");
    cr_expect_str_eq(nearest("thread"), "threads");
    cr_expect_str_eq(nearest("textfield"), "text-field");
    cr_expect_str_eq(nearest("fnid"), "find");
    cr_expect_str_eq(nearest("dedupe"), "dedup");
}

Test(suggest, nothing_is_near)
{
    cr_expect_null(nearest("verbosity"));
    cr_expect_null(nearest(""));
    cr_expect_null(nearest("x"));
}

Test(suggest, long_names_are_no_danger)
{
    char name[4096];
    memset(name, 't', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cr_expect_null(nearest(name));
    name[63] = '\0';
    cr_expect_null(nearest(name));
}

Test(suggest, closeness_is_symmetric_and_largest_for_equals)
{
    cr_expect_float_eq(ndup_suggest_closeness("tokens", "tokens"), 2, 1e-12);
    cr_expect_float_eq(ndup_suggest_closeness("token", "tokens"), ndup_suggest_closeness("tokens", "token"), 1e-12);
}
