/* SPDX-License-Identifier: MIT
 * Any bytes as a web archive: WARC, or ARC with an odd first byte. The size of the batches (second byte) changes nothing about
 * its documents, and each record read again alone is the same document. Between documents are line ends and other records. */
#include "base/platform.h"

#include "input/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static const struct ndup_fields fields = {.text = "text", .id = "id", .keep = "date", .group = "host", .cuts = false};

struct seen { /* of a file, the same for all batches */
    uint64_t documents, others, hash, lines;
};

static void add(struct seen *seen, const void *bytes, size_t length)
{
    seen->hash = XXH3_64bits_withSeed(length > 0 ? bytes : "", length, seen->hash);
}

static void add_document(struct seen *seen, const struct ndup_document *d, uint64_t offset, uint64_t line)
{
    uint64_t place[] = {offset, line, d->record_length, d->problem != NULL};
    seen->documents++;
    add(seen, place, sizeof place);
    if (d->problem != NULL) {
        add(seen, d->problem, strlen(d->problem));
        return;
    }
    add(seen, d->text, d->text_length);
    add(seen, d->id, d->id_length);
    add(seen, d->keep, d->keep_length);
    add(seen, d->group, d->group_length);
}

struct passing { /* records that are not documents */
    const struct ndup_format *format;
    const struct ndup_batch *batch;
};

/* The names are inside the record. How many records come here depends on the size of the batches: one that is too long for
 * them is passed over before. */
static void check_name(const struct ndup_record_name *name, const char *record, size_t length)
{
    expect(name->id_length == 0 || (name->id >= record && name->id + name->id_length <= record + length));
    expect(name->uri_length == 0 || (name->uri >= record && name->uri + name->uri_length <= record + length));
    expect(name->date_length == 0 || (name->date >= record && name->date + name->date_length <= record + length));
}

static bool pass(void *context, const char *record, size_t length)
{
    struct passing *p = context;
    struct ndup_record_name name;
    expect(length > 0 && record >= p->batch->data && record + length <= p->batch->data + p->batch->len);
    if (p->format->refers == NULL || !p->format->refers(record, length, &name))
        return true;
    check_name(&name, record, length);
    expect(p->format->names(record, length, &name));
    check_name(&name, record, length);
    return true;
}

/* The record in memory of its own. */
static void check_alone(const struct ndup_format *format, const struct ndup_document *d)
{
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_document again;
    char *record = calloc(d->record_length + NDUP_PADDING, 1);
    expect(record != NULL);
    memcpy(record, d->record, d->record_length);
    expect(ndup_parser_reread(&parser, format, NULL, record, d->record_length, &again, NULL) == NEARDUP_OK);
    expect(again.record_length == d->record_length && again.problem == d->problem);
    if (d->problem == NULL)
        expect(again.text_length == d->text_length && memcmp(again.text, d->text, d->text_length) == 0);
    ndup_parser_free(&parser);
    free(record);
}

static struct seen read_file(const char *path, neardup_input_format code, size_t batch_bytes, bool alone)
{
    char name[] = "x", *copy = strdup(path);
    struct ndup_file file = {.path = copy, .name = name};
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_reader *reader = NULL;
    struct ndup_batch batch = {0};
    struct seen seen = {0};
    expect(copy != NULL);
    const struct ndup_reader_options options = {
        .format = code, .fields = &fields, .any_bytes = true, .batch_bytes = batch_bytes};
    expect(ndup_reader_open(&reader, &file, &options, NULL) == NEARDUP_OK);
    const struct ndup_format *format = ndup_reader_format(reader);
    for (bool good = true; good;) {
        struct ndup_records it;
        struct ndup_document d;
        good = ndup_reader_next(reader, &batch, NULL) == NEARDUP_OK;
        if (batch.len == 0)
            break;
        ndup_records_begin(&it, format, NULL, batch.data, batch.len, batch.offset == 0);
        struct passing passing = {format, &batch};
        it.other = pass;
        it.other_context = &passing;
        const char *end = batch.data;
        while (ndup_records_next(&it, &d)) {
            expect(d.record >= end && d.record_length > 0 && d.length <= d.record_length && d.end_line > d.line);
            end = d.record + d.record_length;
            expect(end <= batch.data + batch.len);
            expect(ndup_parser_parse(&parser, format, NULL, &d, NULL) == NEARDUP_OK);
            add_document(&seen, &d, batch.offset + (uint64_t)(d.record - batch.data), seen.lines + d.line);
            if (alone)
                check_alone(format, &d);
        }
        expect(it.at == batch.data + batch.len);
        seen.others += it.others;
        seen.lines += it.line;
    }
    ndup_batch_free(&batch);
    ndup_parser_free(&parser);
    ndup_reader_close(reader);
    free(copy);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    neardup_input_format code = data[0] & 1 ? NEARDUP_INPUT_ARC : NEARDUP_INPUT_WARC;
    const char *bytes = (const char *)data + 2;
    int fd = memfd_create("fuzz", 0);
    expect(fd >= 0 && write(fd, bytes, size - 2) == (ssize_t)(size - 2));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* What is compressed is fuzz_input_stream's, and a bomb. */
    struct ndup_stream *stream = NULL;
    expect(ndup_stream_open(&stream, path, NULL) == NEARDUP_OK);
    bool plain = ndup_stream_codec(stream) == NULL;
    ndup_stream_close(stream);
    if (plain) {
        struct seen whole = read_file(path, code, (size_t)1 << 20, true);
        struct seen parts = read_file(path, code, 1 + (size_t)data[1], false);
        expect(whole.documents == parts.documents && whole.others == parts.others && whole.hash == parts.hash);
    }
    close(fd);
    return 0;
}
