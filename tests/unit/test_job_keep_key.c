/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/keep_key.h"

#include <criterion/criterion.h>
#include <string.h>

static int order(const char *a, const char *b)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char ka[NDUP_KEEP_KEY], kb[NDUP_KEEP_KEY];
    ndup_keep_key(a, a == NULL ? 0 : strlen(a), c, ka);
    ndup_keep_key(b, b == NULL ? 0 : strlen(b), c, kb);
    freelocale(c);
    int sign = memcmp(ka, kb, sizeof ka);
    return (sign > 0) - (sign < 0);
}

Test(job_keep_key, keys_compare_like_the_values)
{
    static const char *const ascending[] = {NULL,
                                            "-1e300",
                                            "-18446744073709551615",
                                            "-18446744073709551614",
                                            "-9007199254740993",
                                            "-9007199254740992",
                                            "-2",
                                            "-1.5",
                                            "-1e-300",
                                            "0",
                                            "1e-300",
                                            "0.25",
                                            "1",
                                            "9",
                                            "10",
                                            "9007199254740992",
                                            "9007199254740993",
                                            "9007199254740994",
                                            "9223372036854775807",
                                            "9223372036854775808",
                                            "18446744073709551614",
                                            "18446744073709551615",
                                            "1e300",
                                            "\"\"",
                                            "\"2024-01-31T09:00:00.000Z\"",
                                            "\"2024-01-31T09:00:00.001Z\"",
                                            "\"b\"",
                                            "\"ba\"",
                                            "\"\xc3\xa9\""};
    size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++)
            cr_assert_eq(order(ascending[i], ascending[j]), (i > j) - (i < j), "%s and %s", ascending[i], ascending[j]);
    }
}

Test(job_keep_key, equal_values_have_equal_keys)
{
    cr_assert_eq(order("0", "-0"), 0);
    cr_assert_eq(order("0", "-0.0e5"), 0);
    cr_assert_eq(order("1", "1.0"), 0);
    cr_assert_eq(order("100", "1e2"), 0);
    cr_assert_eq(order("12345678901234567890123", "1.2345678901234567890123e22"), 0);
    cr_assert_eq(order("\"a very long text that is cut 1\"", "\"a very long text that is cut 2\""), 0);
}
