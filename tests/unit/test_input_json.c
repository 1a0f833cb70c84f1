/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json.h"
#include "input/json_reason.h"
#include "input/reader.h"
#include "support/skip.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_json *json;
static struct ndup_document out;

static neardup_status create(const char *text, const char *id, const char *keep, const char *group, neardup_error *err)
{
    return ndup_json_create(&json, &(struct ndup_fields){.text = text, .id = id, .keep = keep, .group = group}, err);
}

/* What is wrong with it; NULL: nothing. */
static const char *parse_bytes(const char *record, size_t len)
{
    cr_assert(ndup_json_parse(json, record, len, &out));
    return out.problem;
}
static char record[1 << 16];

static const char twice[] = "the text field is there twice: programs differ in which one they read";

static void set_up(void)
{
    cr_assert_eq(create("text", "id", "score", NULL, NULL), NEARDUP_OK);
}

static void tear_down(void)
{
    ndup_json_destroy(json);
}

TestSuite(input_json, .init = set_up, .fini = tear_down);

static void use_fields(const char *text, const char *id, const char *keep)
{
    ndup_json_destroy(json);
    cr_assert_eq(create(text, id, keep, NULL, NULL), NEARDUP_OK);
}

/* Parses text[0..len), followed by bytes that would show if they were read. */
static const char *parse(const char *text, size_t len)
{
    cr_assert(len + NDUP_PADDING <= sizeof record);
    memset(record, '"', sizeof record);
    memcpy(record, text, len);
    return parse_bytes(record, len);
}

static void good_bytes(const char *text, size_t len, const char *expected, size_t expected_len)
{
    const char *wrong = parse(text, len);
    cr_assert_null(wrong, "%s: %s", text, wrong);
    cr_assert_eq(out.text_length, expected_len, "%s: '%.*s'", text, (int)out.text_length, out.text);
    cr_assert_eq(memcmp(out.text, expected, expected_len), 0, "%s: '%.*s'", text, (int)out.text_length, out.text);
    volatile char sum = 0; /* the padding can be read */
    for (size_t i = 0; i < NDUP_PADDING; i++)
        sum = (char)(sum ^ out.text[out.text_length + i]);
}

static void good(const char *text, const char *expected)
{
    good_bytes(text, strlen(text), expected, strlen(expected));
}

static void bad(const char *text, const char *expected)
{
    const char *wrong = parse(text, strlen(text));
    cr_assert_not_null(wrong, "%s is good", text);
    cr_assert_str_eq(wrong, expected, "%s: %s", text, wrong);
}

static void not_json(const char *text)
{
    const char *wrong = parse(text, strlen(text));
    cr_assert_not_null(wrong, "%s is good", text);
    cr_assert_eq(strncmp(wrong, "not JSON: ", 10), 0, "%s: %s", text, wrong);
}

static void id_is(const char *expected)
{
    if (expected == NULL) {
        cr_assert_null(out.id);
        return;
    }
    cr_assert_not_null(out.id);
    cr_assert_eq(out.id_length, strlen(expected));
    cr_assert_eq(memcmp(out.id, expected, out.id_length), 0, "%.*s", (int)out.id_length, out.id);
}

Test(input_json, plain_texts)
{
    good("{\"text\":\"hello\"}", "hello");
    good(" \t{ \"a\" : 1 , \"text\" : \"hello\" } \r\n", "hello");
    good("{\"text\":\"\"}", "");
    good("{\"text\":\"a b  \",\"z\":[]}", "a b  ");
    good("{\"text\":\"{[,:]}\",\"z\":[1,[2,{\"text\":\"no\"}],{}],\"n\":null,\"t\":true,\"f\":false}", "{[,:]}");
    good("{\"\":\"\",\"text\":\"gr\xc3\xbc\xc3\x9f\"}", "gr\xc3\xbc\xc3\x9f");
    cr_assert_not(out.invalid_utf8);
}

Test(input_json, escapes)
{
    good("{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t");
    good("{\"text\":\"a\\u0041\\u00e9\\u20AC\\ud83d\\ude00z\"}", "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
    good("{\"text\":\"ends with \\\\\"}", "ends with \\");
    good("{\"text\":\"0123456789abcdef0123456789abcdef\\n0123456789abcdef\\n\"}",
         "0123456789abcdef0123456789abcdef\n0123456789abcdef\n");
    good("{\"te\\u0078t\":\"key\"}", "key");
    good_bytes("{\"text\":\"a\\u0000b\"}", 19, "a\0b", 3);
}

Test(input_json, lone_surrogates)
{
    good("{\"text\":\"a\\ud83dz\"}", "a\xef\xbf\xbdz");
    good("{\"text\":\"\\ude00\"}", "\xef\xbf\xbd");
    good("{\"text\":\"\\ud83d\\ud83d\\ude00\"}", "\xef\xbf\xbd\xf0\x9f\x98\x80");
    good("{\"text\":\"\\ud83d\\n\"}", "\xef\xbf\xbd\n");
    good("{\"text\":\"\\ud83d\\u0041\"}", "\xef\xbf\xbd"
                                          "A");
    good("{\"text\":\"\\ud83d\"}", "\xef\xbf\xbd");
}

Test(input_json, not_json)
{
    static const char *const texts[] = {"{\"text\":\"a\"} x",
                                        "{\"text\":\"a\"}}",
                                        "{\"text\":\"a\"} {}",
                                        "{\"text\":\"a\",\"b\":}",
                                        "{\"text\":\"a\"",
                                        "{\"text\":\"a\",",
                                        "{\"text\":\"a\",}",
                                        "{\"text\"",
                                        "{\"text\":",
                                        "{",
                                        "{\"a\":[1,2}",
                                        "{\"a\":[1,2",
                                        "{\"a\":[1,]}",
                                        "{\"a\":[,1]}",
                                        "{\"a\":[1 2]}",
                                        "{\"a\" 1}",
                                        "{\"a\":1 \"b\":2}",
                                        "{a:1}",
                                        "{1:1}",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":.5}",
                                        "{\"a\":+1}",
                                        "{\"a\":-}",
                                        "{\"a\":1e}",
                                        "{\"a\":1e+}",
                                        "{\"a\":0x1}",
                                        "{\"a\":1_0}",
                                        "{\"a\":NaNa}",
                                        "{\"a\":tru}",
                                        "{\"a\":truee}",
                                        "{\"a\":nul}",
                                        "{\"a\":True}",
                                        "{\"a\":1\"b\"}",
                                        "{\"a\":\"b\"c}",
                                        "{\"a\":'b'}",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\\u12\"}",
                                        "{\"a\":\"\\u12g4\"}",
                                        "{\"text\":\"\\x\"}",
                                        "{\"text\":\"\\u12\"}",
                                        "{\"text\":\"\\u12g4\"}",
                                        "{\"\\q\":1}",
                                        "{\"text\":\"a}",
                                        "{\"text\":\"a\nb\"}",
                                        "{\"a\":\"\t\"}",
                                        "{\"a\":1}\\",
                                        "{\"a\":\\\"b\"}",
                                        "{]",
                                        "{\"a\":[}]}",
                                        "{\"a\"::1}",
                                        "{\"a\":\"b\":1}",
                                        "{\"x\":{\"a\":\"b\":[]}}",
                                        "{\"x\":[\"a\":{}]}",
                                        "{,}",
                                        "{\"a\":1,,\"b\":2}",
                                        "{\"text\":\"\\x\",\"text\":\"good\"}",
                                        "{\"a\":1\f}",
                                        "{\"a\":\x01}",
                                        "",
                                        "   ",
                                        "{\"a\":1}\x1a",
                                        "{\"text\"\f:\"a\"}",
                                        "{\"text\"\x1a\"a\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        not_json(texts[i]);
}

/* Nothing after the record completes it. */
Test(input_json, cut_off_anywhere)
{
    static const char whole[] = "{\"a\":[1,{\"b\":[{}]},[]],\"text\":\"x\\n\",\"c\":{\"d\":{},\"e\":null}}";
    static const char behind[] = "{}[],:\"\\1n \n";
    for (size_t len = 0; len < sizeof whole; len++) {
        for (size_t i = 0; i < sizeof behind; i++) {
            memset(record, behind[i], sizeof record);
            memcpy(record, whole, len);
            const char *wrong = parse_bytes(record, len);
            cr_assert_eq(wrong == NULL, len == sizeof whole - 1, "%.*s then %c", (int)len, whole, behind[i]);
        }
    }
}

/* The reasons do not advise the format json to somebody who reads it. */
Test(input_json, messages_of_values)
{
    static const char one[NDUP_PADDING + 3] = "[1]", bracket[NDUP_PADDING + 1] = "]";
    static const char other[] = "not JSON: a template ({{)";
    cr_assert_str_eq(ndup_json_reason_in_values(ndup_json_reason(one, 3, "")), "not a JSON object: an array");
    cr_assert_str_eq(ndup_json_reason_in_values(ndup_json_reason(bracket, 1, "")),
                     "not JSON: part of a value; a bracket or quote before it is missing, or one too many");
    cr_assert_str_eq(ndup_json_reason_in_values(other), other);
    cr_assert_null(ndup_json_reason_in_values(NULL));
}

Test(input_json, messages)
{
    bad("{\"text\":\"a\"} x", "not JSON: something follows the object");
    bad("{\"text\":\"a\"", "not JSON: the object does not end; a bracket is missing, or the record is cut off");
    bad("{\"text\":\"a\"} {}", "not JSON: something follows the object");
    bad("{\"text\":\"a",
        "not JSON: a string does not end; a quote or line break in it must be escaped, or the record is cut off");
    bad("{\"text\":\"a\x01\"}", "not JSON: a control character in a string");
    bad("{\"text\":\"\\x\"}", "not JSON: bad escape in a string");
    bad("{\"text\":nope}", "not JSON: bad number or word");
    bad("{\xe2\x80\x9ctext\xe2\x80\x9d: \xe2\x80\x9c"
        "a\xe2\x80\x9d}",
        "not JSON: typographic quotes");
    bad("{\"a\":undefined}", "not JSON: undefined, nan or inf in place of a value");
    bad("{\"a\":[1,nan]}", "not JSON: undefined, nan or inf in place of a value");
    bad("{\"a\":inf}", "not JSON: undefined, nan or inf in place of a value");
    bad("{\"text\"=\"a\"}", "not JSON: a comma, colon, bracket or quote is missing or out of place");
    bad("", "not JSON: nothing but white space");
    bad("[1]", "not a JSON object: an array; `format` json reads its elements as records");
    bad("\"text\"", "not a JSON object: a string");
    bad("hello", "not a JSON object: plain text or CSV; `format` line, file or csv reads it");
    bad("{}", "no text field");
    bad("{\"Text\":\"a\",\"tex\":\"b\",\"textt\":\"c\"}", "no text field");
    bad("{\"text\":1}", "text field is not a string");
    bad("{\"text\":null}", "text field is not a string");
    bad("{\"text\":{\"text\":\"a\"}}", "text field is not a string");
    good("{\"text\":[\"a\"]}", "a");
}

Test(input_json, nul_bytes)
{
    cr_assert_str_eq(parse("{\"text\":\"a\0b\"}", 14), "not JSON: zero bytes; the file is damaged");
    cr_assert_str_eq(parse("{\0\"\0t\0\"\0", 8),
                     "not JSON: zero bytes, as in UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
    cr_assert_str_eq(parse("\0\0\0\0", 4), "not JSON: nothing but zero bytes, as after a crash");
    cr_assert_not_null(parse("{\"text\":\"a\"}\0", 13));
    cr_assert_not_null(parse("\0", 1));
}

Test(input_json, numbers_are_good)
{
    good("{\"a\":[0,-0,1,-1,10,1.5,0.0,1e5,1E+5,1e-5,-1.25e10,123456789012345678901234567890,1e999],\"text\":\"t\"}",
         "t");
}

Test(input_json, ids)
{
    good("{\"id\":\"a4\",\"text\":\"t\"}", "t");
    id_is("\"a4\"");
    good("{\"text\":\"t\",\"id\": 17 }", "t");
    id_is("17");
    good("{\"text\":\"t\",\"id\":123456789012345678901234567890}", "t");
    id_is("123456789012345678901234567890");
    good("{\"text\":\"t\",\"id\":\"\\u0041\\/\\\"\"}", "t");
    id_is("\"\\u0041\\/\\\"\"");
    cr_assert(out.id >= record && out.id < record + sizeof record, "not copied");
    good("{\"text\":\"t\",\"id\":1.50e3\n}", "t");
    id_is("1.50e3");
    good("{\"text\":\"t\",\"id\":null}", "t");
    id_is(NULL);
    good("{\"text\":\"t\",\"id\":{\"id\":1}}", "t");
    id_is(NULL);
    good("{\"text\":\"t\"}", "t");
    id_is(NULL);
    bad("{\"id\":3}", "no text field");
    id_is("3");
}

Test(input_json, keep_field)
{
    good("{\"score\":-1.5,\"text\":\"t\"}", "t");
    cr_assert_eq(out.keep_length, 4);
    cr_assert_eq(memcmp(out.keep, "-1.5", 4), 0);
    good("{\"score\":\"2024-01-01\",\"text\":\"t\"}", "t");
    cr_assert_eq(memcmp(out.keep, "\"2024-01-01\"", 12), 0);
    good("{\"score\":true,\"text\":\"t\"}", "t");
    cr_assert_null(out.keep);
    use_fields("text", "id", NULL);
    good("{\"score\":1,\"text\":\"t\"}", "t");
    cr_assert_null(out.keep);
}

Test(input_json, group_field)
{
    ndup_json_destroy(json);
    cr_assert_eq(create("text", "id", NULL, "meta.site", NULL), NEARDUP_OK);
    good("{\"meta\":{\"site\":\"example.org\"},\"text\":\"t\"}", "t");
    cr_assert_eq(out.group_length, 13);
    cr_assert_eq(memcmp(out.group, "\"example.org\"", 13), 0);
    cr_assert_null(out.keep);
    good("{\"meta.site\":7,\"text\":\"t\",\"meta\":{\"site\":\"a\"}}", "t");
    cr_assert_eq(out.group_length, 1);
    cr_assert_eq(out.group[0], '7');
    good("{\"meta\":{\"site\":[]},\"text\":\"t\"}", "t");
    cr_assert_null(out.group);
    good("{\"site\":\"a\",\"text\":\"t\"}", "t");
    cr_assert_null(out.group);
}

/* The place of the text: its first byte, and its length. */
static void raw_is(size_t begin, size_t len)
{
    cr_assert_eq(out.raw - record, begin, "it begins at %td", out.raw - record);
    cr_assert_eq(out.raw_length, len, "it has %zu bytes", out.raw_length);
}

Test(input_json, raw_text)
{
    good("{\"text\":\"hello\"}", "hello");
    raw_is(9, 5);
    good("{\"text\":\"\"}", "");
    raw_is(9, 0);
    good(" { \"text\" : \"a\\n\\u0041\" }", "a\nA");
    raw_is(13, 9);
    good("\xef\xbb\xbf{\"text\":\"a\"}", "a");
    raw_is(12, 1);
    bad("{\"text\":\"a\",\"text\":\"b\\n\"}", twice);
    cr_assert_null(out.raw);
    bad("{\"text\":1}", "text field is not a string");
    cr_assert_null(out.raw);
    use_fields("a.b", "id", NULL);
    good("{\"a\":{\"b\":\"deep\"}}", "deep");
    raw_is(11, 4);
    good("{\"a.b\":\"flat\",\"a\":{\"b\":\"deep\"}}", "flat");
    raw_is(8, 4);
}

Test(input_json, raw_text_that_is_not_utf8)
{
    good("{\"x\":\"\xff\xe2\x82\",\"text\":\"a\xff\xf0\x9f\x98z\",\"y\":\"\xff\"}", "a\xef\xbf\xbd\xef\xbf\xbdz");
    raw_is(19, 6);
    cr_assert_eq(out.close, 34);
    good("\xef\xbb\xbf{\"text\":\"\xff\xff\"}", "\xef\xbf\xbd\xef\xbf\xbd");
    raw_is(12, 2);
    cr_assert_eq(out.close, 15);
}

static void note_is(size_t begin, size_t end, size_t close)
{
    cr_assert_eq(out.note_begin, begin, "it begins at %zu", out.note_begin);
    cr_assert_eq(out.note_end, end, "it ends at %zu", out.note_end);
    cr_assert_eq(out.close, close, "the record is closed at %zu", out.close);
    cr_assert_not(out.no_members);
}

Test(input_json, note)
{
    good("{\"text\":\"a\"}", "a");
    note_is(0, 0, 11);
    good("{\"text\":\"a\"} \n", "a");
    note_is(0, 0, 11);
    good("{\"text\":\"a\",\"neardup\":1}", "a");
    note_is(22, 23, 23);
    good("{\"text\":\"a\",\"neardup\": true \n}", "a");
    note_is(23, 27, 29);
    good("{\"neardup\":\"}\\\"\" ,\"text\":\"a\"}", "a");
    note_is(11, 16, 28);
    good("{\"neardup\":{} ,\"text\":\"a\"}", "a");
    note_is(11, 13, 25);
    good("{\"neardup\":[1,{\"neardup\":2} ] , \"text\":\"a\"}", "a");
    note_is(11, 29, 42);
    good("{\"neardup\":1,\"text\":\"a\",\"neardup\":{\"b\":[]}}", "a");
    note_is(34, 42, 42);
    good("{\"neardu\\u0070\":{\"b\":[]},\"text\":\"a\"}", "a");
    note_is(16, 24, 35);
    good("{\"x\":{\"neardup\":1},\"text\":\"a\"}", "a");
    note_is(0, 0, 29);
    good("{\"neardup\":\"\xff\",\"text\":\"\xff\"}", "\xef\xbf\xbd");
    note_is(11, 14, 25);
    not_json("{\"neardup\":{}");
    bad("{ \t}", "no text field");
    cr_assert(out.no_members);
    cr_assert_eq(out.close, 3);
    bad("{\"a\":{}}", "no text field");
    cr_assert_not(out.no_members);
    use_fields("neardup", "neardup.id", NULL);
    good("{\"neardup\":\"a\"}", "a");
    note_is(11, 14, 14);
    raw_is(12, 1);
    use_fields("neardup.text", "id", NULL);
    good("{\"neardup\":{\"text\":\"a\"}}", "a");
    note_is(11, 23, 23);
    raw_is(20, 1);
}

/* Readers differ in which one they take. Of names that lead to no text, the last one counts. */
Test(input_json, names_that_are_there_twice)
{
    bad("{\"text\":\"a\",\"text\":\"b\"}", twice);
    bad("{\"text\":\"a\",\"text\":\"a\"}", twice);
    bad("{\"text\":\"a\",\"x\":1,\"te\\u0078t\":1}", twice);
    bad("{\"text\":null,\"text\":\"b\"}", twice);
    good("{\"text\":\"a\",\"Text\":\"b\",\"x\":1,\"x\":2,\"y\":{\"text\":\"c\",\"text\":\"d\"}}", "a");
    good("{\"text\":\"a\",\"id\":1,\"id\":2}", "a");
    id_is("2");
    use_fields("m[].c,title", "id", NULL);
    bad("{\"m\":[{\"c\":\"a\",\"c\":\"b\"}]}", twice);
    bad("{\"m\":[{\"c\":\"a\"}],\"m\":[]}", twice);
    bad("{\"title\":\"a\",\"title\":\"b\",\"m\":[{\"c\":\"a\"}]}", twice);
    good("{\"m\":[{\"c\":\"a\"},{\"c\":\"b\"}],\"title\":\"t\"}", "a\n\nb\n\nt");
    use_fields("m.1.c", "id", NULL);
    good("{\"m\":[{\"c\":\"a\",\"c\":\"x\"},{\"c\":\"b\"}]}", "b");
    bad("{\"m\":[{\"c\":\"a\"},{\"c\":\"b\",\"c\":\"c\"}]}", twice);
}

Test(input_json, dotted_paths)
{
    use_fields("a.b", "m.id", NULL);
    good("{\"m\":{\"id\":7,\"x\":{\"id\":8}},\"a\":{\"c\":1,\"b\":\"deep\"}}", "deep");
    id_is("7");
    good("{\"a\":{\"b\":\"deep\"},\"a.b\":\"flat\"}", "flat");
    good("{\"a.b\":\"flat\",\"a\":{\"b\":\"deep\"}}", "flat");
    good("{\"a.b\":\"fl\\nat\",\"a\":{\"b\":\"de\\tep\"}}", "fl\nat");
    good("{\"a\":{\"b\":\"de\\tep\"},\"a.b\":\"fl\\nat\"}", "fl\nat");
    bad("{\"a\":{\"b\":\"1\"},\"a\":{\"b\":\"2\"}}", twice);
    bad("{\"a\":{\"b\":\"1\"},\"a\":{}}", twice);
    bad("{\"a\":{\"b\":\"1\"},\"a\":3}", twice);
    bad("{\"a\":[{\"b\":\"1\"}]}", "no text field");
    bad("{\"b\":\"1\"}", "no text field");
    bad("{\"x\":{\"a\":{\"b\":\"1\"}}}", "no text field");
    bad("{\"a\":{\"x\":{\"b\":\"1\"}}}", "no text field");
    bad("{\"a\":{\"a.b\":\"1\"}}", "no text field");
    bad("{\"a\":{\"x\":1},\"b\":\"1\"}", "no text field");
    bad("{\"a\":{\"b\":{\"b\":\"x\"}}}", "text field is not a string");
    good("{\"a\":{\"x\":[{\"b\":\"0\"},{}],\"b\":\"1\"}}", "1");
    use_fields("a.b.c", "id", "a.b.d");
    good("{\"a\":{\"b\":{\"d\":5,\"c\":\"x\"}}}", "x");
    cr_assert_eq(memcmp(out.keep, "5", 1), 0);
    good("{\"a\":{\"b\":{\"c\":\"x\"},\"c\":\"y\"},\"c\":\"z\"}", "x");
    use_fields("a\"", "id", NULL);
    good("{\"a\\\"\":\"x\"}", "x");
    bad("{\"a\":\"x\"}", "no text field");
    use_fields("same", "same", "same");
    good("{\"same\":\"x\"}", "x");
    id_is("\"x\"");
}

Test(input_json, field_names)
{
    struct ndup_json *none;
    neardup_error err = {0};
    char longest[300] = {0};
    memset(longest, 'x', 256);
    cr_assert_eq(ndup_json_create(&none, &(struct ndup_fields){.text = longest, .id = "id"}, &err), NEARDUP_E_ARG);
    cr_assert_null(none);
    cr_assert_eq(ndup_json_create(&none, &(struct ndup_fields){.text = "", .id = "id"}, &err), NEARDUP_E_ARG);
    /* 255 characters, each escaped */
    longest[255] = '\0';
    use_fields(longest, "id", NULL);
    char text[4096] = "{\"";
    for (int i = 0; i < 255; i++)
        strcat(text, "\\u0078");
    strcat(text, "\":\"found\"}");
    good(text, "found");
}

Test(input_json, invalid_utf8)
{
    good("{\"id\":\"\xff\",\"text\":\"a\xff\"}", "a\xef\xbf\xbd");
    cr_assert(out.invalid_utf8);
    id_is("\"\xef\xbf\xbd\"");
    /* one replacement for each maximal part, as in the Unicode standard, table 3-8 */
    good("{\"text\":\"\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64\"}",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x62\xef\xbf\xbd\x63\xef\xbf\xbd\xef\xbf\xbd\x64");
    good("{\"text\":\"\xed\xa0\x80\"}", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    good("{\"text\":\"\xc0\xaf\xf4\x90\x80\x80\"}",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    good("{\"text\":\"\xe2\x82\"}", "\xef\xbf\xbd");
    good("{\"text\":\"\\n\xe2\x82\\n\"}", "\n\xef\xbf\xbd\n");
    bad("{\"text\":\"a\xff",
        "not JSON: a string does not end; a quote or line break in it must be escaped, or the record is cut off");
    not_json("{\"text\":\"a\xff\"} x");
    not_json("{\"a\":\xff}");
    good("{\"text\":\"a\"}", "a");
    cr_assert_not(out.invalid_utf8);
}

Test(input_json, byte_order_mark)
{
    good("\xef\xbb\xbf{\"text\":\"a\"}", "a");
    good("{\"text\":\"\xef\xbb\xbf\"}", "\xef\xbb\xbf");
    not_json("\xef\xbb\xbf");
}

static const char *nested(size_t depth, const char *middle)
{
    static char text[20000];
    size_t len = 0;
    len += (size_t)sprintf(text, "{\"text\":\"t\",\"a\":");
    for (size_t i = 1; i < depth; i++)
        text[len++] = '[';
    len += (size_t)sprintf(text + len, "%s", middle);
    for (size_t i = 1; i < depth; i++)
        text[len++] = ']';
    strcpy(text + len, "}");
    return text;
}

Test(input_json, nesting)
{
    good(nested(1024, "1"), "t");
    good(nested(1024 - 1, "{\"text\":1}"), "t");
    bad(nested(1024 + 1, "1"), "not JSON: nested deeper than 1024");
    bad(nested(8000, "1"), "not JSON: nested deeper than 1024");
}

/* Strings of every length and place, so that each crosses the blocks of the indexer; all kinds of
 * following tokens. */
Test(input_json, lengths)
{
    char text[800], expected[400];
    for (size_t before = 0; before < 140; before += 7) {
        for (size_t len = 0; len < 200; len++) {
            char *at = text + sprintf(text, "{\"x\":\"%*s\",\"text\":\"", (int)before, "");
            for (size_t i = 0; i < len; i++) {
                expected[i] = i % 17 == 16 ? '\n' : (char)('a' + i % 26);
                if (i % 17 == 16) {
                    *at++ = '\\';
                    *at++ = 'n';
                } else {
                    *at++ = expected[i];
                }
            }
            expected[len] = '\0';
            strcpy(at, len % 3 == 0 ? "\"}" : len % 3 == 1 ? "\" , \"z\":1}" : "\"\n\t}");
            good(text, expected);
        }
    }
}

Test(input_json, a_giant_record_leaves_no_memory_behind)
{
    size_t len = (size_t)24 << 20;
    char *giant = malloc(len + NDUP_PADDING);
    size_t at = (size_t)sprintf(giant, "{\"text\":\"\\n\xff");
    memset(giant + at, 'x', len - at - 2);
    memcpy(giant + len - 2, "\"}", 2);
    memset(giant + len, 0, NDUP_PADDING);
    cr_assert_null(parse_bytes(giant, len));
    cr_assert_eq(out.text_length, len - at - 2 + 4);
    /* Under the address sanitizer nothing is counted. */
    if (mallinfo2().arena == 0)
        test_skip("the bytes that are allocated", "this malloc does not count");
    size_t with = mallinfo2().uordblks + mallinfo2().hblkhd;
    free(giant);
    good("{\"text\":\"\xff\\n\"}", "\xef\xbf\xbd\n");
    size_t without = mallinfo2().uordblks + mallinfo2().hblkhd;
    cr_assert(with > len + (size_t)100 * 1024 * 1024, "it needs %zu", with);
    cr_assert(without < (size_t)6 << 20, "%zu bytes are still held", without);
}
