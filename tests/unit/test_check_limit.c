/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/findings.h"

#include <criterion/criterion.h>

static struct ndup_limit limit(const char *text)
{
    struct ndup_limit out = {.given = false};
    cr_assert(ndup_limit_parse(text, &out), "%s", text);
    cr_assert(out.given);
    return out;
}

Test(limit, amounts_and_shares)
{
    cr_assert_eq(limit("20").value, 20);
    cr_assert(!limit("20").percent);
    cr_assert_eq(limit("0").value, 0);
    cr_assert_eq(limit("50K").value, 50000);
    cr_assert_eq(limit("1%").value, 1);
    cr_assert(limit("1%").percent);
    cr_assert_eq(limit("0.25%").value, 0.25);
    cr_assert_eq(limit("0%").value, 0);
    cr_assert_eq(limit("100%").value, 100);
    cr_assert_eq(limit("5 %").value, 5);
}

Test(limit, what_is_neither)
{
    static const char *const bad[] = {"",    "-1",    "0.5",  "1.5",   "%",    " %",   "101%", "100.1%",
                                      "-1%", "1%%",   "1e1%", "0x1p%", "inf%", "nan",  "nan%", "many",
                                      "1 0", "1..2%", "+1",   "1% ",   "%1",   "1,5%", "1e3",  "99999999999999999999",
                                      "."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ndup_limit out = {.value = 7};
        cr_assert(!ndup_limit_parse(bad[i], &out), "'%s'", bad[i]);
        cr_assert_eq(out.value, 7);
        cr_assert(!out.given);
    }
}

Test(limit, exactly_at_it_passes)
{
    struct ndup_limit amount = limit("3"), none = limit("0"), zero = limit("0%"), all = limit("100%");
    cr_assert(!ndup_limit_exceeded(&amount, 3, 10));
    cr_assert(ndup_limit_exceeded(&amount, 4, 10));
    cr_assert(!ndup_limit_exceeded(&none, 0, 10));
    cr_assert(ndup_limit_exceeded(&none, 1, 10));
    cr_assert(!ndup_limit_exceeded(&zero, 0, 10));
    cr_assert(ndup_limit_exceeded(&zero, 1, UINT64_MAX));
    cr_assert(!ndup_limit_exceeded(&all, 10, 10));
    cr_assert(!ndup_limit_exceeded(&zero, 0, 0), "a share of nothing is nothing");
    struct ndup_limit absent = {.given = false};
    cr_assert(!ndup_limit_exceeded(&absent, 1, 1));
}

/* Every share that has up to three decimals, of a whole in which it is a whole number: exact, and one more is too much. */
Test(limit, decimals_do_not_round_across)
{
    for (unsigned thousandths = 0; thousandths <= 100000; thousandths += 7) {
        char text[32];
        snprintf(text, sizeof text, "%u.%03u%%", thousandths / 1000, thousandths % 1000);
        struct ndup_limit share = limit(text);
        for (uint64_t factor = 1; factor <= 1000000000; factor *= 1000) {
            uint64_t whole = 100000 * factor, part = thousandths * factor;
            cr_assert(!ndup_limit_exceeded(&share, part, whole), "%s of %llu", text, (unsigned long long)whole);
            cr_assert(ndup_limit_exceeded(&share, part + 1, whole), "%s of %llu", text, (unsigned long long)whole);
        }
    }
}

Test(limit, as_it_is_shown)
{
    struct ndup_limit amount = limit("12345"), share = limit("0.25%");
    cr_assert_str_eq(ndup_limit_show(&amount).text, "12 345");
    cr_assert_str_eq(ndup_limit_show(&share).text, "0.25 %");
}
