/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/members.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that are copied at a time, and of records the first look. Not swept. */
#define COPY_BYTES ((size_t)1 << 20)

/* A longer record becomes several members: they are held in memory. */
#define LONGEST ((size_t)64 << 20)

/* ---- the members ---- */

static bool take_number(struct ndup_members *m, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; m->at < m->end && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)*m->at++;
        *number |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return true;
    }
    return false;
}

bool ndup_members_next(struct ndup_members *m)
{
    if (!take_number(m, &m->stored_bytes) || !take_number(m, &m->text_bytes))
        return false;
    m->stored += m->stored_bytes;
    m->text += m->text_bytes;
    return true;
}

/* ---- writing ---- */

struct members_copying {
    const struct ndup_members_copy *job;
    const struct ndup_rewrite *rewrite;
    struct ndup_compressor *compressor;
    size_t compressor_room;
    char *buffer;
    size_t capacity;
    uint64_t written;
};

static neardup_status put(struct members_copying *c, const char *bytes, size_t length, neardup_error *err)
{
    int code = ndup_io_write(c->rewrite->target, bytes, length);
    c->written += length;
    return code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot write '%s'", c->rewrite->target_name);
}

static neardup_status report(const struct members_copying *c, uint64_t done, neardup_error *err)
{
    const struct ndup_rewrite *r = c->rewrite;
    return r->progress == NULL || r->progress(r->context, done) ? NEARDUP_OK
                                                                : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

static neardup_status copy_stored(struct members_copying *c, uint64_t begin, uint64_t end, neardup_error *err)
{
    while (begin < end) {
        size_t n = end - begin < COPY_BYTES ? (size_t)(end - begin) : COPY_BYTES;
        NDUP_TRY(c->job->read_file(c->job->context, c->buffer, n, begin, err));
        NDUP_TRY(put(c, c->buffer, n, err));
        begin += n;
    }
    return NEARDUP_OK;
}

/* ---- records that become members ---- */

static neardup_status compress(struct members_copying *c, const char *bytes, size_t length, neardup_error *err)
{
    const char *result;
    if (c->compressor == NULL || length > c->compressor_room) {
        ndup_compressor_destroy(c->compressor);
        c->compressor = NULL;
        c->compressor_room = length > COPY_BYTES ? length : COPY_BYTES;
        NDUP_TRY(ndup_compressor_create(&c->compressor, c->rewrite->codec, c->compressor_room, err));
    }
    const struct ndup_codec_piece piece = {bytes, length, 0, true};
    NDUP_TRY(ndup_compressor_run(c->compressor, &piece, &result, &length, err));
    return put(c, result, length, err);
}

/* The records of a range of which nothing is cut. */
static neardup_status write_records(struct members_copying *c, uint64_t begin, uint64_t end, neardup_error *err)
{
    const struct ndup_rewrite *r = c->rewrite;
    size_t at = 0, left = 0; /* of the buffer: the bytes before `begin` that are not written yet */
    while (left > 0 || begin < end) {
        const char *from = c->buffer + at, *stop = NULL;
        if (left > 0)
            stop = c->job->record_end(from, from + left, begin == end);
        if (stop == NULL && left >= LONGEST)
            stop = from + left;
        if (stop != NULL) {
            size_t length = (size_t)(stop - from);
            NDUP_TRY(compress(c, from, length, err));
            at += length;
            left -= length;
            continue;
        }
        if (c->buffer != NULL && at > 0)
            memmove(c->buffer, from, left);
        at = 0;
        size_t more = left > COPY_BYTES ? left : COPY_BYTES;
        more = end - begin < more ? (size_t)(end - begin) : more;
        if (!ndup_grow(&c->buffer, &c->capacity, left + more, 1))
            return ndup_fail_nomem(err);
        NDUP_TRY(r->read(r->read_context, 0, c->buffer + left, more, begin, err));
        left += more;
        begin += more;
        NDUP_TRY(report(c, begin, err));
    }
    return NEARDUP_OK;
}

/* From here to the end of the file. */
static neardup_status write_all_records(struct members_copying *c, uint64_t begin, neardup_error *err)
{
    const struct ndup_rewrite *r = c->rewrite;
    for (size_t i = 0; i < r->cut_count; i++) {
        if (r->cuts[i].end <= begin)
            continue;
        if (r->cuts[i].begin > begin)
            NDUP_TRY(write_records(c, begin, r->cuts[i].begin, err));
        begin = r->cuts[i].end;
    }
    return begin < r->source_bytes ? write_records(c, begin, r->source_bytes, err) : NEARDUP_OK;
}

/* ---- members that stay ---- */

static struct ndup_members members_of(const struct ndup_members_copy *job)
{
    return (struct ndup_members){.at = job->members, .end = job->members + job->length};
}

/* Whether a member, or the file, ends at each end of each cut. */
static bool cuts_are_members(const struct ndup_members_copy *job)
{
    const struct ndup_rewrite *r = job->rewrite;
    struct ndup_members m = members_of(job);
    for (size_t i = 0; i < 2 * r->cut_count; i++) {
        uint64_t place = i % 2 == 0 ? r->cuts[i / 2].begin : r->cuts[i / 2].end;
        while (m.text < place && ndup_members_next(&m))
            ;
        if (m.text != place)
            return false;
    }
    return true;
}

static neardup_status copy_members(struct members_copying *c, neardup_error *err)
{
    const struct ndup_rewrite *r = c->rewrite;
    struct ndup_members m = members_of(c->job);
    uint64_t begin = 0, end = 0; /* of what stays, and is not copied yet */
    size_t cut = 0;
    while (ndup_members_next(&m)) {
        uint64_t from = m.stored - m.stored_bytes, text = m.text - m.text_bytes;
        while (cut < r->cut_count && r->cuts[cut].end <= text)
            cut++;
        if (cut < r->cut_count && r->cuts[cut].begin <= text)
            continue;
        if (from != end || end - begin >= COPY_BYTES) {
            NDUP_TRY(copy_stored(c, begin, end, err));
            NDUP_TRY(report(c, text, err));
            begin = from;
        }
        end = m.stored;
    }
    NDUP_TRY(copy_stored(c, begin, end, err));
    return m.text < r->source_bytes ? write_all_records(c, m.text, err) : NEARDUP_OK; /* of a member that is cut off */
}

neardup_status ndup_members_write(const struct ndup_members_copy *job, uint64_t *written, neardup_error *err)
{
    struct members_copying c = {.job = job, .rewrite = job->rewrite};
    neardup_status st = NEARDUP_OK;
    if (!ndup_grow(&c.buffer, &c.capacity, COPY_BYTES, 1))
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK)
        st = cuts_are_members(job) ? copy_members(&c, err) : write_all_records(&c, 0, err);
    if (st == NEARDUP_OK && c.written == 0) /* gzip of nothing is not nothing */
        st = compress(&c, "", 0, err);
    ndup_compressor_destroy(c.compressor);
    free(c.buffer);
    *written = c.written;
    return st;
}
