/* SPDX-License-Identifier: MIT
 * JSON value by value. */
#include "base/platform.h"

#include "input/json_value.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_json_reader *reader;
/* The text with padding that is not spaces: the bytes after it must not matter. */
static char *copy;

static void make(void)
{
    cr_assert_eq(ndup_json_reader_create(&reader, NULL), NEARDUP_OK);
}

static void drop(void)
{
    ndup_json_reader_destroy(reader);
    free(copy);
    copy = NULL;
}

TestSuite(json_value, .init = make, .fini = drop);

static const char *begin(const char *text)
{
    size_t len = strlen(text);
    free(copy);
    copy = malloc(len + NDUP_PADDING);
    memcpy(copy, text, len);
    memset(copy + len, '}', NDUP_PADDING);
    return ndup_json_reader_begin(reader, copy, len);
}

/* Everything, as text: names and raw scalars; containers whose name begins with "skip" are not entered. */
static void dump(struct ndup_buf *to)
{
    static const char types[] = "oasntfz";
    struct ndup_json_value v;
    enum ndup_json_step step;
    while ((step = ndup_json_reader_next(reader, &v)) == NDUP_JSON_VALUE) {
        ndup_buf_printf(to, "%c:%.*s=%.*s ", types[v.type], (int)v.key_len, v.key != NULL ? v.key : "", (int)v.raw_len,
                        v.raw);
        if (v.type <= NDUP_JSON_ARRAY && (v.key_len < 4 || memcmp(v.key, "skip", 4) != 0)) {
            ndup_json_reader_enter(reader);
            dump(to);
        }
    }
    ndup_buf_append_str(to, step == NDUP_JSON_END ? ". " : "WRONG ");
}

static void expect(const char *text, const char *expected)
{
    struct ndup_buf got = NDUP_BUF_INIT;
    const char *wrong = begin(text);
    if (wrong == NULL)
        dump(&got);
    else
        ndup_buf_append_str(&got, "WRONG");
    ndup_buf_append(&got, "", 1);
    if (strcmp(expected, "WRONG") == 0) {
        cr_expect_not_null(strstr(got.data, "WRONG"), "%s gives %s", text, got.data);
        cr_expect_not_null(ndup_json_reader_wrong(reader), "%s", text);
    } else {
        cr_expect_str_eq(got.data, expected);
        cr_expect_null(ndup_json_reader_wrong(reader));
    }
    ndup_buf_free(&got);
}

Test(json_value, values_of_every_kind)
{
    expect("{}", ". ");
    expect(" { \"a\" : 1 , \"b\":\"x\\\"y\" ,\"c\":true,\"d\":false,\"e\":null}\n",
           "n:a=1 s:b=\"x\\\"y\" t:c=true f:d=false z:e=null . ");
    expect("{\"a\":[1,[2,{\"b\":3}],[]],\"c\":{}}", "a:a=[ n:=1 a:=[ n:=2 o:={ n:b=3 . . a:=[ . . o:c={ . . ");
    expect("{\"skip\":{\"a\":[1,2,{\"x\":\"}\"}]},\"skip2\":[[],{}],\"b\":1}", "o:skip={ a:skip2=[ n:b=1 . ");
    expect("{\"n\":-0.5e+10,\"id\":17.0}", "n:n=-0.5e+10 n:id=17.0 . ");
    /* More than one text with one reader, and one after a wrong one. */
    expect("{\"a\":tru}", "WRONG");
    expect("{\"a\":1}", "n:a=1 . ");
}

Test(json_value, what_is_not_json)
{
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "[]",
        "\"a\"",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[1 2]}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":1]}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":nul}",
        "{\"a\":truee}",
        "{\"a\":\"x}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":1}x",
        "{\"a\":1},",
        "{\"a\":[1]",
        "{\"a\":[1,[2,[3]]",
        /* also where nobody looks */
        "{\"skip\":{\"a\":01}}",
        "{\"skip\":[1 2]}",
        "{\"skip\":{\"a\":}}",
        "{\"skip\":[",
        "{\"skip\":{\"a\" 1}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect(bad[i], "WRONG");
    /* Once wrong, wrong until the next text. */
    struct ndup_json_value v;
    cr_assert_null(begin("{\"a\":nul,\"b\":1}"));
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_WRONG);
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_WRONG);
}

Test(json_value, deep_nesting)
{
    char text[5000] = "{\"skip\":";
    size_t n = strlen(text);
    memset(text + n, '[', 1000);
    memset(text + n + 1000, ']', 1000);
    strcpy(text + n + 2000, "}");
    expect(text, "a:skip=[ . ");
    memset(text + n, '[', 2000);
    memset(text + n + 2000, ']', 2000);
    strcpy(text + n + 4000, "}");
    expect(text, "WRONG");
    expect("{\"a\":[[[[[[[1]]]]]]]}", "a:a=[ a:=[ a:=[ a:=[ a:=[ a:=[ a:=[ n:=1 . . . . . . . . ");
    expect("{\"a\":[[[[[[[[1]]]]]]]]}", "WRONG");
    cr_assert_str_eq(ndup_json_reader_wrong(reader), "nested deeper than expected");
}

/* Longer than the memory that a reader begins with, and a short one again. */
Test(json_value, long_texts)
{
    size_t members = 200000;
    struct ndup_buf text = NDUP_BUF_INIT;
    struct ndup_json_value v;
    uint64_t number, sum = 0;
    ndup_buf_append_str(&text, "{\"a\":[0");
    for (size_t i = 1; i < members; i++)
        ndup_buf_printf(&text, ",%zu", i);
    ndup_buf_append_str(&text, "]}");
    size_t len = text.len;
    cr_assert(ndup_buf_reserve(&text, NDUP_PADDING));
    cr_assert_null(ndup_json_reader_begin(reader, text.data, len));
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_VALUE);
    ndup_json_reader_enter(reader);
    for (size_t i = 0; i < members; i++) {
        cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_VALUE);
        cr_assert(ndup_json_value_u64(&v, &number));
        sum += number;
    }
    cr_assert_eq(sum, (uint64_t)members * (members - 1) / 2);
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_END);
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_END);
    ndup_buf_free(&text);
    expect("{\"a\":1}", "n:a=1 . ");
}

static struct ndup_json_value value_of(const char *text)
{
    struct ndup_json_value v;
    cr_assert_null(begin(text));
    cr_assert_eq(ndup_json_reader_next(reader, &v), NDUP_JSON_VALUE);
    return v;
}

Test(json_value, numbers)
{
    struct ndup_json_value v = value_of("{\"a\":18446744073709551615}");
    uint64_t n;
    double d;
    cr_assert(ndup_json_value_u64(&v, &n));
    cr_assert_eq(n, UINT64_MAX);
    static const char *const no_count[] = {
        "{\"a\":18446744073709551616}", "{\"a\":-1}", "{\"a\":1.0}", "{\"a\":1e3}", "{\"a\":\"1\"}", "{\"a\":null}"};
    for (size_t i = 0; i < sizeof no_count / sizeof no_count[0]; i++) {
        v = value_of(no_count[i]);
        cr_expect_not(ndup_json_value_u64(&v, &n), "%s", no_count[i]);
    }
    v = value_of("{\"a\":0.913}");
    cr_assert(ndup_json_value_double(&v, &d));
    cr_assert_eq(d, 0.913);
    v = value_of("{\"a\":1e400}");
    cr_assert_not(ndup_json_value_double(&v, &d));
    v = value_of("{\"a\":true}");
    cr_assert_not(ndup_json_value_double(&v, &d));
}

Test(json_value, strings)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    struct ndup_json_value v = value_of("{\"name\":\"a\\n\\u00e9\\ud83d\\ude00\\\"\"}");
    cr_assert(ndup_json_value_is(&v, "name"));
    cr_assert_not(ndup_json_value_is(&v, "nam"));
    cr_assert_not(ndup_json_value_is(&v, "names"));
    cr_assert(ndup_json_value_string(&v, &text));
    cr_assert_eq(text.len, strlen("a\n\xc3\xa9\xf0\x9f\x98\x80\""));
    cr_assert_eq(memcmp(text.data, "a\n\xc3\xa9\xf0\x9f\x98\x80\"", text.len), 0);
    v = value_of("{\"a\":\"bad \\q\"}");
    cr_assert_not(ndup_json_value_string(&v, &text));
    cr_assert_not(text.failed);
    v = value_of("{\"a\":1}");
    cr_assert_not(ndup_json_value_string(&v, &text));
    ndup_buf_free(&text);
}
