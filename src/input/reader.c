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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch that grew for one long record gives its memory back if it is larger than this and than four times what a
 * batch needs. Below 16 MiB giving back and growing again would cost fresh pages for every long record; above it, each
 * thread would hold what its longest record took. Not measured. */
#define KEPT_CAPACITY ((size_t)16 << 20)

/* Read at a time until the bytes show what the file is. The first step is enough unless a file of unknown name begins
 * with 64 KiB of white space. */
#define PEEK_BYTES NDUP_KIND_BYTES
/* Bytes of the first step of a format with a head: a byte order mark, and Excel's line "sep=;", must be seen whole. */
#define LEAST_STEP 10
/* Longer records are passed over, if they are not documents: films in a web archive. Shorter ones are held whole, since the check
 * of their ends finds damage at once. Not swept. */
#define PASS_BYTES ((size_t)16 << 20)

struct ndup_reader {
    struct ndup_stream *stream;
    struct ndup_feed *feed; /* instead of the stream; NULL: none */
    struct ndup_reader_options options;
    char delimiter; /* between columns */
    const struct ndup_format *format;
    const struct ndup_file_kind *kind; /* NULL: text */
    struct ndup_decoder *decoder;      /* NULL: the bytes are the text; and so are the next five */
    struct ndup_encoded *encoded;
    struct ndup_buf stored; /* read and not decoded: from stored_at */
    size_t stored_at;
    struct ndup_buf decoded; /* and not given out: from decoded_at */
    size_t decoded_at;
    struct ndup_buf kept;    /* what batches were decoded from, if it is wanted */
    struct ndup_buf members; /* ndup_reader_members */
    bool stored_ended;
    neardup_status stored_status; /* how it ended */
    neardup_error stored_error;
    struct ndup_head *head;
    char *pending; /* bytes read and not given out: [pending_at, pending_len) */
    size_t pending_at, pending_len, pending_capacity;
    neardup_error damage; /* met after the pending bytes while the format was found out */
    uint64_t offset;      /* of the next batch */
    uint64_t passing;     /* bytes to come of a record that is passed over */
    uint32_t number;
    bool ended;
};

/* ---- decoding ---- */

/* Stored bytes for a block, fewer at the end. Damage ends them, and is reported after them. */
static neardup_status read_stored(struct ndup_reader *reader, neardup_error *err)
{
    struct ndup_buf *stored = &reader->stored;
    if (stored->len - reader->stored_at >= NDUP_ENCODED_BLOCK || reader->stored_ended)
        return NEARDUP_OK;
    if (reader->stored_at > 0)
        memmove(stored->data, stored->data + reader->stored_at, stored->len - reader->stored_at);
    stored->len -= reader->stored_at;
    reader->stored_at = 0;
    if (!ndup_buf_reserve(stored, PEEK_BYTES))
        return ndup_fail_nomem(err);
    size_t got;
    reader->stored_status =
        ndup_stream_read(reader->stream, stored->data + stored->len, PEEK_BYTES, &got, &reader->stored_error);
    stored->len += got;
    reader->stored_ended = got < PEEK_BYTES;
    return NEARDUP_OK;
}

/* Blocks depend on the bytes only: each has NDUP_ENCODED_BLOCK of them, less the beginning of a character at its end. */
static neardup_status decode_block(struct ndup_reader *reader, neardup_error *err)
{
    NDUP_TRY(read_stored(reader, err));
    size_t left = reader->stored.len - reader->stored_at, used;
    size_t length = left < NDUP_ENCODED_BLOCK ? left : NDUP_ENCODED_BLOCK;
    bool last = reader->stored_ended && length == left;
    ndup_buf_clear(&reader->decoded);
    reader->decoded_at = 0;
    if (length == 0)
        return NEARDUP_OK;
    const char *bytes = reader->stored.data + reader->stored_at;
    if (!ndup_decoder_run(reader->decoder, bytes, length, last, SIZE_MAX, &reader->decoded, &used) ||
        !ndup_encoded_add(reader->encoded, used, reader->decoded.len))
        return ndup_fail_nomem(err);
    if (reader->options.keep_stored)
        ndup_buf_append(&reader->kept, bytes, used);
    reader->stored_at += used;
    return reader->kept.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* As ndup_stream_read. */
static neardup_status read_decoded(struct ndup_reader *reader, char *to, size_t n, size_t *got, neardup_error *err)
{
    *got = 0;
    while (*got < n) {
        size_t have = reader->decoded.len - reader->decoded_at;
        if (have == 0) {
            NDUP_TRY(decode_block(reader, err));
            have = reader->decoded.len;
            if (have == 0)
                break;
        }
        have = have < n - *got ? have : n - *got;
        memcpy(to + *got, reader->decoded.data + reader->decoded_at, have);
        reader->decoded_at += have;
        *got += have;
    }
    if (*got == n || reader->stored_status == NEARDUP_OK)
        return NEARDUP_OK;
    if (err != NULL)
        *err = reader->stored_error;
    return reader->stored_status;
}

static neardup_status read_bytes(struct ndup_reader *reader, char *to, size_t n, size_t *got, neardup_error *err)
{
    if (reader->feed != NULL)
        return ndup_feed_read(reader->feed, to, n, got, err);
    if (reader->options.table != NULL)
        return ndup_table_stream_read(reader->options.table, to, n, got, err);
    return reader->decoder != NULL ? read_decoded(reader, to, n, got, err)
                                   : ndup_stream_read(reader->stream, to, n, got, err);
}

size_t ndup_reader_stored(struct ndup_reader *reader, const char **bytes)
{
    size_t length = reader->kept.len;
    *bytes = reader->kept.data;
    reader->kept.len = 0;
    return length;
}

size_t ndup_reader_members(struct ndup_reader *reader, const char **bytes)
{
    size_t length = reader->stream != NULL && reader->format->record_end != NULL ? reader->members.len : 0;
    *bytes = reader->members.data;
    reader->members.len = 0;
    return length;
}

struct ndup_encoded *ndup_reader_take_encoded(struct ndup_reader *reader)
{
    struct ndup_encoded *encoded = reader->encoded;
    reader->encoded = NULL;
    return encoded;
}

const char *ndup_reader_encoding(const struct ndup_reader *reader)
{
    return reader->decoder != NULL ? ndup_decoder_name(reader->decoder) : NULL;
}

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

/* Reads this many bytes more, fewer only at the end or before damage, which the batch after the last good byte reports: a
 * stream reports it once, and is at its end then. */
static neardup_status look(struct ndup_reader *reader, size_t bytes, size_t *got, neardup_error *err)
{
    *got = 0;
    if (reader->damage.code != NEARDUP_OK)
        return NEARDUP_OK;
    if (!ndup_grow(&reader->pending, &reader->pending_capacity, reader->pending_len + bytes, 1))
        return ndup_fail_nomem(err);
    char *to = reader->pending + reader->pending_len;
    if (read_bytes(reader, to, bytes, got, &reader->damage) == NEARDUP_E_NOMEM)
        return ndup_fail_nomem(err);
    reader->pending_len += *got;
    return NEARDUP_OK;
}

/* A format of bytes that are neither decoded nor checked, if the file begins as such; NULL: it does not. */
static const struct ndup_format *find_binary_format(const struct ndup_reader *reader)
{
    size_t at = first_text_byte(reader, 0), left = reader->pending_len - at;
    const struct ndup_format *format = reader->format;
    if (left == 0)
        return NULL;
    if (format == NULL)
        format = ndup_format_of_content(reader->pending + at, left);
    return format->binary && format->sniff(reader->pending + at, left) ? format : NULL;
}

/* Reads on until a byte that is not white space decides. */
static neardup_status find_format(struct ndup_reader *reader, size_t got, neardup_error *err)
{
    size_t at = first_text_byte(reader, 0);
    while (at == reader->pending_len && got == PEEK_BYTES) {
        NDUP_TRY(look(reader, PEEK_BYTES, &got, err));
        at = first_text_byte(reader, at);
    }
    reader->format = ndup_format_of_content(reader->pending + at, reader->pending_len - at);
    return NEARDUP_OK;
}

/* ---- how JSON is laid out ---- */

/* Of the first value this much is looked at. Only of lines, and of an array on one line, is it ever more. */
#define LAYOUT_BYTES ((size_t)1 << 20)

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
        size_t got, bytes = reader->pending_len > PEEK_BYTES ? reader->pending_len : PEEK_BYTES;
        NDUP_TRY(look(reader, bytes, &got, err));
        ended = got < bytes;
        layout = ndup_json_look(reader->pending, reader->pending_len, ended);
    }
    if (layout == NDUP_JSON_FORM_UNKNOWN || asked)
        layout = ndup_json_guess(reader->pending, reader->pending_len);
    reader->format = asked && layout == NDUP_JSON_FORM_LINES ? &ndup_input_json : formats[layout];
    return NEARDUP_OK;
}

/* The first bytes were looked at, and are what the first block begins with. */
static neardup_status begin_decoding(struct ndup_reader *reader, const char *name, neardup_error *err)
{
    if (reader->decoder == NULL)
        NDUP_TRY(ndup_decoder_create(&reader->decoder, name, err));
    reader->encoded = ndup_calloc(1, sizeof *reader->encoded);
    if (reader->encoded == NULL)
        return ndup_fail_nomem(err);
    snprintf(reader->encoded->name, sizeof reader->encoded->name, "%s", name);
    ndup_buf_append(&reader->stored, reader->pending, reader->pending_len);
    if (reader->stored.failed)
        return ndup_fail_nomem(err);
    reader->stored_ended = reader->pending_len < PEEK_BYTES;
    reader->stored_status = reader->damage.code;
    reader->stored_error = reader->damage;
    reader->damage.code = NEARDUP_OK;
    reader->pending_len = 0;
    return NEARDUP_OK;
}

/* Whether the bytes must be decoded, after the first of them were read. A byte order mark is certain; nothing else is guessed.
 * Of bytes that are not UTF-8 only magic numbers say that they are not text. */
static neardup_status find_encoding(struct ndup_reader *reader, const struct ndup_file *file, bool *decode,
                                    neardup_error *err)
{
    const char *bytes = reader->pending, *name = ndup_encoding_of_mark(bytes, reader->pending_len);
    *decode = name != NULL;
    if (name == NULL && !ndup_encoding_is_utf8(reader->options.encoding)) {
        name = reader->options.encoding;
        NDUP_TRY(ndup_decoder_create(&reader->decoder, name, err));
        *decode = !ndup_encoding_is_converted(reader->decoder, bytes, reader->pending_len) &&
                  ndup_file_kind_known(bytes, reader->pending_len, file->name) == NULL;
    }
    if (*decode)
        return begin_decoding(reader, name, err);
    ndup_decoder_destroy(reader->decoder);
    reader->decoder = NULL;
    return NEARDUP_OK;
}

/* What separates columns, as the first row shows: where rows end depends on it. A row that is longer than what was looked at
 * has the delimiter of the options. */
static neardup_status find_delimiter(struct ndup_reader *reader, neardup_error *err)
{
    const struct ndup_fields *fields = reader->options.fields;
    struct ndup_head *head = NULL;
    reader->delimiter = fields != NULL && fields->delimiter != 0 ? fields->delimiter : reader->format->delimiter;
    if (reader->format->read_head == NULL || fields == NULL || reader->pending_len == 0)
        return NEARDUP_OK;
    neardup_error why;
    neardup_status st =
        reader->format->read_head(reader->format, fields, reader->pending, reader->pending_len, &head, &why);
    if (head != NULL)
        reader->delimiter = head->delimiter;
    free(head);
    return st == NEARDUP_E_NOMEM ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* ---- open and close ---- */

static neardup_status read_member(const void *archive, const void *member, void *buffer, size_t length, uint64_t offset,
                                  neardup_error *err)
{
    return ndup_archive_read_member(archive, member, buffer, length, offset, err);
}

static neardup_status open_member(struct ndup_reader *reader, const struct ndup_file *file, neardup_error *err)
{
    const struct ndup_stream_place place = {.read = read_member,
                                            .context = file->archive,
                                            .what = file->member,
                                            .bytes = file->member->size,
                                            .name = ndup_archive_name(file->archive, file->member)};
    return ndup_stream_open_place(&reader->stream, &place, err);
}

static neardup_status prepare(struct ndup_reader *reader, const struct ndup_file *file, neardup_error *err)
{
    if (file->feed != NULL) {
        reader->feed = file->feed;
        reader->format = ndup_feed_format(file->feed);
        ndup_feed_rewind(file->feed);
        return NEARDUP_OK;
    }
    if (reader->options.table != NULL)
        return ndup_table_stream_begin(reader->options.table, &reader->format, err);
    const struct ndup_program *command = reader->options.command;
    if (command != NULL)
        NDUP_TRY(ndup_stream_open_command(&reader->stream, command, file->path, file->cancel, err));
    else if (file->archive != NULL)
        NDUP_TRY(open_member(reader, file, err));
    else
        NDUP_TRY(ndup_stream_open_cancelable(&reader->stream, file->path, file->cancel, err));
    ndup_stream_limit(reader->stream, reader->options.max_expansion);
    if (reader->options.members)
        ndup_stream_note_members(reader->stream, &reader->members);
    reader->format = ndup_format_of(reader->options.format);
    if (reader->format == NULL)
        reader->format = ndup_format_of_name(file->name);
    size_t got = 0;
    bool decode;
    NDUP_TRY(look(reader, PEEK_BYTES, &got, err));
    const struct ndup_format *binary = find_binary_format(reader);
    if (binary != NULL) {
        reader->format = binary;
        return NEARDUP_OK;
    }
    NDUP_TRY(find_encoding(reader, file, &decode, err));
    if (decode)
        NDUP_TRY(look(reader, PEEK_BYTES, &got, err));
    if (reader->format == NULL)
        NDUP_TRY(find_format(reader, got, err));
    reader->format = ndup_format_wanted(reader->format, reader->options.fields);
    if (!reader->options.any_bytes)
        reader->kind =
            ndup_file_kind_find(reader->pending, reader->pending_len, file->name, !reader->format->plain_text);
    NDUP_TRY(find_delimiter(reader, err));
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

const struct ndup_codec *ndup_reader_codec(const struct ndup_reader *reader)
{
    return reader->stream != NULL ? ndup_stream_codec(reader->stream) : NULL;
}

uint64_t ndup_reader_consumed(const struct ndup_reader *reader)
{
    if (reader->options.table != NULL)
        return reader->options.table->given;
    return reader->feed != NULL ? ndup_feed_consumed(reader->feed) : ndup_stream_consumed(reader->stream);
}

void ndup_reader_close(struct ndup_reader *reader)
{
    if (reader == NULL)
        return;
    ndup_stream_close(reader->stream);
    ndup_decoder_destroy(reader->decoder);
    ndup_encoded_free(reader->encoded);
    ndup_buf_free(&reader->stored);
    ndup_buf_free(&reader->decoded);
    ndup_buf_free(&reader->kept);
    ndup_buf_free(&reader->members);
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
    neardup_status status = read_bytes(reader, to + have, n - have, &more, err);
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
    struct ndup_record_ends ends = {
        .format = reader->format, .delimiter = reader->delimiter, .file_start = reader->offset == 0};
    do {
        size_t step = reader->options.batch_bytes;
        if (reader->format->step > 0 && step > reader->format->step)
            step = reader->format->step;
        /* A whole file has no end to look for: it is read in steps that double. */
        if (reader->format->find_end == NULL && step < batch->len)
            step = batch->len;
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
            return status == NEARDUP_OK && ends.inside != NULL
                       ? ndup_fail(err, NEARDUP_E_FORMAT, "the file ends inside %s", ends.inside)
                       : status;
        }
        *end = ndup_record_ends_find(&ends, batch->data, batch->len);
        size_t most = reader->options.max_record;
        if (*end == 0 && reader->format->passable != NULL &&
            (batch->len > PASS_BYTES || (most > 0 && batch->len > most))) {
            uint64_t length = reader->format->passable(batch->data, batch->len);
            if (length > batch->len) {
                reader->passing = length - batch->len;
                batch->passed = NDUP_BATCH_PASSED_FIRST;
                *end = batch->len;
                return NEARDUP_OK;
            }
        }
        if (*end == 0 && most > 0 && batch->len > most) {
            reader->ended = true;
            batch->len = 0; /* part of a record is none */
            return ndup_fail(
                err, NEARDUP_E_LIMIT,
                "a record of more than %zu MiB is too long for the memory budget; the rest of the file was not read",
                most >> 20);
        }
    } while (*end == 0);
    return NEARDUP_OK;
}

/* More of a record that is passed over. */
static neardup_status read_passed(struct ndup_reader *reader, struct ndup_batch *batch, size_t *end, neardup_error *err)
{
    size_t n = reader->options.batch_bytes, got = 0;
    n = reader->passing < n ? (size_t)reader->passing : n;
    if (!reserve(batch, n)) {
        reader->ended = true;
        return ndup_fail_nomem(err);
    }
    neardup_status status = fill(reader, batch->data, n, &got, err);
    batch->passed = NDUP_BATCH_PASSED_ON;
    batch->len = *end = got;
    reader->passing -= got;
    reader->ended = status != NEARDUP_OK || got < n;
    return status == NEARDUP_OK && got < n
               ? ndup_fail(err, NEARDUP_E_FORMAT,
                           "the file ends inside a record: it is cut off, or the record is damaged")
               : status;
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
    batch->passed = NDUP_BATCH_RECORDS;
    neardup_status status =
        reader->passing > 0 ? read_passed(reader, batch, &end, err) : read_records(reader, batch, &end, err);
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
    if (reader->members.failed) {
        reader->ended = true;
        return ndup_fail_nomem(err);
    }
    if (reader->format->record_end == NULL)
        reader->members.len = 0;
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
