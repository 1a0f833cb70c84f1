/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/rows.h"
#include "input/table_stream.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---- an answer ---- */

struct source {
    struct ndup_buf bytes;
    size_t at, step;
};

static neardup_status give(void *context, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    struct source *s = context;
    (void)err;
    *got = s->bytes.len - s->at;
    *got = *got < capacity ? *got : capacity;
    *got = *got < s->step ? *got : s->step;
    memcpy(buffer, s->bytes.data + s->at, *got);
    s->at += *got;
    return NEARDUP_OK;
}

static void put_head(struct ndup_buf *to, uint32_t kind, uint32_t rows, uint64_t length)
{
    ndup_buf_append(to, &kind, sizeof kind);
    ndup_buf_append(to, &rows, sizeof rows);
    ndup_buf_append(to, &length, sizeof length);
}

static void put_strings(struct ndup_buf *to, const char *const *strings, size_t count, bool nulls)
{
    uint64_t at = 1000; /* as in the middle of a column */
    for (size_t i = 0; i < count && nulls; i++)
        ndup_buf_append(to, &(char){strings[i] != NULL}, 1);
    ndup_buf_append(to, &at, sizeof at);
    for (size_t i = 0; i < count; i++) {
        at += strings[i] != NULL ? strlen(strings[i]) : 3;
        ndup_buf_append(to, &at, sizeof at);
    }
    for (size_t i = 0; i < count; i++)
        ndup_buf_append_str(to, strings[i] != NULL ? strings[i] : "???"); /* a null may have bytes, which are none */
}

static void put_rows(struct ndup_buf *to, const uint32_t forms[NDUP_TABLE_COLUMNS], const char *const *ids,
                     const char *const *keeps, const char *const *texts, uint32_t count)
{
    struct ndup_buf rows = NDUP_BUF_INIT;
    ndup_buf_append(&rows, forms, NDUP_TABLE_COLUMNS * sizeof *forms);
    put_strings(&rows, ids, count, (forms[NDUP_TABLE_ID] & NDUP_TABLE_NULLS) != 0);
    put_strings(&rows, keeps, count, (forms[NDUP_TABLE_KEEP] & NDUP_TABLE_NULLS) != 0);
    put_strings(&rows, texts, count, (forms[NDUP_TABLE_TEXT] & NDUP_TABLE_NULLS) != 0);
    put_head(to, 2, count, rows.len);
    ndup_buf_append(to, rows.data, rows.len);
    ndup_buf_free(&rows);
}

static neardup_status read_all(struct ndup_table_stream *stream, size_t step, struct ndup_buf *to, neardup_error *err)
{
    char buffer[64];
    size_t got = 1;
    neardup_status st = NEARDUP_OK;
    while (st == NEARDUP_OK && got > 0) {
        st = ndup_table_stream_read(stream, buffer, step < sizeof buffer ? step : sizeof buffer, &got, err);
        ndup_buf_append(to, buffer, got);
    }
    return st;
}

static void expect_value(const char *value, size_t length, const char *expected)
{
    cr_assert((value == NULL) == (expected == NULL));
    cr_assert(expected == NULL || (length == strlen(expected) && memcmp(value, expected, length) == 0), "%s", expected);
}

Test(input_rows, answers)
{
    static const uint32_t forms[] = {NDUP_TABLE_STRINGS | NDUP_TABLE_NULLS, NDUP_TABLE_STRINGS, 0, NDUP_TABLE_JSON};
    static const char *const ids[] = {"a", "quote \"", "", "z"}, *const keeps[] = {"1", "2.5", "\"x\"", "4"};
    static const char *const texts[] = {"one two three", NULL, "", "four\n\"five\""};
    static const char *const quoted[] = {"\"a\"", "\"quote \\\"\"", "\"\"", "\"z\""};
    for (size_t step = 1; step < 100; step += 7) {
        struct source source = {.step = step};
        struct ndup_table_stream stream = {.read = give, .context = &source};
        const struct ndup_format *format = NULL;
        struct ndup_buf all = NDUP_BUF_INIT;
        put_head(&source.bytes, 1, 0, 0);
        put_rows(&source.bytes, forms, ids, keeps, texts, 4);
        put_rows(&source.bytes, forms, ids, keeps, texts, 4);
        put_head(&source.bytes, 4, 0, 0);
        put_head(&source.bytes, 3, 0, 5);
        ndup_buf_append_str(&source.bytes, "{}\n\n\n");
        put_head(&source.bytes, 4, 0, 4);
        ndup_buf_append_str(&source.bytes, "why?");
        cr_assert_eq(ndup_table_stream_ready(&stream, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_table_stream_begin(&stream, &format, NULL), NEARDUP_OK);
        cr_assert_eq(format, &ndup_input_rows);
        cr_assert_not(ndup_table_stream_rests(&stream));
        cr_assert_eq(read_all(&stream, step, &all, NULL), NEARDUP_OK);
        cr_assert_eq(stream.given, all.len);
        cr_assert(ndup_buf_reserve(&all, NDUP_PADDING));
        const struct ndup_fields fields = {.text = "text"};
        struct ndup_parser parser = {.fields = &fields};
        struct ndup_records it;
        struct ndup_document d;
        ndup_records_begin(&it, format, NULL, all.data, all.len, true);
        for (size_t i = 0; i < 8; i++) {
            cr_assert(ndup_records_next(&it, &d));
            cr_assert_eq(d.line, i);
            cr_assert_eq(ndup_parser_parse(&parser, format, NULL, &d, NULL), NEARDUP_OK);
            expect_value(d.text, d.text_length, texts[i % 4]);
            expect_value(d.id, d.id_length, quoted[i % 4]);
            expect_value(d.keep, d.keep_length, keeps[i % 4]);
            cr_assert_null(d.group);
            cr_assert((d.problem != NULL) == (texts[i % 4] == NULL));
        }
        cr_assert_not(ndup_records_next(&it, &d));
        ndup_parser_free(&parser);
        /* the next answer */
        neardup_error err = {.message = ""};
        if (step == 1)
            cr_assert(ndup_table_stream_rests(&stream));
        ndup_buf_clear(&all);
        cr_assert_eq(ndup_table_stream_begin(&stream, &format, NULL), NEARDUP_OK);
        cr_assert_eq(format->code, NEARDUP_INPUT_JSONL);
        cr_assert_eq(read_all(&stream, step, &all, &err), NEARDUP_E_IO);
        cr_assert_str_eq(err.message, "pyarrow: why?");
        cr_assert(all.len == 5 && memcmp(all.data, "{}\n\n\n", 5) == 0);
        cr_assert(ndup_table_stream_rests(&stream));
        ndup_table_stream_free(&stream);
        ndup_buf_free(&all);
        ndup_buf_free(&source.bytes);
    }
}

Test(input_rows, answers_that_make_no_sense)
{
    static const uint32_t forms[] = {NDUP_TABLE_STRINGS, NDUP_TABLE_JSON, 0, NDUP_TABLE_JSON};
    static const char *const values[] = {"1", "2"};
    struct ndup_buf good = NDUP_BUF_INIT;
    put_rows(&good, forms, values, values, values, 2);
    put_head(&good, 4, 0, 0);
    size_t rests = 0;
    for (size_t at = 0; at < good.len; at++) {
        struct source source = {.step = SIZE_MAX};
        struct ndup_table_stream stream = {.read = give, .context = &source};
        const struct ndup_format *format;
        struct ndup_buf all = NDUP_BUF_INIT;
        neardup_error err = {.message = ""};
        ndup_buf_append(&source.bytes, good.data, good.len);
        source.bytes.data[at] = (char)(source.bytes.data[at] ^ 0x81);
        neardup_status st = ndup_table_stream_begin(&stream, &format, &err);
        if (st == NEARDUP_OK)
            st = read_all(&stream, 7, &all, &err);
        cr_assert(st == NEARDUP_OK || st == NEARDUP_E_FORMAT || st == NEARDUP_E_IO, "%zu: %d", at, st);
        rests += st == NEARDUP_OK && ndup_table_stream_rests(&stream);
        cr_assert((st == NEARDUP_OK) == (err.message[0] == '\0'));
        ndup_table_stream_free(&stream);
        ndup_buf_free(&all);
        ndup_buf_free(&source.bytes);
    }
    cr_assert(rests > 0 &&
              rests < 40); /* bytes of the strings, of numbers that mean nothing, and what begins anywhere */
    ndup_buf_free(&good);
}

/* ---- records ---- */

Test(input_rows, records_that_are_cut_off)
{
    struct ndup_buf bytes = NDUP_BUF_INIT;
    const struct ndup_row_names names = {.id = {"7", 1, true}, .group = {"g", 1, false}};
    ndup_rows_put(&bytes, &names, true, 3);
    ndup_buf_append(&bytes, "one", 3);
    size_t first = bytes.len;
    ndup_rows_put(&bytes, &names, false, 0);
    size_t second = bytes.len;
    ndup_rows_put(&bytes, &(struct ndup_row_names){.id = {NULL, 0, false}}, true, 3);
    ndup_buf_append(&bytes, "two", 3);
    cr_assert_not(bytes.failed);
    for (size_t n = 0; n <= bytes.len; n++) {
        struct ndup_record_ends ends = {.format = &ndup_input_rows};
        size_t end = n < first ? 0 : n < second ? first : n < bytes.len ? second : bytes.len;
        cr_assert_eq(ndup_record_ends_find(&ends, bytes.data, n), end, "%zu", n);
    }
    const struct ndup_fields fields = {.text = "text"};
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_document d;
    char copy[64 + NDUP_PADDING] = {0};
    memcpy(copy, bytes.data, first);
    cr_assert_eq(ndup_parser_reread(&parser, &ndup_input_rows, NULL, copy, first, &d, NULL), NEARDUP_OK);
    cr_assert_null(d.problem);
    expect_value(d.id, d.id_length, "7");
    expect_value(d.group, d.group_length, "\"g\"");
    cr_assert_eq(ndup_parser_reread(&parser, &ndup_input_rows, NULL, copy, first - 1, &d, NULL), NEARDUP_OK);
    cr_assert_str_eq(d.problem, "the row is cut off");
    ndup_parser_free(&parser);
    ndup_buf_free(&bytes);
}
