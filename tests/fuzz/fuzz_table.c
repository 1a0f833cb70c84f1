/* SPDX-License-Identifier: MIT
 * Any bytes as what the program that reads tables answers, and any bytes as records of rows. However few bytes come or are taken
 * at a time, an answer is the same, and its rows can be read: each record ends where the next one begins.
 *
 * Input: a byte that says how much comes and is taken at a time, 0 for bytes that are records; then the bytes. */
#include "base/platform.h"

#include "base/buf.h"
#include "input/table_stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

struct source {
    const uint8_t *at;
    size_t left, step;
};

static neardup_status give(void *context, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    struct source *source = context;
    (void)err;
    *got = source->left < capacity ? source->left : capacity;
    *got = *got < source->step ? *got : source->step;
    if (*got > 0)
        memcpy(buffer, source->at, *got);
    source->at += *got;
    source->left -= *got;
    return NEARDUP_OK;
}

static neardup_status read_answer(const uint8_t *data, size_t size, size_t step, const struct ndup_format **format,
                                  struct ndup_buf *to)
{
    struct source source = {data, size, step};
    struct ndup_table_stream stream = {.read = give, .context = &source};
    neardup_error err = {.message = ""};
    neardup_status st = ndup_table_stream_begin(&stream, format, &err);
    size_t got = 1;
    char buffer[300];
    while (st == NEARDUP_OK && got > 0) {
        st = ndup_table_stream_read(&stream, buffer, step < sizeof buffer ? step : sizeof buffer, &got, &err);
        ndup_buf_append(to, buffer, got);
    }
    expect(st == NEARDUP_OK || err.message[0] != '\0');
    expect(ndup_table_stream_rests(&stream) || st != NEARDUP_OK || source.left > 0 ||
           stream.chunk_at < stream.chunk_len);
    ndup_table_stream_free(&stream);
    return st;
}

static void check_rows(const char *bytes, size_t length)
{
    const struct ndup_fields fields = {.text = "text", .id = "id"};
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_record_ends ends = {.format = &ndup_input_rows}, steps = ends;
    struct ndup_records it;
    struct ndup_document d, again;
    char *copy = calloc(length + NDUP_PADDING, 1);
    expect(copy != NULL);
    if (length > 0)
        memcpy(copy, bytes, length);
    for (size_t n = 0; n < length; n += 1 + n / 3)
        ndup_record_ends_find(&steps, copy, n);
    size_t whole = ndup_record_ends_find(&ends, copy, length), at = 0;
    expect(whole <= length && ndup_record_ends_find(&steps, copy, length) == whole);
    ndup_records_begin(&it, &ndup_input_rows, NULL, copy, length, true);
    while (ndup_records_next(&it, &d)) {
        expect(d.record == copy + at && d.record_length > 0);
        at += d.record_length;
        expect(ndup_parser_parse(&parser, &ndup_input_rows, NULL, &d, NULL) == NEARDUP_OK);
        expect(d.problem != NULL || d.text + d.text_length == copy + at);
        expect(at <= whole || d.problem != NULL);
        expect(ndup_parser_reread(&parser, &ndup_input_rows, NULL, d.record, d.record_length, &again, NULL) ==
               NEARDUP_OK);
        expect(again.problem == d.problem && again.text == d.text && again.id_length == d.id_length);
    }
    expect(at == length);
    ndup_parser_free(&parser);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndup_buf one = NDUP_BUF_INIT, other = NDUP_BUF_INIT;
    const struct ndup_format *format = NULL, *other_format = NULL;
    if (size == 0)
        return 0;
    if (data[0] == 0) {
        check_rows((const char *)data + 1, size - 1);
        return 0;
    }
    neardup_status st = read_answer(data + 1, size - 1, SIZE_MAX, &format, &one);
    expect(read_answer(data + 1, size - 1, data[0], &other_format, &other) == st && format == other_format);
    expect(one.len == other.len && (one.len == 0 || memcmp(one.data, other.data, one.len) == 0));
    if (format == &ndup_input_rows)
        check_rows(one.data, one.len);
    ndup_buf_free(&one);
    ndup_buf_free(&other);
    return 0;
}
