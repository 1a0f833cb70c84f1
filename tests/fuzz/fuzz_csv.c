/* SPDX-License-Identifier: MIT
 * Any bytes as a CSV file. A simple reader, byte by byte, finds the same rows and fields; the size of the batches (second
 * byte) changes nothing; and where a range of a text is cut out of the bytes, the row is one with a shorter text and
 * nothing else. The first byte chooses the delimiter. */
#include "base/platform.h"

#include "base/buf.h"
#include "fuzz/undecoded.h"
#include "input/encoding.h"
#include "input/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* ---- the simple reader ---- */

#define MOST_FIELDS 64

struct simple_row {
    struct ndup_buf fields[MOST_FIELDS];
    size_t count; /* fields; those after the most are only counted */
    bool bad;
    const char *begin, *end;
};

static struct simple_row simple;

static void put(char c)
{
    if (simple.count < MOST_FIELDS)
        ndup_buf_append(&simple.fields[simple.count], &c, 1);
}

/* The next row from *at on; false: there is none. */
static bool simple_next(const char **at, const char *end, char delimiter)
{
    const char *p = *at;
    while (p < end && (*p == '\n' || *p == '\r'))
        p++;
    if (p == end)
        return false;
    for (size_t i = 0; i < MOST_FIELDS; i++)
        ndup_buf_clear(&simple.fields[i]);
    simple.count = 0;
    simple.bad = false;
    simple.begin = p;
    for (;;) {
        if (p < end && *p == '"') {
            for (p++; p < end && (*p != '"' || (p + 1 < end && p[1] == '"')); p++) {
                put(*p);
                p += *p == '"';
            }
            simple.bad = simple.bad || p == end;
            p += p < end;
            simple.bad = simple.bad || (p < end && *p != delimiter && *p != '\n' && *p != '\r');
        }
        for (; p < end && *p != delimiter && *p != '\n' && *p != '\r'; p++)
            put(*p);
        simple.count++;
        if (p == end || *p != delimiter)
            break;
        p++;
    }
    simple.end = p;
    if (p < end)
        p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
    *at = p;
    return true;
}

/* ---- ours ---- */

static const struct ndup_fields *wanted;

static bool is_tail(const char *text, size_t len, size_t at)
{
    return at < len && ((unsigned char)text[at] & 0xC0) == 0x80;
}

/* Cuts a range of the text out of a copy of the row. */
static void cut(struct ndup_parser *parser, const struct ndup_format *format, const struct ndup_head *head,
                const struct ndup_document *d)
{
    size_t begin = d->text_length / 3, end = begin + (d->text_length - begin) / 2;
    while (is_tail(d->text, d->text_length, begin))
        begin++;
    while (is_tail(d->text, d->text_length, end))
        end++;
    struct ndup_text_map map;
    ndup_text_map_begin(&map, d->raw, d->raw_length, d->escapes);
    ndup_text_map_to(&map, begin);
    size_t raw_begin = map.raw_at, text_begin = map.text_at;
    ndup_text_map_to(&map, end);
    size_t raw_end = map.raw_at, text_end = map.text_at;
    ndup_text_map_to(&map, SIZE_MAX);
    expect(map.text_at == d->text_length && map.raw_at == d->raw_length);
    /* What is left of an unquoted field may begin with a quote: only a whole field is cut there (format_csv.c). */
    if (d->escapes == NDUP_ESCAPES_NONE)
        return;
    size_t raw = (size_t)(d->raw - d->record), left = d->length - (raw_end - raw_begin);
    char *copy = calloc(left + NDUP_PADDING, 1);
    expect(copy != NULL);
    memcpy(copy, d->record, raw + raw_begin);
    memcpy(copy + raw + raw_begin, d->record + raw + raw_end, d->length - raw - raw_end);
    struct ndup_buf text = NDUP_BUF_INIT, id = NDUP_BUF_INIT;
    ndup_buf_append(&text, d->text, text_begin);
    ndup_buf_append(&text, d->text + text_end, d->text_length - text_end);
    ndup_buf_append(&id, d->id, d->id_length);
    struct ndup_document again;
    expect(ndup_parser_reread(parser, format, head, copy, left, &again, NULL) == NEARDUP_OK);
    /* A byte that is not UTF-8 is a larger share of what is left. */
    expect((again.problem == NULL) == !is_undecoded(text.data, text.len));
    expect(again.text_length == text.len && again.id_length == id.len);
    expect(text.len == 0 || memcmp(again.text, text.data, text.len) == 0);
    expect(id.len == 0 || memcmp(again.id, id.data, id.len) == 0);
    ndup_buf_free(&text);
    ndup_buf_free(&id);
    free(copy);
}

static void check_row(struct ndup_parser *parser, const struct ndup_format *format, const struct ndup_head *head,
                      struct ndup_document *d)
{
    expect(ndup_parser_parse(parser, format, head, d, NULL) == NEARDUP_OK);
    bool good = !simple.bad && simple.count <= head->columns && simple.count > head->texts[0];
    if (good && head->texts[0] < MOST_FIELDS)
        good = !is_undecoded(simple.fields[head->texts[0]].data, simple.fields[head->texts[0]].len);
    expect(good == (d->problem == NULL) || head->texts[0] >= MOST_FIELDS);
    if (!good || head->texts[0] >= MOST_FIELDS)
        return;
    const struct ndup_buf *text = &simple.fields[head->texts[0]];
    expect(d->text_length == text->len && (text->len == 0 || memcmp(d->text, text->data, text->len) == 0));
    bool has_id = head->id < simple.count && head->id < MOST_FIELDS && simple.fields[head->id].len > 0;
    expect(head->id >= MOST_FIELDS || has_id == (d->id != NULL));
    expect(d->id == NULL || (d->id_length >= 2 && d->id[0] == '"' && d->id[d->id_length - 1] == '"'));
    cut(parser, format, head, d);
}

/* Reads the file; false if its header is refused, or if it ends inside a quoted field. */
static bool check_file(const char *path, neardup_input_format code, size_t batch_bytes, const char *bytes, size_t size)
{
    char name[] = "x", *copy = strdup(path);
    struct ndup_file file = {.path = copy, .name = name};
    struct ndup_parser parser = {.fields = wanted};
    struct ndup_reader *reader = NULL;
    struct ndup_batch batch = {0};
    struct ndup_head *head = NULL;
    const char *at = bytes, *end = bytes + size;
    uint64_t lines = 0;
    expect(copy != NULL &&
           ndup_reader_open(&reader, &file,
                            &(struct ndup_reader_options){.format = code, .fields = wanted, .batch_bytes = batch_bytes},
                            NULL) == NEARDUP_OK);
    const struct ndup_format *format = ndup_reader_format(reader);
    bool good;
    do {
        good = ndup_reader_next(reader, &batch, NULL) == NEARDUP_OK;
        if (batch.len == 0)
            break;
        struct ndup_records it;
        struct ndup_document d;
        if (batch.number == 0) {
            head = ndup_reader_take_head(reader);
            expect(head != NULL);
            at += head->length;
        }
        ndup_records_begin(&it, format, head, batch.data, batch.len, batch.offset == 0);
        while (ndup_records_next(&it, &d)) {
            expect(simple_next(&at, end, head->delimiter));
            expect(batch.offset + (uint64_t)(d.record - batch.data) == (uint64_t)(simple.begin - bytes));
            expect(d.length == (size_t)(simple.end - simple.begin) || simple.bad);
            expect(d.end_line > d.line && d.end_line >= it.line);
            check_row(&parser, format, head, &d);
        }
        lines += it.line;
    } while (good);
    if (head != NULL)
        expect(!simple_next(&at, end, head->delimiter) && lines <= size);
    free(head);
    ndup_batch_free(&batch);
    ndup_parser_free(&parser);
    ndup_reader_close(reader);
    free(copy);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {0, ';', '|', ' '};
    if (size < 2)
        return 0;
    const struct ndup_fields fields = {.text = "text", .id = "id", .delimiter = delimiters[data[0] % 4]};
    wanted = &fields;
    neardup_input_format code = data[0] & 4 ? NEARDUP_INPUT_TSV : NEARDUP_INPUT_CSV;
    const char *bytes = (const char *)data + 2;
    int fd = memfd_create("fuzz", 0);
    expect(fd >= 0 && write(fd, bytes, size - 2) == (ssize_t)(size - 2));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* Files in gzip or zstd, and files that are decoded, are not these bytes. */
    const char *mark = ndup_encoding_of_mark(bytes, size - 2);
    bool decoded = mark != NULL && !ndup_encoding_is_utf8(mark);
    if (!decoded &&
        (size < 4 || (memcmp(bytes, "\x1f\x8b", 2) != 0 && (bytes[0] & 0xF0) != 0x50 && bytes[0] != 0x28))) {
        bool good = check_file(path, code, (size_t)1 << 20, bytes, size - 2);
        expect(check_file(path, code, 1 + (size_t)data[1], bytes, size - 2) == good);
    }
    close(fd);
    return 0;
}
