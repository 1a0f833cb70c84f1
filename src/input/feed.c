/* SPDX-License-Identifier: MIT
 * The documents of a caller become the bytes of a file (feed.h says of which format), made when they are wanted and
 * never kept. Frames have one size, so a place says which document is there. For the other formats, where the caller can be
 * asked again, the only thing kept is where each document begins, 8 bytes per document; a range of bytes is found by
 * binary search and the caller gives its documents once more. Writing JSON copies the runs between quotes, backslashes
 * and control characters. */
#include "base/platform.h"

#include "input/feed.h"

#include "base/abi.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "input/field_path.h"
#include "input/json_put.h"
#include "input/rows.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Documents in one call of the caller's function: enough that a call over a language border costs little for
 * each, few enough that their bytes, which the caller holds, stay small. Not measured; a caller may give fewer. */
#define BATCH 256u

/* A frame is the document as the caller gave it, but for what is reserved. */
#define FRAME offsetof(neardup_document, reserved)

struct ndup_feed {
    neardup_source_vtable vtable;
    void *context;
    const struct ndup_fields *fields;
    const struct ndup_format *format;
    struct ndup_buf names; /* of the members for JSON Lines, each NUL-terminated: id, keep, group */
    const char *id_name, *keep_name, *group_name; /* NULL: not wanted, or the same as one before it and the text */
    bool keep_is_id, keep_is_group;
    pthread_mutex_t lock; /* around `read` unless it is parallel */
    /* of the reading pass */
    uint64_t next;           /* document */
    uint64_t consumed;       /* bytes of the file */
    uint64_t text_bytes;     /* of frames: in the caller's memory */
    struct ndup_buf pending; /* records that are not delivered yet, from `at` on */
    size_t at;
    bool ended;
    neardup_document documents[BATCH];
    /* Where every document begins, and where the last one ends: 8 bytes per document, only if it can be read again. */
    uint64_t *offsets;
    size_t known, capacity;
};

static bool has_frames(const struct ndup_feed *feed)
{
    return feed->format == &ndup_input_frames;
}

neardup_status ndup_feed_create(struct ndup_feed **out, const neardup_source_vtable *vtable, void *context,
                                neardup_error *err)
{
    neardup_source_vtable own = {.struct_size = sizeof own};
    *out = NULL;
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_source_vtable, read), vtable,
                           "neardup_source_vtable", err));
    if (own.read == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "the source has no function read");
    if ((own.flags & ~(NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE)) != 0)
        return ndup_fail(err, NEARDUP_E_ARG, "the source has unknown flags %#" PRIx32, own.flags);
    if ((own.flags & NEARDUP_SOURCE_IN_PLACE) != 0 && (own.flags & NEARDUP_SOURCE_REREAD) == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "a source with NEARDUP_SOURCE_IN_PLACE needs NEARDUP_SOURCE_REREAD");
    struct ndup_feed *feed = ndup_calloc(1, sizeof *feed);
    if (feed == NULL)
        return ndup_fail_nomem(err);
    feed->vtable = own;
    feed->context = context;
    pthread_mutex_init(&feed->lock, NULL);
    *out = feed;
    return NEARDUP_OK;
}

void ndup_feed_destroy(struct ndup_feed *feed)
{
    if (feed == NULL)
        return;
    pthread_mutex_destroy(&feed->lock);
    ndup_buf_free(&feed->pending);
    ndup_buf_free(&feed->names);
    free(feed->offsets);
    free(feed);
}

/* The name that a member must have so that a parser finds it whatever is in it: without the backslashes of a path (field_path.h).
 * That of the text it finds as it was given. */
static neardup_status add_name(struct ndup_feed *feed, const char *name, size_t *at, neardup_error *err)
{
    struct ndup_field_path paths[NDUP_PATHS];
    size_t count;
    *at = SIZE_MAX;
    if (name == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_field_paths(name, false, paths, &count, err));
    *at = feed->names.len;
    ndup_buf_append(&feed->names, paths[0].plain, strlen(paths[0].plain) + 1);
    return feed->names.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static bool is_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Fields of one name are one member: the text, else the id, else the group, each with the number to keep by. */
static neardup_status set_names(struct ndup_feed *feed, const struct ndup_fields *fields, neardup_error *err)
{
    const char *const wanted[] = {fields->id, fields->keep, fields->group};
    size_t at[3];
    ndup_buf_clear(&feed->names);
    for (size_t i = 0; i < 3; i++)
        NDUP_TRY(add_name(feed, wanted[i], &at[i], err));
    const char *names[3];
    for (size_t i = 0; i < 3; i++) {
        names[i] = at[i] != SIZE_MAX ? feed->names.data + at[i] : NULL;
        names[i] = is_same(names[i], fields->text) ? NULL : names[i];
    }
    feed->id_name = names[0];
    feed->keep_is_id = is_same(names[1], names[0]);
    feed->keep_is_group = !feed->keep_is_id && is_same(names[1], names[2]);
    feed->keep_name = feed->keep_is_id || feed->keep_is_group ? NULL : names[1];
    feed->group_name = is_same(names[2], names[0]) ? NULL : names[2];
    return NEARDUP_OK;
}

neardup_status ndup_feed_set_fields(struct ndup_feed *feed, const struct ndup_fields *fields, bool written,
                                    neardup_error *err)
{
    bool in_place = (feed->vtable.flags & NEARDUP_SOURCE_IN_PLACE) != 0;
    feed->format = written ? ndup_format_of(NEARDUP_INPUT_JSONL) : in_place ? &ndup_input_frames : &ndup_input_rows;
    feed->fields = fields;
    return written ? set_names(feed, fields, err) : NEARDUP_OK;
}

const struct ndup_format *ndup_feed_format(const struct ndup_feed *feed)
{
    return feed->format;
}

bool ndup_feed_rereads(const struct ndup_feed *feed)
{
    return (feed->vtable.flags & NEARDUP_SOURCE_REREAD) != 0;
}

/* ---- a document becomes a line --------------------------------------------------------------------------------- */

/* What must be escaped in a JSON string. */
static bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void put_quoted(struct ndup_buf *buf, const char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    size_t begin = 0;
    ndup_buf_append(buf, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (NDUP_LIKELY(!is_special(c)))
            continue;
        ndup_buf_append(buf, text + begin, i - begin);
        begin = i + 1;
        if (c == '"' || c == '\\')
            ndup_buf_append(buf, (const char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            ndup_buf_append(buf, "\\n", 2);
        else
            ndup_buf_append(buf, (const char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
    }
    ndup_buf_append(buf, text + begin, length - begin);
    ndup_buf_append(buf, "\"", 1);
}

static void put_name(struct ndup_buf *buf, const char *name)
{
    if (buf->len > 0 && buf->data[buf->len - 1] != '{')
        ndup_buf_append(buf, ", ", 2);
    put_quoted(buf, name, strlen(name));
    ndup_buf_append(buf, ": ", 2);
}

static void put_string(struct ndup_buf *buf, const char *name, const char *text, size_t length)
{
    put_name(buf, name);
    put_quoted(buf, text, length);
}

static bool is_number(double number)
{
    return !isnan(number) && !isinf(number);
}

static void append_number(struct ndup_buf *buf, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    ndup_buf_append_number(buf, text);
}

/* The number to keep by. If it is the id or the group, too, these have its digits, and a double may have fewer. */
static void put_keep(struct ndup_buf *buf, const struct ndup_fields *fields, const neardup_document *d)
{
    if (is_same(fields->keep, fields->id) && d->id != NULL && ndup_is_json_number(d->id, d->id_length))
        ndup_buf_append(buf, d->id, d->id_length);
    else if (is_same(fields->keep, fields->group) && d->group != NULL && ndup_is_json_number(d->group, d->group_length))
        ndup_buf_append(buf, d->group, d->group_length);
    else
        append_number(buf, d->keep_by);
}

/* An id or a group. with_keep: it is the number to keep by, too. */
static void put_value(struct ndup_buf *buf, const char *name, const char *text, size_t length, bool with_keep)
{
    put_name(buf, name);
    if (with_keep && ndup_is_json_number(text, length))
        ndup_buf_append(buf, text, length);
    else
        put_quoted(buf, text, length);
}

static void put_line(struct ndup_buf *buf, const struct ndup_feed *feed, const neardup_document *d)
{
    ndup_buf_append(buf, "{", 1);
    if (d->id != NULL && feed->id_name != NULL)
        put_value(buf, feed->id_name, d->id, d->id_length, feed->keep_is_id && is_number(d->keep_by));
    if (d->group != NULL && feed->group_name != NULL)
        put_value(buf, feed->group_name, d->group, d->group_length, feed->keep_is_group && is_number(d->keep_by));
    if (is_number(d->keep_by) && feed->keep_name != NULL) {
        put_name(buf, feed->keep_name);
        append_number(buf, d->keep_by);
    }
    if (d->text != NULL)
        put_string(buf, feed->fields->text, d->text, d->text_length);
    ndup_buf_append(buf, "}\n", 2);
}

/* ---- a document becomes a row ----------------------------------------------------------------------------------- */

static void put_row(struct ndup_buf *buf, const struct ndup_fields *fields, const neardup_document *d)
{
    struct ndup_buf number = NDUP_BUF_INIT;
    struct ndup_row_names names = {.id = {d->id, d->id_length, false}};
    if (fields->group != NULL)
        names.group = (struct ndup_row_value){d->group, d->group_length, false};
    if (fields->keep != NULL && is_number(d->keep_by)) {
        put_keep(&number, fields, d);
        names.keep = (struct ndup_row_value){number.data, number.len, true};
    }
    size_t follow = ndup_rows_put(buf, &names, d->text != NULL, d->text_length);
    if (d->text != NULL)
        ndup_buf_append(buf, d->text, follow);
    buf->failed = buf->failed || number.failed;
    ndup_buf_free(&number);
}

static void put_record(struct ndup_buf *buf, const struct ndup_feed *feed, const neardup_document *d)
{
    if (feed->format == &ndup_input_rows)
        put_row(buf, feed->fields, d);
    else
        put_line(buf, feed, d);
}

/* ---- a document becomes a frame -------------------------------------------------------------------------------- */

struct frame_state {
    const struct ndup_fields *fields;
    struct ndup_buf id, group, keep; /* raw JSON, until the next document of the thread */
};

static neardup_status create_frames(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    struct frame_state *s = ndup_calloc(1, sizeof *s);
    *state = s;
    if (s == NULL)
        return ndup_fail_nomem(err);
    s->fields = fields;
    return NEARDUP_OK;
}

static void destroy_frames(void *state)
{
    struct frame_state *s = state;
    ndup_buf_free(&s->id);
    ndup_buf_free(&s->group);
    ndup_buf_free(&s->keep);
    free(s);
}

static void find_frame_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    (void)data;
    ends->end = len - len % FRAME;
}

static bool next_frame(struct ndup_records *it, struct ndup_document *d)
{
    if ((size_t)(it->end - it->at) < FRAME)
        return false;
    *d = (struct ndup_document){
        .record = it->at, .record_length = FRAME, .length = FRAME, .line = it->line, .end_line = it->line + 1};
    it->at += FRAME;
    it->line++;
    return true;
}

static bool parse_frame(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    struct frame_state *s = state;
    neardup_document from;
    (void)head;
    memcpy(&from, d->record, FRAME);
    d->text = d->raw = from.text;
    d->text_length = d->raw_length = from.text_length;
    if (from.text == NULL)
        d->problem = "no text field";
    else if (from.text_length > UINT32_MAX)
        d->problem = "the text is longer than 4 GiB";
    if (from.id != NULL) {
        ndup_buf_clear(&s->id);
        put_quoted(&s->id, from.id, from.id_length);
        d->id = s->id.data;
        d->id_length = s->id.len;
    }
    if (from.group != NULL) {
        ndup_buf_clear(&s->group);
        put_quoted(&s->group, from.group, from.group_length);
        d->group = s->group.data;
        d->group_length = s->group.len;
    }
    if (is_number(from.keep_by)) {
        ndup_buf_clear(&s->keep);
        put_keep(&s->keep, s->fields, &from);
        d->keep = s->keep.data;
        d->keep_length = s->keep.len;
    }
    return !s->id.failed && !s->group.failed && !s->keep.failed;
}

const struct ndup_format ndup_input_frames = {
    .code = (neardup_input_format)NDUP_INPUT_FRAMES,
    .suffixes = "",
    .derived = true,
    .in_place = true,
    .step = 64 << 10, /* a thousand documents, so that all threads have work in a small table */
    .has_text_field = true,
    .least_bytes = 200,
    .find_end = find_frame_end,
    .next = next_frame,
    .create = create_frames,
    .parse = parse_frame,
    .destroy = destroy_frames,
};

/* ---- asking the caller ----------------------------------------------------------------------------------------- */

/* Between these the documents that were got stay valid: of a source that is not parallel until anybody asks again. */
static void begin_asking(struct ndup_feed *feed)
{
    if ((feed->vtable.flags & NEARDUP_SOURCE_PARALLEL) == 0)
        pthread_mutex_lock(&feed->lock);
}

static void end_asking(struct ndup_feed *feed)
{
    if ((feed->vtable.flags & NEARDUP_SOURCE_PARALLEL) == 0)
        pthread_mutex_unlock(&feed->lock);
}

static neardup_status ask(struct ndup_feed *feed, uint64_t first, neardup_document *documents, size_t most,
                          size_t *count, neardup_error *err)
{
    neardup_error why = {.code = NEARDUP_OK};
    for (size_t i = 0; i < most; i++)
        documents[i] = (neardup_document){.keep_by = NAN};
    *count = 0;
    neardup_status st = feed->vtable.read(feed->context, first, documents, most, count, &why);
    if (st != NEARDUP_OK)
        return ndup_fail(err, st, "%s", why.message[0] != '\0' ? why.message : "the source failed");
    if (*count > most)
        return ndup_fail(err, NEARDUP_E_ARG, "the source gave %zu documents, more than %zu", *count, most);
    return NEARDUP_OK;
}

/* ---- the reading pass ------------------------------------------------------------------------------------------ */

void ndup_feed_rewind(struct ndup_feed *feed)
{
    feed->next = feed->consumed = feed->text_bytes = 0;
    feed->at = 0;
    feed->ended = false;
    ndup_buf_clear(&feed->pending);
}

/* Document `number` begins at `offset`. */
static bool note_offset(struct ndup_feed *feed, uint64_t number, uint64_t offset)
{
    if (!ndup_feed_rereads(feed) || has_frames(feed) || number < feed->known)
        return true;
    if (!ndup_grow(&feed->offsets, &feed->capacity, feed->known + 1, sizeof *feed->offsets))
        return false;
    feed->offsets[feed->known++] = offset;
    return true;
}

static neardup_status take_documents(struct ndup_feed *feed, size_t *count, neardup_error *err)
{
    NDUP_TRY(ask(feed, feed->next, feed->documents, BATCH, count, err));
    for (size_t i = 0; i < *count; i++) {
        if (!note_offset(feed, feed->next + i, feed->consumed + feed->pending.len))
            return ndup_fail_nomem(err);
        feed->text_bytes += feed->documents[i].text_length;
        if (has_frames(feed))
            ndup_buf_append(&feed->pending, (const char *)&feed->documents[i], FRAME);
        else
            put_record(&feed->pending, feed, &feed->documents[i]);
    }
    return feed->pending.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* The next documents, after all pending bytes were delivered. */
static neardup_status refill(struct ndup_feed *feed, neardup_error *err)
{
    size_t count = 0;
    ndup_buf_clear(&feed->pending);
    feed->at = 0;
    begin_asking(feed);
    neardup_status st = take_documents(feed, &count, err);
    end_asking(feed);
    NDUP_TRY(st);
    feed->next += count;
    feed->ended = count == 0;
    return feed->ended && !note_offset(feed, feed->next, feed->consumed) ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status ndup_feed_read(struct ndup_feed *feed, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    *got = 0;
    while (*got < capacity && !feed->ended) {
        if (feed->at == feed->pending.len) {
            neardup_status st = refill(feed, err);
            if (st != NEARDUP_OK) {
                feed->ended = true;
                return st;
            }
            continue;
        }
        size_t n = feed->pending.len - feed->at;
        if (n > capacity - *got)
            n = capacity - *got;
        memcpy((char *)buffer + *got, feed->pending.data + feed->at, n);
        feed->at += n;
        feed->consumed += n;
        *got += n;
    }
    return NEARDUP_OK;
}

uint64_t ndup_feed_consumed(const struct ndup_feed *feed)
{
    return has_frames(feed) ? feed->text_bytes : feed->consumed;
}

/* ---- reading again --------------------------------------------------------------------------------------------- */

/* The document that holds the byte at this offset. */
static size_t document_at(const struct ndup_feed *feed, uint64_t offset)
{
    size_t low = 0, high = feed->known;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (feed->offsets[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Copies what the records of documents[0..count), the first one being number i, have of the wanted bytes. */
static neardup_status copy_records(const struct ndup_feed *feed, const neardup_document *documents, size_t count,
                                   size_t i, struct ndup_buf *record, char **to, size_t *length, uint64_t *offset,
                                   neardup_error *err)
{
    for (size_t k = 0; k < count && (*length) > 0; k++, i++) {
        ndup_buf_clear(record);
        put_record(record, feed, &documents[k]);
        if (record->failed)
            return ndup_fail_nomem(err);
        if (record->len != feed->offsets[i + 1] - feed->offsets[i])
            return ndup_fail(err, NEARDUP_E_IO, "document %zu of the source has changed while it was being read", i);
        size_t skip = (size_t)(*offset - feed->offsets[i]), n = record->len - skip;
        if (n > *length)
            n = *length;
        memcpy(*to, record->data + skip, n);
        *to += n;
        *offset += n;
        *length -= n;
    }
    return NEARDUP_OK;
}

/* Whole frames, as they were read. */
static neardup_status read_frames(struct ndup_feed *feed, char *to, size_t length, uint64_t offset, neardup_error *err)
{
    neardup_document documents[BATCH];
    for (size_t i = 0; i < length / FRAME;) {
        size_t count = 0, most = length / FRAME - i < BATCH ? length / FRAME - i : BATCH;
        begin_asking(feed);
        neardup_status st = ask(feed, offset / FRAME + i, documents, most, &count, err);
        for (size_t k = 0; st == NEARDUP_OK && k < count; k++)
            memcpy(to + (i + k) * FRAME, &documents[k], FRAME);
        end_asking(feed);
        NDUP_TRY(st);
        if (count == 0)
            return ndup_fail(err, NEARDUP_E_IO, "document %" PRIu64 " of the source is not there any more",
                             offset / FRAME + i);
        i += count;
    }
    return NEARDUP_OK;
}

neardup_status ndup_feed_read_at(struct ndup_feed *feed, void *buffer, size_t length, uint64_t offset,
                                 neardup_error *err)
{
    if (has_frames(feed))
        return read_frames(feed, buffer, length, offset, err);
    neardup_document *documents = ndup_alloc(BATCH, sizeof *documents);
    struct ndup_buf record = {0};
    char *to = buffer;
    neardup_status st = documents == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    if (st == NEARDUP_OK && (feed->known == 0 || offset + length > feed->offsets[feed->known - 1]))
        st = ndup_fail(err, NEARDUP_E_IO, "the source is shorter than it was");
    while (st == NEARDUP_OK && length > 0) {
        size_t first = document_at(feed, offset), last = document_at(feed, offset + length - 1), count = 0;
        size_t most = last - first + 1 < BATCH ? last - first + 1 : BATCH;
        begin_asking(feed);
        st = ask(feed, first, documents, most, &count, err);
        if (st == NEARDUP_OK && count == 0)
            st = ndup_fail(err, NEARDUP_E_IO, "document %zu of the source is not there any more", first);
        if (st == NEARDUP_OK)
            st = copy_records(feed, documents, count, first, &record, &to, &length, &offset, err);
        end_asking(feed);
    }
    ndup_buf_free(&record);
    free(documents);
    return st;
}
