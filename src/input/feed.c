/* SPDX-License-Identifier: MIT
 * The documents of a caller become the bytes of a file (feed.h says of which format), made when they are wanted and
 * never kept. Frames have one size, so a place says which document is there. For JSON Lines, where the caller can be
 * asked again, the only thing kept is where each document begins, 8 bytes per document; a range of bytes is found by
 * binary search and the caller gives its documents once more. Writing JSON copies the runs between quotes, backslashes
 * and control characters. */
#include "base/platform.h"

#include "input/feed.h"

#include "base/abi.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

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
    bool frames;          /* else JSON Lines */
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
    free(feed->offsets);
    free(feed);
}

neardup_status ndup_feed_set_fields(struct ndup_feed *feed, const struct ndup_fields *fields, bool in_place,
                                    neardup_error *err)
{
    const char *const names[] = {fields->text, fields->id, fields->keep, fields->group};
    feed->frames = in_place && (feed->vtable.flags & NEARDUP_SOURCE_IN_PLACE) != 0;
    for (size_t i = 0; !feed->frames && i < sizeof names / sizeof *names; i++) {
        if (names[i] != NULL && strpbrk(names[i], ".\"\\") != NULL)
            return ndup_fail(err, NEARDUP_E_ARG,
                             "the field '%s' is a path: documents of a source have plain fields, use another name",
                             names[i]);
    }
    feed->fields = fields;
    return NEARDUP_OK;
}

const struct ndup_format *ndup_feed_format(const struct ndup_feed *feed)
{
    return feed->frames ? &ndup_input_frames : ndup_format_of(NEARDUP_INPUT_JSONL);
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
    ndup_buf_append_str(buf, buf->len > 0 && buf->data[buf->len - 1] == '{' ? "\"" : ", \"");
    ndup_buf_append_str(buf, name);
    ndup_buf_append_str(buf, "\": ");
}

static void put_string(struct ndup_buf *buf, const char *name, const char *text, size_t length)
{
    put_name(buf, name);
    put_quoted(buf, text, length);
}

static void put_number(struct ndup_buf *buf, const char *name, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    put_name(buf, name);
    ndup_buf_append_number(buf, text);
}

/* Two fields of one name are one member: the text, the id, and so on in this order. */
static bool is_first(const char *name, const char *a, const char *b, const char *c)
{
    return name != NULL && (a == NULL || strcmp(name, a) != 0) && (b == NULL || strcmp(name, b) != 0) &&
           (c == NULL || strcmp(name, c) != 0);
}

static void put_record(struct ndup_buf *buf, const struct ndup_fields *f, const neardup_document *d)
{
    ndup_buf_append(buf, "{", 1);
    if (d->id != NULL && is_first(f->id, f->text, NULL, NULL))
        put_string(buf, f->id, d->id, d->id_length);
    if (d->group != NULL && is_first(f->group, f->text, f->id, f->keep))
        put_string(buf, f->group, d->group, d->group_length);
    if (!isnan(d->keep_by) && !isinf(d->keep_by) && is_first(f->keep, f->text, f->id, NULL))
        put_number(buf, f->keep, d->keep_by);
    if (d->text != NULL)
        put_string(buf, f->text, d->text, d->text_length);
    ndup_buf_append(buf, "}\n", 2);
}

/* ---- a document becomes a frame -------------------------------------------------------------------------------- */

struct frame_state { /* raw JSON of the fields, until the next document of the thread */
    struct ndup_buf id, group, keep;
};

static neardup_status create_frames(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    (void)fields;
    *state = ndup_calloc(1, sizeof(struct frame_state));
    return *state != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
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
    if (!isnan(from.keep_by) && !isinf(from.keep_by)) {
        char number[40];
        snprintf(number, sizeof number, "%.17g", from.keep_by);
        ndup_buf_clear(&s->keep);
        ndup_buf_append_number(&s->keep, number);
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
    if (!ndup_feed_rereads(feed) || feed->frames || number < feed->known)
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
        if (feed->frames)
            ndup_buf_append(&feed->pending, (const char *)&feed->documents[i], FRAME);
        else
            put_record(&feed->pending, feed->fields, &feed->documents[i]);
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
    return feed->frames ? feed->text_bytes : feed->consumed;
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
        put_record(record, feed->fields, &documents[k]);
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
    if (feed->frames)
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
