/* SPDX-License-Identifier: MIT
 * Documents of a caller, with any bytes in their texts, ids and groups. The records that the engine reads, lines of JSON or rows, hold
 * what was given (in JSON bytes that are not UTF-8 are U+FFFD), one record per document, however the caller groups its answers and however
 * the bytes are fetched; and any range of the bytes, read again, is the same.
 *
 * Input: flags, documents in an answer, bytes in a read; then documents: what it has, lengths of id and group, length of the
 * text (two bytes), and these. */
#include "base/platform.h"

#include "base/buf.h"
#include "fuzz/undecoded.h"
#include "input/feed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* ---- the caller ---- */

#define MOST_DOCUMENTS 1000

static struct {
    neardup_document documents[MOST_DOCUMENTS];
    size_t count, most; /* in an answer */
} caller;

enum { HAS_ID = 1, HAS_GROUP = 2, HAS_KEEP = 4, NO_TEXT = 8 };

static const char *take(const uint8_t **at, const uint8_t *end, size_t *length)
{
    const uint8_t *begin = *at;
    if (*length > (size_t)(end - begin))
        *length = (size_t)(end - begin);
    *at += *length;
    return (const char *)begin;
}

static void take_documents(const uint8_t *at, const uint8_t *end)
{
    for (caller.count = 0; caller.count < MOST_DOCUMENTS && end - at >= 5; caller.count++) {
        neardup_document d = {.id_length = at[1],
                              .group_length = at[2],
                              .text_length = at[3] | (size_t)at[4] << 8,
                              .keep_by = (at[0] & HAS_KEEP) != 0 ? at[1] * 0.1 - at[2] * 1e9 : NAN};
        unsigned has = at[0];
        at += 5;
        d.id = take(&at, end, &d.id_length);
        d.group = take(&at, end, &d.group_length);
        d.text = take(&at, end, &d.text_length);
        if ((has & HAS_ID) == 0)
            d.id = NULL;
        if ((has & HAS_GROUP) == 0)
            d.group = NULL;
        if ((has & NO_TEXT) != 0) {
            d.text = NULL;
            d.text_length = 0;
        }
        caller.documents[caller.count] = d;
    }
}

static neardup_status read_documents(void *context, uint64_t first, neardup_document *documents, size_t most,
                                     size_t *count, neardup_error *err)
{
    (void)context;
    (void)err;
    if (most > caller.most)
        most = caller.most;
    for (*count = 0; *count < most && first + *count < caller.count; ++*count)
        documents[*count] = caller.documents[first + *count];
    return NEARDUP_OK;
}

/* ---- what the engine must read ---- */

/* Bytes of the well-formed UTF-8 character at p, or minus those of the maximal subpart that is not one (Unicode, table 3-7
 * and section 3.9). */
static int character(const unsigned char *p, const unsigned char *end)
{
    unsigned char low = 0x80, high = 0xBF;
    int tails;
    if (*p < 0x80)
        return 1;
    if (*p < 0xC2 || *p > 0xF4)
        return -1;
    tails = *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
    if (*p == 0xE0)
        low = 0xA0;
    else if (*p == 0xED)
        high = 0x9F;
    else if (*p == 0xF0)
        low = 0x90;
    else if (*p == 0xF4)
        high = 0x8F;
    for (int i = 1; i <= tails; i++) {
        if (p + i == end || p[i] < low || p[i] > high)
            return -i;
        low = 0x80;
        high = 0xBF;
    }
    return tails + 1;
}

static struct ndup_buf wanted;

static void put_valid(const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    ndup_buf_clear(&wanted);
    while (p < end) {
        int n = character(p, end);
        if (n > 0)
            ndup_buf_append(&wanted, p, (size_t)n);
        else
            ndup_buf_append(&wanted, "\xef\xbf\xbd", 3);
        p += n > 0 ? n : -n;
    }
}

static bool is_valid(const char *bytes, size_t length)
{
    put_valid(bytes, length);
    return wanted.len == length && (length == 0 || memcmp(wanted.data, bytes, length) == 0);
}

/* The text of a string in the record: raw JSON, of which a caller of the library sees these bytes. */
static void check_string(const char *raw, size_t raw_length, const char *given, size_t length)
{
    struct ndup_buf back = NDUP_BUF_INIT;
    expect(raw != NULL && raw_length >= 2 && raw[0] == '"' && raw[raw_length - 1] == '"');
    for (size_t i = 1; i + 1 < raw_length; i++) {
        unsigned code = (unsigned char)raw[i];
        if (raw[i] == '\\') {
            i++;
            code = raw[i] == 'n' ? '\n' : (unsigned char)raw[i];
            if (raw[i] == 'u') {
                expect(sscanf(raw + i + 1, "%4x", &code) == 1 && code < 0x20);
                i += 4;
            }
        }
        ndup_buf_append(&back, (const char[]){(char)code}, 1);
    }
    expect(!back.failed);
    if (is_valid(given, length))
        expect(back.len == length && (length == 0 || memcmp(back.data, given, length) == 0));
    ndup_buf_free(&back);
}

static void check_document(const struct ndup_document *d, const struct ndup_fields *fields, bool json,
                           const neardup_document *given)
{
    if (given->text == NULL) {
        expect(d->problem != NULL);
        return;
    }
    expect((d->problem != NULL) == is_undecoded(given->text, given->text_length));
    if (json) {
        put_valid(given->text, given->text_length);
    } else {
        ndup_buf_clear(&wanted);
        ndup_buf_append(&wanted, given->text, given->text_length);
    }
    expect(!wanted.failed && d->text_length == wanted.len);
    expect(wanted.len == 0 || memcmp(d->text, wanted.data, wanted.len) == 0);
    bool has_id = given->id != NULL;
    expect((d->id != NULL) == has_id);
    if (has_id)
        check_string(d->id, d->id_length, given->id, given->id_length);
    bool has_group = given->group != NULL && fields->group != NULL;
    expect((d->group != NULL) == has_group);
    if (has_group)
        check_string(d->group, d->group_length, given->group, given->group_length);
    bool has_keep = !isnan(given->keep_by) && fields->keep != NULL;
    expect((d->keep != NULL) == has_keep);
    if (has_keep) {
        char number[64];
        snprintf(number, sizeof number, "%.*s", (int)d->keep_length, d->keep);
        expect(strtod(number, NULL) == given->keep_by);
    }
}

/* ---- reading ---- */

static size_t read_all(struct ndup_feed *feed, size_t step, struct ndup_buf *records)
{
    char piece[4096];
    size_t got;
    ndup_buf_clear(records);
    do {
        expect(ndup_feed_read(feed, piece, step, &got, NULL) == NEARDUP_OK && got <= step);
        ndup_buf_append(records, piece, got);
    } while (got == step);
    expect(!records->failed && ndup_feed_consumed(feed) == records->len);
    return records->len;
}

static void check_records(const struct ndup_fields *fields, const struct ndup_format *format, struct ndup_buf *records)
{
    bool json = format->code == NEARDUP_INPUT_JSONL;
    struct ndup_parser parser = {.fields = fields};
    struct ndup_records it;
    struct ndup_document d;
    size_t length = records->len, i = 0;
    ndup_buf_append(records, (const char[NDUP_PADDING]){0}, NDUP_PADDING);
    expect(!records->failed);
    for (ndup_records_begin(&it, format, NULL, records->data, length, true); ndup_records_next(&it, &d); i++) {
        expect(i < caller.count && d.line == i);
        expect(ndup_parser_parse(&parser, format, NULL, &d, NULL) == NEARDUP_OK);
        check_document(&d, fields, json, &caller.documents[i]);
    }
    expect(i == caller.count);
    ndup_parser_free(&parser);
    records->len = length;
}

static void check_ranges(struct ndup_feed *feed, const struct ndup_buf *records, unsigned step)
{
    for (size_t begin = 0; begin < records->len; begin += 1 + records->len / 5) {
        size_t length = step * 3 < records->len - begin ? step * 3 : records->len - begin;
        char *again = malloc(length + 1);
        expect(again != NULL && ndup_feed_read_at(feed, again, length, begin, NULL) == NEARDUP_OK);
        expect(memcmp(again, records->data + begin, length) == 0);
        free(again);
    }
    char after;
    neardup_error err;
    expect(ndup_feed_read_at(feed, &after, 1, records->len, &err) == NEARDUP_E_IO && err.message[0] != '\0');
}

static void check_feed(const struct ndup_fields *fields, uint32_t flags, unsigned step, unsigned most, bool written)
{
    neardup_source_vtable vtable = {.struct_size = sizeof vtable, .flags = flags, .read = read_documents};
    struct ndup_feed *feed;
    struct ndup_buf records = NDUP_BUF_INIT, again = NDUP_BUF_INIT;
    caller.most = most;
    expect(ndup_feed_create(&feed, &vtable, NULL, NULL) == NEARDUP_OK);
    expect(ndup_feed_set_fields(feed, fields, written, NULL) == NEARDUP_OK);
    read_all(feed, step, &records);
    check_records(fields, ndup_feed_format(feed), &records);
    ndup_feed_rewind(feed);
    caller.most = 256;
    expect(read_all(feed, 4096, &again) == records.len);
    expect(records.len == 0 || memcmp(again.data, records.data, records.len) == 0);
    if (ndup_feed_rereads(feed))
        check_ranges(feed, &records, step);
    ndup_buf_free(&records);
    ndup_buf_free(&again);
    ndup_feed_destroy(feed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const struct ndup_fields fields = {.text = "text",
                                       .id = "id",
                                       .keep = (data[0] & 4) != 0 ? "score" : NULL,
                                       .group = (data[0] & 8) != 0 ? "g" : NULL};
    take_documents(data + 3, data + size);
    check_feed(&fields, data[0] & 3u, 1 + data[2] * 13u, 1u + data[1], true);
    check_feed(&fields, data[0] & 3u, 1 + data[2] * 13u, 1u + data[1], false);
    return 0;
}
