/* SPDX-License-Identifier: MIT
 * Bytes are read straight into the batch, one step after the other until the batch holds the end of a record. The bytes
 * after that end go back into `pending` and open the next batch: the only bytes copied. Each step looks for ends in its
 * own bytes only, so a record of any length costs time linear in it. */
#include "base/platform.h"

#include "input/reader.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/feed.h"
#include "input/format_json.h"
#include "input/line_records.h"

#include <stdlib.h>
#include <string.h>

/* A batch that grew for one long record gives its memory back if it is larger than this and than four times what a
 * batch needs. Below 16 MiB giving back and growing again would cost fresh pages for every long record; above it, each
 * thread would hold what its longest record took. Not measured. */
#define KEPT_CAPACITY ((size_t)16 << 20)

/* Read at a time until the bytes show what the file is. The first step is enough unless a file of unknown name begins
 * with 64 KiB of white space. */
#define PEEK_BYTES NDUP_KIND_BYTES
/* Bytes of the first step of a format with a head: a byte order mark must be seen whole. */
#define LEAST_STEP 3

struct ndup_reader {
    struct ndup_stream *stream;
    struct ndup_feed *feed; /* instead of the stream; NULL: none */
    struct ndup_reader_options options;
    const struct ndup_format *format;
    const struct ndup_file_kind *kind; /* NULL: text */
    struct ndup_head *head;
    char *pending; /* bytes read and not given out: [pending_at, pending_len) */
    size_t pending_at, pending_len, pending_capacity;
    neardup_error damage; /* met after the pending bytes while the format was found out */
    uint64_t offset;      /* of the next batch */
    uint32_t number;
    bool ended;
};

/* ---- format ---- */

/* The first pending byte that is not white space (nor a byte order mark), or pending_len. Starts at `at`. */
static size_t first_text_byte(const struct ndup_reader *reader, size_t at)
{
    if (at == 0 && reader->pending_len >= 3 && memcmp(reader->pending, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    while (at < reader->pending_len && (reader->pending[at] == '\n' || ndup_is_blank(reader->pending[at])))
        at++;
    return at;
}

/* Reads PEEK_BYTES more, fewer only at the end. Damage decides nothing; the batch after the last good byte reports it. */
static neardup_status look(struct ndup_reader *reader, size_t *got, neardup_error *err)
{
    if (!ndup_grow(&reader->pending, &reader->pending_capacity, reader->pending_len + PEEK_BYTES, 1))
        return ndup_fail_nomem(err);
    char *to = reader->pending + reader->pending_len;
    if (ndup_stream_read(reader->stream, to, PEEK_BYTES, got, &reader->damage) == NEARDUP_OK)
        reader->damage.code = NEARDUP_OK;
    reader->pending_len += *got;
    return NEARDUP_OK;
}

/* Reads on until a byte that is not white space decides. */
static neardup_status find_format(struct ndup_reader *reader, size_t got, neardup_error *err)
{
    size_t at = first_text_byte(reader, 0);
    while (at == reader->pending_len && got == PEEK_BYTES) {
        NDUP_TRY(look(reader, &got, err));
        at = first_text_byte(reader, at);
    }
    reader->format = ndup_format_of_content(reader->pending + at, reader->pending_len - at);
    return NEARDUP_OK;
}

/* ---- how JSON is laid out ---- */

/* Of the first value this much is looked at. Only of lines, and of an array on one line, is it ever more. */
#define LAYOUT_BYTES ((size_t)1 << 20)

static neardup_status look_further(struct ndup_reader *reader, size_t bytes, bool *ended, neardup_error *err)
{
    size_t got = 0;
    if (!ndup_grow(&reader->pending, &reader->pending_capacity, reader->pending_len + bytes, 1))
        return ndup_fail_nomem(err);
    if (ndup_stream_read(reader->stream, reader->pending + reader->pending_len, bytes, &got, &reader->damage) ==
        NEARDUP_OK)
        reader->damage.code = NEARDUP_OK;
    reader->pending_len += got;
    *ended = got < bytes;
    return NEARDUP_OK;
}

/* By its name a file is JSON: lines, an array, or objects one after another. */
static neardup_status find_layout(struct ndup_reader *reader, neardup_error *err)
{
    static const struct ndup_format *const formats[] = {[NDUP_JSON_FORM_LINES] = &ndup_input_jsonl,
                                                        [NDUP_JSON_FORM_STREAM] = &ndup_input_json,
                                                        [NDUP_JSON_FORM_ARRAY] = &ndup_input_json_array};
    enum ndup_json_form layout = NDUP_JSON_FORM_UNKNOWN;
    bool asked = reader->options.format == NEARDUP_INPUT_JSON, ended = false;
    if (reader->format->code != NEARDUP_INPUT_JSON &&
        (reader->format->code != NEARDUP_INPUT_JSONL || reader->options.format != NEARDUP_INPUT_AUTO))
        return NEARDUP_OK;
    if (reader->pending_len > 0)
        layout = ndup_json_look(reader->pending, reader->pending_len, false);
    while (layout == NDUP_JSON_FORM_UNKNOWN && !ended && reader->pending_len < LAYOUT_BYTES) {
        NDUP_TRY(
            look_further(reader, reader->pending_len > PEEK_BYTES ? reader->pending_len : PEEK_BYTES, &ended, err));
        layout = ndup_json_look(reader->pending, reader->pending_len, ended);
    }
    if (layout == NDUP_JSON_FORM_UNKNOWN || asked)
        layout = ndup_json_guess(reader->pending, reader->pending_len);
    reader->format = asked && layout == NDUP_JSON_FORM_LINES ? &ndup_input_json : formats[layout];
    return NEARDUP_OK;
}

/* ---- open and close ---- */

static neardup_status prepare(struct ndup_reader *reader, const struct ndup_file *file, neardup_error *err)
{
    if (file->feed != NULL) {
        reader->feed = file->feed;
        reader->format = ndup_feed_format(file->feed);
        ndup_feed_rewind(file->feed);
        return NEARDUP_OK;
    }
    NDUP_TRY(ndup_stream_open_cancelable(&reader->stream, file->path, file->cancel, err));
    reader->format = ndup_format_of(reader->options.format);
    if (reader->format == NULL)
        reader->format = ndup_format_of_name(file->name);
    size_t got = 0;
    NDUP_TRY(look(reader, &got, err));
    if (reader->format == NULL)
        NDUP_TRY(find_format(reader, got, err));
    if (!reader->options.any_bytes)
        reader->kind =
            ndup_file_kind_find(reader->pending, reader->pending_len, file->name, !reader->format->plain_text);
    return find_layout(reader, err);
}

neardup_status ndup_reader_open(struct ndup_reader **out, const struct ndup_file *file,
                                const struct ndup_reader_options *options, neardup_error *err)
{
    *out = NULL;
    struct ndup_reader *reader = ndup_calloc(1, sizeof *reader);
    if (reader == NULL)
        return ndup_fail_nomem(err);
    reader->options = *options;
    if (reader->options.batch_bytes == 0)
        reader->options.batch_bytes = 1;
    neardup_status status = prepare(reader, file, err);
    if (status != NEARDUP_OK) {
        ndup_reader_close(reader);
        return status;
    }
    *out = reader;
    return NEARDUP_OK;
}

const struct ndup_format *ndup_reader_format(const struct ndup_reader *reader)
{
    return reader->format;
}

const struct ndup_file_kind *ndup_reader_kind(const struct ndup_reader *reader)
{
    return reader->kind;
}

enum ndup_codec ndup_reader_codec(const struct ndup_reader *reader)
{
    return reader->feed != NULL ? NDUP_PLAIN : ndup_stream_codec(reader->stream);
}

uint64_t ndup_reader_consumed(const struct ndup_reader *reader)
{
    return reader->feed != NULL ? ndup_feed_consumed(reader->feed) : ndup_stream_consumed(reader->stream);
}

void ndup_reader_close(struct ndup_reader *reader)
{
    if (reader == NULL)
        return;
    ndup_stream_close(reader->stream);
    free(reader->head);
    free(reader->pending);
    free(reader);
}

/* ---- batches ---- */

/* Room for `needed` bytes and the padding. */
static bool reserve(struct ndup_batch *batch, size_t needed)
{
    size_t padded;
    return !__builtin_add_overflow(needed, (size_t)NDUP_PADDING, &padded) &&
           ndup_grow(&batch->data, &batch->capacity, padded, 1);
}

/* Up to n bytes: pending ones, then the stream's. Fewer only at the end or on failure. */
static neardup_status fill(struct ndup_reader *reader, char *to, size_t n, size_t *got, neardup_error *err)
{
    size_t have = reader->pending_len - reader->pending_at;
    if (have > n)
        have = n;
    if (have > 0)
        memcpy(to, reader->pending + reader->pending_at, have);
    reader->pending_at += have;
    *got = have;
    if (have == n)
        return NEARDUP_OK;
    if (reader->damage.code != NEARDUP_OK) {
        if (err != NULL)
            *err = reader->damage;
        return reader->damage.code;
    }
    size_t more;
    neardup_status status = reader->feed != NULL ? ndup_feed_read(reader->feed, to + have, n - have, &more, err)
                                                 : ndup_stream_read(reader->stream, to + have, n - have, &more, err);
    *got += more;
    return status;
}

/* The last n bytes that fill() gave are to be given again. */
static bool give_back(struct ndup_reader *reader, const char *bytes, size_t n)
{
    if (reader->pending_at < reader->pending_len) {
        /* All bytes of this batch came out of pending, and are still there. */
        reader->pending_at -= n;
        return true;
    }
    reader->pending_at = reader->pending_len = 0;
    if (!ndup_grow(&reader->pending, &reader->pending_capacity, n, 1))
        return false;
    if (n > 0)
        memcpy(reader->pending, bytes, n);
    reader->pending_len = n;
    return true;
}

/* Reads until the batch holds the end of a record, *end, or the file ends. */
static neardup_status read_records(struct ndup_reader *reader, struct ndup_batch *batch, size_t *end,
                                   neardup_error *err)
{
    const struct ndup_fields *fields = reader->options.fields;
    struct ndup_record_ends ends = {.format = reader->format,
                                    .delimiter = fields != NULL && fields->delimiter != 0 ? fields->delimiter
                                                                                          : reader->format->delimiter,
                                    .file_start = reader->offset == 0};
    do {
        size_t step = reader->options.batch_bytes;
        if (reader->format->step > 0 && step > reader->format->step)
            step = reader->format->step;
        /* A whole file has no end to look for: it is read in steps that double. */
        if (reader->format->find_end == NULL && step < batch->len)
            step = batch->len;
        /* A byte order mark is seen as a whole. */
        if (reader->format->read_head != NULL && step < LEAST_STEP)
            step = LEAST_STEP;
        size_t needed, got = 0;
        neardup_status status = NEARDUP_OK;
        if (__builtin_add_overflow(batch->len, step, &needed) || !reserve(batch, needed))
            status = ndup_fail_nomem(err);
        else
            status = fill(reader, batch->data + batch->len, step, &got, err);
        batch->len += got;
        if (status != NEARDUP_OK || got < step) {
            reader->ended = true;
            *end = batch->len;
            (void)ndup_record_ends_find(&ends, batch->data, batch->len);
            return status == NEARDUP_OK && ends.open
                       ? ndup_fail(err, NEARDUP_E_FORMAT, "the file ends inside a JSON object or array")
                       : status;
        }
        *end = ndup_record_ends_find(&ends, batch->data, batch->len);
        if (*end == 0 && reader->options.max_record > 0 && batch->len > reader->options.max_record) {
            reader->ended = true;
            batch->len = 0; /* part of a record is none */
            return ndup_fail(
                err, NEARDUP_E_LIMIT,
                "a record of more than %zu MiB is too long for the memory budget; the rest of the file was not read",
                reader->options.max_record >> 20);
        }
    } while (*end == 0);
    return NEARDUP_OK;
}

struct ndup_head *ndup_reader_take_head(struct ndup_reader *reader)
{
    struct ndup_head *head = reader->head;
    reader->head = NULL;
    return head;
}

/* Reads what comes before the first record. Damage that was met at the same time is reported first, and with the batch. */
static neardup_status read_head(struct ndup_reader *reader, struct ndup_batch *batch, neardup_error *err)
{
    if (reader->format->read_head == NULL || reader->number != 0 || batch->len == 0)
        return NEARDUP_OK;
    neardup_status st =
        reader->format->read_head(reader->format, reader->options.fields, batch->data, batch->len, &reader->head, err);
    if (st != NEARDUP_OK) {
        reader->ended = true;
        batch->len = 0;
    }
    return st;
}

neardup_status ndup_reader_next(struct ndup_reader *reader, struct ndup_batch *batch, neardup_error *err)
{
    batch->len = 0;
    batch->offset = reader->offset;
    batch->number = reader->number;
    if (reader->ended)
        return NEARDUP_OK;
    if (batch->capacity > KEPT_CAPACITY && batch->capacity / 4 > reader->options.batch_bytes)
        ndup_batch_free(batch);

    size_t end = 0;
    neardup_status status = read_records(reader, batch, &end, err);
    if (end < batch->len) {
        if (give_back(reader, batch->data + end, batch->len - end)) {
            batch->len = end;
        } else {
            reader->ended = true;
            status = ndup_fail_nomem(err);
        }
    }
    if (batch->data != NULL)
        memset(batch->data + batch->len, 0, NDUP_PADDING);
    neardup_error why;
    neardup_status head = read_head(reader, batch, status == NEARDUP_OK ? err : &why);
    reader->offset += batch->len;
    reader->number++;
    return status == NEARDUP_OK ? head : status;
}

void ndup_batch_free(struct ndup_batch *batch)
{
    free(batch->data);
    batch->data = NULL;
    batch->len = batch->capacity = 0;
}
