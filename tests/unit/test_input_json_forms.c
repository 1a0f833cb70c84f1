/* SPDX-License-Identifier: MIT
 * Which form a file of JSON has, and where its records are. */
#include "base/platform.h"

#include "input/format_json.h"

#include <criterion/criterion.h>
#include <string.h>

static enum ndup_json_form look(const char *bytes)
{
    return ndup_json_look(bytes, strlen(bytes), true);
}

Test(json_forms, lines)
{
    cr_expect_eq(look(""), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("{}"), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("{\"a\":1}\n{\"a\":2}\n"), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("{\"a\":1}\r\n{\"a\":2}\r\n"), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("{\"a\":1},\n{\"a\":2},\n"), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("{\"a\":1,\n{\"a\":2}\n"), NDUP_JSON_FORM_LINES, "a line that was cut off");
    cr_expect_eq(look("{\"a\":\n{\"a\":2}}\n"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{\"a\":\"x\n{\"a\":2}\n"), NDUP_JSON_FORM_LINES, "a string that was cut off");
    cr_expect_eq(look("[1,2]\n[3]\n"), NDUP_JSON_FORM_LINES, "an array per line");
    cr_expect_eq(look("text\n"), NDUP_JSON_FORM_LINES);
    cr_expect_eq(look("[link](x)\n"), NDUP_JSON_FORM_LINES);
}

Test(json_forms, stream)
{
    cr_expect_eq(look("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{\r  \"a\": 1\r}\r"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{\"a\":[\n1,\n2]}"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{\"a\":1}{\"a\":2}"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{\"a\":1}\r{\"a\":2}\r"), NDUP_JSON_FORM_STREAM);
    cr_expect_eq(look("{}\n"), NDUP_JSON_FORM_LINES);
}

Test(json_forms, array)
{
    cr_expect_eq(look("[]"), NDUP_JSON_FORM_ARRAY);
    cr_expect_eq(look("[{\"a\":1},{\"a\":2}]"), NDUP_JSON_FORM_ARRAY);
    cr_expect_eq(look("\xef\xbb\xbf[\n{\"a\":1},\n{\"a\":2}\n]\n"), NDUP_JSON_FORM_ARRAY);
    cr_expect_eq(look("[]\n[\n{\"a\":1}]"), NDUP_JSON_FORM_ARRAY);
    cr_expect_eq(look("[1,\n2]"), NDUP_JSON_FORM_ARRAY);
}

/* More bytes never change an answer that was given, in whatever pieces they come. */
Test(json_forms, pieces)
{
    static const char *const files[] = {"{\n \"a\": [1,\n{\"b\":\"]}\"}]\n}\n{}", "[\n {\"a\":1},\n {}\n]\n",
                                        "{\"a\":1}\r\n{}", "{\"a\":1} {}", "[]\n[\n{}]"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        enum ndup_json_form whole = look(files[i]);
        for (size_t n = 0; n < strlen(files[i]); n++) {
            enum ndup_json_form part = ndup_json_look(files[i], n, false);
            cr_expect(part == NDUP_JSON_FORM_UNKNOWN || part == whole, "%s: %zu bytes", files[i], n);
        }
    }
}

/* ---- records ---- */

struct taken {
    const char *record, *value;
    unsigned line;
};

static void records(const struct ndup_format *format, const char *bytes, const struct taken *expected, size_t count)
{
    struct ndup_records it;
    struct ndup_document d;
    size_t n = 0, length = strlen(bytes);
    char padded[512] = "";
    memcpy(padded, bytes, length + 1);
    ndup_records_begin(&it, format, NULL, padded, length, true);
    for (; ndup_records_next(&it, &d); n++) {
        cr_assert_lt(n, count, "%s", bytes);
        cr_expect(d.record_length == strlen(expected[n].record) &&
                      memcmp(d.record, expected[n].record, d.record_length) == 0,
                  "%s: record %zu is '%.*s'", bytes, n, (int)d.record_length, d.record);
        cr_expect(d.length == strlen(expected[n].value) && memcmp(d.record, expected[n].value, d.length) == 0,
                  "%s: value %zu is '%.*s'", bytes, n, (int)d.length, d.record);
        cr_expect_eq(d.line, expected[n].line, "%s: record %zu is in line %u", bytes, n, d.line);
        cr_expect_gt(d.end_line, d.line);
    }
    cr_expect_eq(n, count, "%s: %zu records", bytes, n);

    /* A batch ends before a record, and all records are in one batch or the other. */
    for (size_t step = 1; step < 8; step++) {
        struct ndup_record_ends ends = {.format = format, .file_start = true};
        size_t last = 0;
        for (size_t have = step; have < length + step; have += step)
            last = ndup_record_ends_find(&ends, padded, have < length ? have : length);
        const char *end = padded + last;
        ndup_records_begin(&it, format, NULL, padded, last, true);
        for (n = 0; ndup_records_next(&it, &d); n++)
            cr_expect_leq(d.record + d.record_length, end);
        ndup_records_begin(&it, format, NULL, end, length - last, last == 0);
        for (; ndup_records_next(&it, &d); n++)
            cr_expect(memcmp(d.record, expected[n < count ? n : 0].value, d.length) == 0);
        cr_expect_eq(n, count, "%s: %zu records in pieces of %zu", bytes, n, step);
    }
}

#define RECORDS(format, bytes, ...)                                                                                    \
    records(format, bytes, (const struct taken[]){__VA_ARGS__},                                                        \
            sizeof((const struct taken[]){__VA_ARGS__}) / sizeof(struct taken))

Test(json_forms, records_of_a_stream)
{
    RECORDS(&ndup_input_json, "{\"a\":1}{\"a\":2}", {"{\"a\":1}", "{\"a\":1}", 0}, {"{\"a\":2}", "{\"a\":2}", 1});
    RECORDS(&ndup_input_json, "\n{\n}\n\n{\n}\n", {"{\n}\n\n", "{\n}", 1}, {"{\n}\n", "{\n}", 4});
    RECORDS(&ndup_input_json, "{\"a\":\"}\\\"{\"} {}", {"{\"a\":\"}\\\"{\"} ", "{\"a\":\"}\\\"{\"}", 0},
            {"{}", "{}", 1});
    RECORDS(&ndup_input_json, "{}\r{}\r", {"{}\r", "{}", 0}, {"{}\r", "{}", 1});
    RECORDS(&ndup_input_json, "{} # x {\n{}", {"{} ", "{}", 0}, {"# x {\n", "# x {", 1}, {"{}", "{}", 2});
    RECORDS(&ndup_input_json, "{\"a\n}\n{}", {"{\"a\n}\n", "{\"a\n}", 0}, {"{}", "{}", 2});
}

Test(json_forms, records_of_an_array)
{
    const struct ndup_format *array = &ndup_input_json_array;
    RECORDS(array, "[{},{}]", {"{},", "{}", 0}, {"{}", "{}", 1});
    RECORDS(array, "[\n  {},\n  {}\n]\n", {"{},\n  ", "{}", 1}, {"{}", "{}", 2});
    RECORDS(array, "[\n{}\n,\n[1,[2]]\n]", {"{}\n,\n", "{}", 1}, {"[1,[2]]", "[1,[2]]", 3});
    RECORDS(array, "[1, \"]\", null ]", {"1, ", "1", 0}, {"\"]\", ", "\"]\"", 1}, {"null", "null", 2});
    RECORDS(array, "[{}]\n[]\n[{}]", {"{}", "{}", 0}, {"{}", "{}", 2});
    RECORDS(array, "[{},]", {"{},", "{}", 0});
}

Test(json_forms, commas)
{
    cr_expect(ndup_json_has_comma("{\"a\":\",\"} ,\n", 12));
    cr_expect_not(ndup_json_has_comma("{\"a\":\",\"}\n", 10));
    cr_expect_not(ndup_json_has_comma("", 0));
}
