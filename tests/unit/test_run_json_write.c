/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/json_write.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_buf buf;

static void empty_buffer(void)
{
    buf = (struct ndup_buf)NDUP_BUF_INIT;
}

static void free_buffer(void)
{
    ndup_buf_free(&buf);
}

TestSuite(output_json_write, .init = empty_buffer, .fini = free_buffer);

static const char *written(void)
{
    ndup_buf_append(&buf, "", 1);
    return buf.failed ? "failed" : buf.data;
}

#define CHECK_STRING(bytes, expected)                                                                                  \
    do {                                                                                                               \
        ndup_buf_clear(&buf);                                                                                          \
        ndup_json_write_string(&buf, bytes, sizeof(bytes) - 1);                                                        \
        cr_assert_str_eq(written(), expected);                                                                         \
    } while (0)

#define REPLACED "\xEF\xBF\xBD"

Test(output_json_write, strings)
{
    CHECK_STRING("", "\"\"");
    CHECK_STRING("plain", "\"plain\"");
    CHECK_STRING("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    CHECK_STRING("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    CHECK_STRING("\0x\x1f\x7f", "\"\\u0000x\\u001f\\u007f\"");
    CHECK_STRING("\x01\x0b", "\"\\u0001\\u000b\"");
    CHECK_STRING("Gr\xC3\xBC\xC3\x9F \xE4\xB8\xAD \xF0\x9F\x98\x80",
                 "\"Gr\xC3\xBC\xC3\x9F \xE4\xB8\xAD \xF0\x9F\x98\x80\"");
    CHECK_STRING("\xEF\xBF\xBF\xF4\x8F\xBF\xBF", "\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"");
}

Test(output_json_write, fixed)
{
    static const struct {
        double number;
        int decimals;
        const char *expected;
    } cases[] = {{0, 3, "0.000"}, {1.2345, 3, "1.234"}, {0.5, 0, "0"}, {12.999, 1, "13.0"}, {-1, 2, "-1.00"}};
    for (int comma = 0; comma < 2; comma++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            ndup_buf_clear(&buf);
            ndup_json_write_fixed(&buf, cases[i].number, cases[i].decimals);
            cr_assert_str_eq(written(), cases[i].expected);
        }
        ndup_buf_clear(&buf);
        ndup_json_write_double(&buf, 0.7);
        cr_assert_str_eq(written(), "0.7");
        if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
            break; /* not on this machine */
    }
    setlocale(LC_NUMERIC, "C");
}

Test(output_json_write, invalid_utf8_is_replaced)
{
    CHECK_STRING("a\xFFz", "\"a" REPLACED "z\"");
    CHECK_STRING("\x80\xBF", "\"" REPLACED REPLACED "\"");
    CHECK_STRING("\xC0\xAF", "\"" REPLACED REPLACED "\"");              /* overlong */
    CHECK_STRING("\xED\xA0\x80", "\"" REPLACED REPLACED REPLACED "\""); /* surrogate */
    CHECK_STRING("\xE4\xB8", "\"" REPLACED "\"");                       /* cut off: one maximal part */
    CHECK_STRING("\xF0\x9F\x98", "\"" REPLACED "\"");
    CHECK_STRING("\xF0\x9F\x98\"", "\"" REPLACED "\\\"\"");
    CHECK_STRING("\xF4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\""); /* above U+10FFFF */
    CHECK_STRING("\xE0\x9F\x80", "\"" REPLACED REPLACED REPLACED "\"");
    CHECK_STRING("\xC3", "\"" REPLACED "\"");
}

Test(output_json_write, reads_nothing_behind)
{
    for (size_t length = 0; length < 4; length++) {
        char *exact = malloc(length > 0 ? length : 1);
        memcpy(exact, "\xF0\x9F\x98", length);
        ndup_json_write_string(&buf, exact, length);
        free(exact);
    }
    ndup_json_write_string(&buf, NULL, 0);
    cr_assert_str_eq(written(), "\"\"\"" REPLACED "\"\"" REPLACED "\"\"" REPLACED "\"\"\"");
}

static const char *score(double value)
{
    ndup_buf_clear(&buf);
    ndup_json_write_score(&buf, value);
    return written();
}

Test(output_json_write, scores)
{
    cr_assert_str_eq(score(0), "0");
    cr_assert_str_eq(score(1), "1");
    cr_assert_str_eq(score(0.7), "0.7");
    cr_assert_str_eq(score(0.5), "0.5");
    cr_assert_str_eq(score(913.0 / 1000.0), "0.913");
    cr_assert_str_eq(score(2.0 / 3.0), "0.666666");
    cr_assert_str_eq(score(1.0 / 3.0), "0.333333");
    cr_assert_str_eq(score(0.9999999), "0.999999");
    cr_assert_str_eq(score(0.69999999999), "0.699999");
    cr_assert_str_eq(score(0.000001), "0.000001");
    cr_assert_str_eq(score(0.0000009), "0");
    cr_assert_str_eq(score(12.25), "12.25");
    cr_assert_str_eq(score(-0.5), "0");
    cr_assert_str_eq(score(strtod("nan", NULL)), "0");
    cr_assert_str_eq(score(strtod("inf", NULL)), "1000000000");
}

Test(output_json_write, scores_of_six_decimals_come_back)
{
    unsigned wrong = 0;
    for (unsigned k = 0; k <= 1000000; k++) {
        char text[16];
        snprintf(text, sizeof text, "%u.%06u", k / 1000000, k % 1000000);
        wrong += strtod(score(strtod(text, NULL)), NULL) != strtod(text, NULL);
    }
    cr_assert_eq(wrong, 0);
}

Test(output_json_write, scores_never_reach_what_they_do_not)
{
    unsigned wrong = 0;
    for (unsigned b = 1; b < 700; b++) {
        for (unsigned a = 0; a <= b; a++) {
            double value = (double)a / b, read = strtod(score(value), NULL);
            wrong += read > value || value - read >= 1.000001e-6;
        }
    }
    cr_assert_eq(wrong, 0);
}

Test(output_json_write, numbers)
{
    ndup_json_write_u64(&buf, 0);
    ndup_buf_append(&buf, " ", 1);
    ndup_json_write_u64(&buf, 1234567890);
    ndup_buf_append(&buf, " ", 1);
    ndup_json_write_u64(&buf, UINT64_MAX);
    cr_assert_str_eq(written(), "0 1234567890 18446744073709551615");
}

/* ---- objects and arrays ---- */

Test(output_json_write, commas_are_counted)
{
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(&json, "line", 7);
    ndup_json_add_array(&json, "tags", NDUP_JSON_COMPACT);
    ndup_json_add_string(&json, NULL, "a");
    ndup_json_add_bytes(&json, NULL, "b\"", 2);
    ndup_json_end(&json);
    ndup_json_add_object(&json, "none", NDUP_JSON_LINES);
    ndup_json_end(&json);
    ndup_json_add_bool(&json, "yes", true);
    ndup_json_add_null(&json, "keeper");
    ndup_json_add_score(&json, "score", 2.0 / 3);
    ndup_json_add_double(&json, "double", 0.1);
    ndup_json_add_fixed(&json, "fixed", 0.5, 3);
    ndup_json_add_hex64(&json, "hex", 0xabc);
    ndup_json_add_span(&json, "span", 1, 2);
    ndup_json_add_raw(&json, "raw", "17.0", 4);
    ndup_json_end(&json);
    cr_assert_eq(json.depth, 0);
    cr_assert_str_eq(written(), "{\"line\":7,\"tags\":[\"a\",\"b\\\"\"],\"none\":{},\"yes\":true,\"keeper\":null,"
                                "\"score\":0.666666,\"double\":0.1,\"fixed\":0.500,\"hex\":\"0000000000000abc\","
                                "\"span\":[1,2],\"raw\":17.0}");
}

Test(output_json_write, layouts)
{
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    ndup_json_add_u64(&json, "a", 1);
    ndup_json_add_object(&json, "b", NDUP_JSON_LINES);
    ndup_json_add_object(&json, "c", NDUP_JSON_SPACED);
    ndup_json_add_u64(&json, "d", 2);
    ndup_json_add_span(&json, "e", 3, 4);
    ndup_json_end(&json);
    ndup_json_end(&json);
    ndup_json_add_array(&json, "f", NDUP_JSON_ROWS);
    ndup_json_add_u64(&json, NULL, 5);
    ndup_json_add_u64(&json, NULL, 6);
    ndup_json_end(&json);
    ndup_json_end(&json);
    cr_assert_str_eq(written(), "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": {\"d\": 2, \"e\": [3, 4]}\n  },\n"
                                "  \"f\": [\n5,\n6]\n}");
}

Test(output_json_write, the_buffer_may_be_emptied)
{
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_json_add_array(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(&json, NULL, 1);
    ndup_buf_clear(&buf);
    ndup_json_add_u64(&json, NULL, 2);
    ndup_json_end(&json);
    cr_assert_str_eq(written(), ",2]");
}

Test(output_json_write, too_deep_is_a_failure)
{
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    for (unsigned i = 0; i <= NDUP_JSON_WRITE_DEPTH; i++)
        ndup_json_add_array(&json, NULL, NDUP_JSON_COMPACT);
    cr_assert(buf.failed);
}

static const char *value_of(const char *raw)
{
    struct ndup_json_writer json;
    ndup_buf_clear(&buf);
    ndup_json_begin(&json, &buf);
    ndup_json_add_value(&json, NULL, raw, strlen(raw));
    return written();
}

Test(output_json_write, values_of_records_become_strict)
{
    cr_expect_str_eq(value_of("\"a\\u00e9\\n\""), "\"a\\u00e9\\n\"");
    cr_expect_str_eq(value_of("-1.5e+3"), "-1.5e+3");
    cr_expect_str_eq(value_of("\"a\xFFz\""), "\"a\xEF\xBF\xBDz\"");
    cr_expect_str_eq(value_of("\"tab\there\""), "\"tab\\there\"");
    cr_expect_str_eq(value_of("007"), "\"007\"");
    cr_expect_str_eq(value_of("1.e"), "\"1.e\"");
    cr_expect_str_eq(value_of("\"\\x\""), "\"x\"");
}
