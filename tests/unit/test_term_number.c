/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "term/number.h"

#include <criterion/criterion.h>

static void check_count(const char *text, bool good, uint64_t expected)
{
    uint64_t value = 77;
    cr_expect_eq(ndup_number_parse_count(text, &value), good, "'%s'", text);
    cr_expect_eq(value, good ? expected : 77, "'%s' gave %llu", text, (unsigned long long)value);
}

Test(number, counts)
{
    check_count("0", true, 0);
    check_count("50M", true, 50000000);
    check_count("50m", true, 50000000);
    check_count("1.5K", true, 1500);
    check_count("2G", true, 2000000000);
    check_count("3T", true, UINT64_C(3000000000000));
    check_count("18446744073709551615", true, UINT64_MAX);
    check_count("18446744073709551616", false, 0);
    check_count("99999999999T", false, 0);
    check_count("", false, 0);
    check_count("-1", false, 0);
    check_count("+1", false, 0);
    check_count(" 1", false, 0);
    check_count("1 ", false, 0);
    check_count("1.5", false, 0);
    check_count("1e3", false, 0);
    check_count("0x10", false, 0);
    check_count("5Q", false, 0);
    check_count("5MB", false, 0);
    check_count("M", false, 0);
    check_count(".", false, 0);
}

static void check_size(const char *text, bool good, uint64_t expected)
{
    uint64_t value = 77;
    cr_expect_eq(ndup_number_parse_size(text, &value), good, "'%s'", text);
    cr_expect_eq(value, good ? expected : 77, "'%s' gave %llu", text, (unsigned long long)value);
}

Test(number, sizes)
{
    check_size("4096", true, 4096);
    check_size("10B", true, 10);
    check_size("4G", true, UINT64_C(4294967296));
    check_size("4g", true, UINT64_C(4294967296));
    check_size("4GiB", true, UINT64_C(4294967296));
    check_size("4GB", true, UINT64_C(4000000000));
    check_size("4kB", true, 4000);
    check_size("4K", true, 4096);
    check_size("1.5M", true, 1572864);
    check_size("1T", true, UINT64_C(1099511627776));
    check_size("4Gi", false, 0);
    check_size("4GG", false, 0);
    check_size("4 G", false, 0);
    check_size("iB", false, 0);
    check_size("20000000T", false, 0);
}

Test(number, reals)
{
    double value = 7;
    cr_expect(ndup_number_parse_real("0.7", &value));
    cr_expect_float_eq(value, 0.7, 0);
    cr_expect(ndup_number_parse_real(".5", &value));
    cr_expect_float_eq(value, 0.5, 0);
    cr_expect(ndup_number_parse_real("-1e-2", &value));
    cr_expect_float_eq(value, -0.01, 1e-18);
    static const char *const bad[] = {"", "nan", "inf", "0x1", "1..2", "0.7 ", " 0.7", "0,7", "1e999", "e5", "--1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(ndup_number_parse_real(bad[i], &value), "'%s'", bad[i]);
}

Test(number, seeds)
{
    uint64_t value = 7;
    cr_expect(ndup_number_parse_seed("18446744073709551615", &value));
    cr_expect_eq(value, UINT64_MAX);
    cr_expect(ndup_number_parse_seed("0xDeadBeef", &value));
    cr_expect_eq(value, 0xdeadbeef);
    cr_expect_not(ndup_number_parse_seed("0x", &value));
    cr_expect_not(ndup_number_parse_seed("18446744073709551616", &value));
    cr_expect_not(ndup_number_parse_seed("-1", &value));
    cr_expect_not(ndup_number_parse_seed("12a", &value));
}

Test(number, grouped)
{
    cr_expect_str_eq(ndup_number_group(0).text, "0");
    cr_expect_str_eq(ndup_number_group(999).text, "999");
    cr_expect_str_eq(ndup_number_group(1000).text, "1 000");
    cr_expect_str_eq(ndup_number_group(1234567).text, "1 234 567");
    cr_expect_str_eq(ndup_number_group(UINT64_MAX).text, "18 446 744 073 709 551 615");
}

Test(number, bytes_and_memory)
{
    cr_expect_str_eq(ndup_number_bytes(0).text, "0 B");
    cr_expect_str_eq(ndup_number_bytes(999).text, "999 B");
    cr_expect_str_eq(ndup_number_bytes(1000).text, "1.00 kB");
    cr_expect_str_eq(ndup_number_bytes(12345).text, "12.3 kB");
    cr_expect_str_eq(ndup_number_bytes(999499).text, "999 kB");
    cr_expect_str_eq(ndup_number_bytes(999500).text, "1.00 MB");
    cr_expect_str_eq(ndup_number_bytes(4200000000).text, "4.20 GB");
    cr_expect_str_eq(ndup_number_memory(1024).text, "1.00 KiB");
    cr_expect_str_eq(ndup_number_memory(1023).text, "1023 B");
    cr_expect_str_eq(ndup_number_memory(UINT64_C(1) << 30).text, "1.00 GiB");
    cr_expect_str_eq(ndup_number_rate(428000000, 1).text, "428 MB/s");
    cr_expect_str_eq(ndup_number_rate(1, 0).text, "-");
}

Test(number, seconds_and_percent)
{
    cr_expect_str_eq(ndup_number_seconds(0.416).text, "0.42 s");
    cr_expect_str_eq(ndup_number_seconds(9.84).text, "9.84 s");
    cr_expect_str_eq(ndup_number_seconds(59.9).text, "59.9 s");
    cr_expect_str_eq(ndup_number_seconds(59.99).text, "1 min 00 s");
    cr_expect_str_eq(ndup_number_seconds(125).text, "2 min 05 s");
    cr_expect_str_eq(ndup_number_seconds(3725).text, "1 h 02 min");
    cr_expect_str_eq(ndup_number_seconds(-1).text, "0.00 s");
    cr_expect_str_eq(ndup_number_percent(1, 4).text, "25.0 %");
    cr_expect_str_eq(ndup_number_percent(0, 0).text, "0.0 %");
}

Test(number, scores_never_claim_more)
{
    cr_expect_str_eq(ndup_number_score(0.913).text, "0.913");
    cr_expect_str_eq(ndup_number_score(1).text, "1");
    cr_expect_str_eq(ndup_number_score(0).text, "0");
    cr_expect_str_eq(ndup_number_score(0.7).text, "0.7");
    cr_expect_str_eq(ndup_number_score(2.0 / 3).text, "0.666666");
    cr_expect_str_eq(ndup_number_score(0.99999999).text, "0.999999");
    cr_expect_str_eq(ndup_number_score(0.69999999).text, "0.699999");
    cr_expect_str_eq(ndup_number_short_score(0.69999999).text, "0.699");
    cr_expect_str_eq(ndup_number_short_score(0.7).text, "0.700");
    cr_expect_str_eq(ndup_number_short_score(1).text, "1.000");
}
