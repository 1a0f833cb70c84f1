/* SPDX-License-Identifier: MIT
 * Stored bytes become plain ones. The codec is recognised by the first bytes of a file, never by its name: a .gz that
 * somebody unpacked in place, and a compressed pipe, are both read. */
#include "base/platform.h"

#include "input/decompress.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Stored bytes that a decoder reads at a time: many enough that a read costs little beside decompressing them
 * (more than 1 ms), few enough for the second-level cache. Not swept. */
#define STORED_CHUNK ((size_t)256 * 1024)

/* Linux moves at most this much in one read. */
#define MAX_READ ((size_t)0x7ffff000)

/* How long a wish to stop may wait while a pipe has nothing to give: people do not notice it, and ten wake-ups per
 * second cost nothing. */
#define POLL_MILLISECONDS 100

/* ---- stored bytes ---- */

/* A descriptor, a program, or memory if fd is -1. The first bytes were looked at, and are given out again. */
struct stored {
    int fd;
    struct ndup_process *process; /* in place of the descriptor; NULL: none */
    bool owned;                   /* close the descriptor */
    const atomic_bool *cancel; /* looked at before a read that may wait; NULL: reads do not wait, or nobody cancels */
    const uint8_t *memory;
    size_t memory_left;
    uint8_t peek[4];
    size_t peek_at, peek_len;
    uint64_t consumed;
};

/* Until a read will not wait, or says what is wrong. */
static neardup_status wait_for_bytes(int fd, const atomic_bool *cancel, neardup_error *err)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready;
    do {
        if (atomic_load_explicit(cancel, memory_order_relaxed))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        ready = poll(&wait, 1, POLL_MILLISECONDS);
    } while (ready == 0 || (ready < 0 && errno == EINTR)); /* the signal that cancels is what interrupts */
    return NEARDUP_OK;
}

static neardup_status read_descriptor(int fd, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    for (;;) {
        ssize_t n = read(fd, buffer, capacity < MAX_READ ? capacity : MAX_READ);
        if (n >= 0) {
            *got = (size_t)n;
            return NEARDUP_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            /* Standard input that somebody else made non-blocking. */
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            if (poll(&wait, 1, -1) >= 0)
                continue;
        }
        if (errno != EINTR)
            return ndup_fail_errno(err, errno, "cannot read");
    }
}

/* One read of at most capacity bytes; *got == 0 with OK is the end. */
static neardup_status stored_read(struct stored *source, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    *got = 0;
    if (source->peek_at < source->peek_len) {
        size_t n = source->peek_len - source->peek_at;
        if (n > capacity)
            n = capacity;
        memcpy(buffer, source->peek + source->peek_at, n);
        source->peek_at += n;
        *got = n;
    } else if (source->process != NULL) {
        NDUP_TRY(ndup_process_read(source->process, buffer, capacity, got, err));
    } else if (source->fd >= 0) {
        if (source->cancel != NULL)
            NDUP_TRY(wait_for_bytes(source->fd, source->cancel, err));
        NDUP_TRY(read_descriptor(source->fd, buffer, capacity, got, err));
    } else {
        size_t n = source->memory_left < capacity ? source->memory_left : capacity;
        if (n > 0)
            memcpy(buffer, source->memory, n);
        source->memory += n;
        source->memory_left -= n;
        *got = n;
    }
    source->consumed += *got;
    return NEARDUP_OK;
}

/* A pipe may give the first bytes one by one. */
static neardup_status look(struct stored *source, neardup_error *err)
{
    uint8_t first[sizeof source->peek];
    size_t have = 0;
    while (have < sizeof first) {
        size_t got;
        NDUP_TRY(stored_read(source, first + have, sizeof first - have, &got, err));
        if (got == 0)
            break;
        have += got;
    }
    memcpy(source->peek, first, have);
    source->peek_len = have;
    source->consumed = 0;
    return NEARDUP_OK;
}

/* ---- gzip ---- With ISA-L: 0.59 GB/s of text per core, three times zlib. libdeflate, which writes our gzip, cannot
 * stream. A file may hold any number of members one after the other, and zero bytes after the last one (tapes and block
 * devices pad so). */

/* Every call of the decoder gets exactly this much room, and a full buffer of input, because how much of a damaged
 * stream it delivers depends on both: so it depends on nothing that the caller or a pipe does.
 * Half of a batch (NDUP_BATCH_BYTES), so that a batch is filled without a copy. */
#define CALL_ROOM ((size_t)512 * 1024)

/* So far in front of the place where the decoder gave up it had not yet met the damage. It reads 8 bytes ahead. */
#define SAFE_DISTANCE 1024

struct gzip {
    struct inflate_state state;
    struct inflate_state before; /* the state before the last call */
    uint8_t
        *spare; /* CALL_ROOM bytes, for when the caller has less room; [spare_at, spare_len) are not yet given out */
    size_t spare_at, spare_len;
    neardup_status failed; /* met after the spare bytes */
    neardup_error failure;
    uint8_t *stored; /* STORED_CHUNK bytes */
    bool in_member;
    bool source_ended;
    unsigned idle; /* calls in a row that moved nothing although there was input and room */
};

static void gzip_destroy(struct gzip *gzip)
{
    if (gzip == NULL)
        return;
    free(gzip->stored);
    free(gzip->spare);
    free(gzip);
}

static struct gzip *gzip_create(void)
{
    struct gzip *gzip = ndup_calloc(1, sizeof *gzip);
    if (gzip == NULL)
        return NULL;
    gzip->stored = ndup_alloc(STORED_CHUNK, 1);
    gzip->spare = ndup_alloc(CALL_ROOM, 1);
    if (gzip->stored == NULL || gzip->spare == NULL) {
        gzip_destroy(gzip);
        return NULL;
    }
    isal_inflate_init(&gzip->state);
    gzip->state.crc_flag = ISAL_GZIP;
    gzip->in_member = true;
    return gzip;
}

static neardup_status refill(struct gzip *gzip, struct stored *source, neardup_error *err)
{
    if (gzip->state.avail_in > 0 || gzip->source_ended)
        return NEARDUP_OK;
    size_t have = 0;
    neardup_status status = NEARDUP_OK;
    while (status == NEARDUP_OK && have < STORED_CHUNK) {
        size_t got;
        status = stored_read(source, gzip->stored + have, STORED_CHUNK - have, &got, err);
        if (got == 0)
            break;
        have += got;
    }
    gzip->state.next_in = gzip->stored;
    gzip->state.avail_in = (uint32_t)have;
    gzip->source_ended = have == 0;
    /* What came before a failed read is decoded first; the next read fails again, or loses nothing. */
    return have > 0 ? NEARDUP_OK : status;
}

/* After a member: passes over zero bytes; a gzip header begins the next member. */
static neardup_status between_members(struct gzip *gzip, struct stored *source, bool *more, neardup_error *err)
{
    struct inflate_state *state = &gzip->state;
    *more = false;
    for (;;) {
        NDUP_TRY(refill(gzip, source, err));
        if (state->avail_in == 0)
            return NEARDUP_OK;
        while (state->avail_in > 0 && *state->next_in == 0) {
            state->next_in++;
            state->avail_in--;
        }
        if (state->avail_in > 0)
            break;
    }
    if (*state->next_in != 0x1f)
        return ndup_fail(err, NEARDUP_E_FORMAT, "data after the end of the gzip stream");
    isal_inflate_reset(state);
    gzip->in_member = true;
    *more = true;
    return NEARDUP_OK;
}

static int call_decoder(struct inflate_state *state, size_t input)
{
    uint32_t kept = state->avail_in - (uint32_t)input;
    state->avail_in = (uint32_t)input;
    int code = isal_inflate(state);
    state->avail_in += kept;
    return code;
}

/* The decoder met damage. It has then counted up to some hundred bytes as output that it never wrote, so the call is
 * repeated: in one go up to a safe distance, then byte by byte up to the byte that shows the damage. */
static size_t bytes_before_damage(struct gzip *gzip)
{
    struct inflate_state *state = &gzip->state;
    size_t used = gzip->before.avail_in - state->avail_in;
    *state = gzip->before;
    size_t got = 0;
    size_t step = used > SAFE_DISTANCE ? used - SAFE_DISTANCE : 1;
    while (state->avail_in > 0 && call_decoder(state, step) >= 0 && state->block_state != ISAL_BLOCK_FINISH) {
        got = CALL_ROOM - state->avail_out;
        step = 1;
    }
    return got;
}

static neardup_status fail_code(int code, neardup_error *err)
{
    const char *why = code == ISAL_INCORRECT_CHECKSUM ? ": wrong checksum" : "";
    return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is corrupt%s", why);
}

/* One call of the decoder, for CALL_ROOM bytes; *got == 0 does not mean the end. */
static neardup_status inflate_some(struct gzip *gzip, uint8_t *buffer, size_t *got, neardup_error *err)
{
    struct inflate_state *state = &gzip->state;
    uint32_t before_in = state->avail_in;
    state->next_out = buffer;
    state->avail_out = CALL_ROOM;
    gzip->before = *state;
    int code = isal_inflate(state);
    *got = CALL_ROOM - state->avail_out;
    if (code == ISAL_INCORRECT_CHECKSUM)
        return fail_code(code, err); /* all was decoded, and written */
    if (code < 0 || code == ISAL_NEED_DICT) {
        *got = bytes_before_damage(gzip);
        return fail_code(code, err);
    }
    if (state->block_state == ISAL_BLOCK_FINISH) {
        gzip->in_member = false;
        gzip->idle = 0;
        return NEARDUP_OK;
    }
    bool moved = *got > 0 || state->avail_in < before_in;
    if (!moved && gzip->source_ended)
        return ndup_fail(err, NEARDUP_E_FORMAT, "gzip stream is cut off");
    /* Not seen; without this limit a decoder that does nothing would hang us. */
    gzip->idle = moved || before_in == 0 ? 0 : gzip->idle + 1;
    return gzip->idle > 2 ? fail_code(0, err) : NEARDUP_OK;
}

/* The next bytes into buffer, which has CALL_ROOM. *got == 0 with OK is the end. */
static neardup_status decode(struct gzip *gzip, struct stored *source, uint8_t *buffer, size_t *got, neardup_error *err)
{
    *got = 0;
    while (*got == 0) {
        if (!gzip->in_member) {
            bool more;
            NDUP_TRY(between_members(gzip, source, &more, err));
            if (!more)
                return NEARDUP_OK;
        }
        NDUP_TRY(refill(gzip, source, err));
        NDUP_TRY(inflate_some(gzip, buffer, got, err));
    }
    return NEARDUP_OK;
}

/* Where streams end. */
struct notes {
    struct ndup_buf *to; /* NULL: nobody wants to know */
    uint64_t text;       /* bytes that were decompressed */
    uint64_t noted_stored, noted_text;
};

static void put_number(struct ndup_buf *to, uint64_t number)
{
    char bytes[10];
    size_t n = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[n++] = (char)(number | 0x80);
    bytes[n++] = (char)number;
    ndup_buf_append(to, bytes, n);
}

/* A stream ended after so many stored bytes of the file. */
static void note_end(struct notes *notes, uint64_t stored)
{
    put_number(notes->to, stored - notes->noted_stored);
    put_number(notes->to, notes->text - notes->noted_text);
    notes->noted_stored = stored;
    notes->noted_text = notes->text;
}

static void note_gzip(struct notes *notes, const struct gzip *gzip, const struct stored *source, size_t got)
{
    notes->text += got;
    if (notes->to != NULL && !gzip->in_member && got > 0)
        note_end(notes, source->consumed - gzip->state.avail_in);
}

/* As ndup_stream_read. */
static neardup_status gzip_read(struct gzip *gzip, struct stored *source, struct notes *notes, uint8_t *buffer,
                                size_t capacity, size_t *got, neardup_error *err)
{
    while (*got < capacity) {
        size_t room = capacity - *got, n = gzip->spare_len - gzip->spare_at;
        if (n > 0) {
            n = n < room ? n : room;
            memcpy(buffer + *got, gzip->spare + gzip->spare_at, n);
            gzip->spare_at += n;
        } else if (gzip->failed != NEARDUP_OK) {
            if (err != NULL)
                *err = gzip->failure;
            return gzip->failed;
        } else if (room >= CALL_ROOM) {
            gzip->failed = decode(gzip, source, buffer + *got, &n, &gzip->failure);
            note_gzip(notes, gzip, source, n);
            if (n == 0 && gzip->failed == NEARDUP_OK)
                return NEARDUP_OK;
        } else {
            gzip->spare_at = 0;
            gzip->failed = decode(gzip, source, gzip->spare, &gzip->spare_len, &gzip->failure);
            note_gzip(notes, gzip, source, gzip->spare_len);
            if (gzip->spare_len == 0 && gzip->failed == NEARDUP_OK)
                return NEARDUP_OK;
        }
        *got += n;
    }
    return NEARDUP_OK;
}

/* ---- zstd ----
 * Frames one after the other; skippable ones are passed over. */

/* Accepts what `zstd --long=31` writes. The window is allocated when a frame says that it needs it: 2 GB at worst. */
#define WINDOW_LOG_MAX 31

struct zstd {
    ZSTD_DCtx *context;
    uint8_t *stored; /* STORED_CHUNK bytes */
    ZSTD_inBuffer in;
    bool in_frame;
    bool source_ended;
};

static void zstd_destroy(struct zstd *zstd)
{
    if (zstd == NULL)
        return;
    ZSTD_freeDCtx(zstd->context);
    free(zstd->stored);
    free(zstd);
}

static struct zstd *zstd_create(void)
{
    struct zstd *zstd = ndup_calloc(1, sizeof *zstd);
    if (zstd == NULL)
        return NULL;
    zstd->stored = ndup_alloc(STORED_CHUNK, 1);
    zstd->context = ZSTD_createDCtx();
    if (zstd->stored == NULL || zstd->context == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        zstd_destroy(zstd);
        return NULL;
    }
    zstd->in.src = zstd->stored;
    return zstd;
}

static neardup_status zstd_refill(struct zstd *zstd, struct stored *source, neardup_error *err)
{
    if (zstd->in.pos < zstd->in.size || zstd->source_ended)
        return NEARDUP_OK;
    size_t got;
    NDUP_TRY(stored_read(source, zstd->stored, STORED_CHUNK, &got, err));
    zstd->in.size = got;
    zstd->in.pos = 0;
    zstd->source_ended = got == 0;
    return NEARDUP_OK;
}

static neardup_status zstd_fail(size_t code, neardup_error *err)
{
    switch ((int)ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return ndup_fail_nomem(err);
    case ZSTD_error_checksum_wrong:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is corrupt: wrong checksum");
    case ZSTD_error_prefix_unknown:
        return ndup_fail(err, NEARDUP_E_FORMAT, "data after the end of the zstd stream");
    case ZSTD_error_dictionary_wrong:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream needs a dictionary");
    default:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is corrupt");
    }
}

/* Decodes at most one block, for flush() to fetch. The library forgets what it put out in a call that fails: without
 * room for output no call can lose anything. */
static neardup_status decode_block(struct zstd *zstd, neardup_error *err)
{
    if (zstd->source_ended)
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is cut off");
    ZSTD_outBuffer none = {NULL, 0, 0};
    size_t hint = ZSTD_decompressStream(zstd->context, &none, &zstd->in);
    if (ZSTD_isError(hint))
        return zstd_fail(hint, err);
    zstd->in_frame = hint != 0;
    return NEARDUP_OK;
}

/* Fetches what is decoded. */
static neardup_status flush(struct zstd *zstd, ZSTD_outBuffer *out, neardup_error *err)
{
    ZSTD_inBuffer none = {NULL, 0, 0};
    size_t hint = ZSTD_decompressStream(zstd->context, out, &none);
    return ZSTD_isError(hint) ? zstd_fail(hint, err) : NEARDUP_OK;
}

/* As ndup_stream_read. */
static neardup_status zstd_read(struct zstd *zstd, struct stored *source, uint8_t *buffer, size_t capacity, size_t *got,
                                neardup_error *err)
{
    ZSTD_outBuffer out = {buffer, capacity, 0};
    neardup_status status = NEARDUP_OK;
    while (out.pos < capacity && status == NEARDUP_OK) {
        size_t before = out.pos;
        if (zstd->in_frame)
            status = flush(zstd, &out, err);
        if (status != NEARDUP_OK || out.pos > before)
            continue;
        status = zstd_refill(zstd, source, err);
        if (status == NEARDUP_OK && zstd->source_ended && !zstd->in_frame)
            break;
        if (status == NEARDUP_OK)
            status = decode_block(zstd, err);
    }
    *got = out.pos;
    return status;
}

/* ---- the stream ---- */

struct ndup_stream {
    struct stored source;
    enum ndup_codec codec;
    struct gzip *gzip;
    struct zstd *zstd;
    struct notes notes;
    bool ended; /* the end or an error was reported */
};

static enum ndup_codec recognise(const uint8_t *first, size_t n)
{
    if (n >= 2 && first[0] == 0x1f && first[1] == 0x8b)
        return NDUP_GZIP;
    if (n < 4)
        return NDUP_PLAIN;
    uint32_t magic;
    memcpy(&magic, first, sizeof magic);
    bool skippable = (magic & 0xfffffff0u) == 0x184d2a50u;
    return magic == 0xfd2fb528u || skippable ? NDUP_ZSTD : NDUP_PLAIN;
}

static neardup_status prepare(struct ndup_stream *stream, neardup_error *err)
{
    NDUP_TRY(look(&stream->source, err));
    stream->codec = recognise(stream->source.peek, stream->source.peek_len);
    if (stream->codec == NDUP_GZIP && (stream->gzip = gzip_create()) == NULL)
        return ndup_fail_nomem(err);
    if (stream->codec == NDUP_ZSTD && (stream->zstd = zstd_create()) == NULL)
        return ndup_fail_nomem(err);
    return NEARDUP_OK;
}

static neardup_status open_path(struct stored *source, const char *path, neardup_error *err)
{
    if (strcmp(path, "-") == 0) {
        source->fd = STDIN_FILENO;
        return NEARDUP_OK;
    }
    do
        source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (source->fd < 0 && errno == EINTR);
    if (source->fd < 0)
        return ndup_fail_errno(err, errno, "cannot open");
    source->owned = true;
    struct stat info;
    if (fstat(source->fd, &info) != 0)
        return ndup_fail_errno(err, errno, "cannot open");
    if (S_ISDIR(info.st_mode))
        return ndup_fail_errno(err, EISDIR, "cannot open");
    /* Only advice: a pipe refuses it. */
    (void)posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return NEARDUP_OK;
}

neardup_status ndup_stream_open(struct ndup_stream **out, const char *path, neardup_error *err)
{
    return ndup_stream_open_cancelable(out, path, NULL, err);
}

neardup_status ndup_stream_open_cancelable(struct ndup_stream **out, const char *path, const atomic_bool *cancel,
                                           neardup_error *err)
{
    *out = NULL;
    struct ndup_stream *stream = ndup_calloc(1, sizeof *stream);
    if (stream == NULL)
        return ndup_fail_nomem(err);
    stream->source.fd = -1;
    neardup_status status = open_path(&stream->source, path, err);
    struct stat info;
    if (status == NEARDUP_OK && (fstat(stream->source.fd, &info) != 0 || !S_ISREG(info.st_mode)))
        stream->source.cancel = cancel;
    if (status == NEARDUP_OK)
        status = prepare(stream, err);
    if (status != NEARDUP_OK) {
        ndup_stream_close(stream);
        return status;
    }
    *out = stream;
    return NEARDUP_OK;
}

neardup_status ndup_stream_open_command(struct ndup_stream **out, const struct ndup_program *command, const char *path,
                                        const atomic_bool *cancel, neardup_error *err)
{
    const struct ndup_process_files files = {.in = -1, .out = -1};
    *out = NULL;
    struct ndup_stream *stream = ndup_calloc(1, sizeof *stream);
    if (stream == NULL)
        return ndup_fail_nomem(err);
    stream->source.fd = -1;
    neardup_status status = ndup_process_start(&stream->source.process, command, path, files, cancel, err);
    if (status == NEARDUP_OK)
        status = prepare(stream, err);
    if (status != NEARDUP_OK) {
        ndup_stream_close(stream);
        return status;
    }
    *out = stream;
    return NEARDUP_OK;
}

neardup_status ndup_stream_open_memory(struct ndup_stream **out, const void *bytes, size_t length, neardup_error *err)
{
    *out = NULL;
    struct ndup_stream *stream = ndup_calloc(1, sizeof *stream);
    if (stream == NULL)
        return ndup_fail_nomem(err);
    stream->source.fd = -1;
    stream->source.memory = bytes;
    stream->source.memory_left = length;
    neardup_status status = prepare(stream, err);
    if (status != NEARDUP_OK) {
        ndup_stream_close(stream);
        return status;
    }
    *out = stream;
    return NEARDUP_OK;
}

enum ndup_codec ndup_stream_codec(const struct ndup_stream *stream)
{
    return stream->codec;
}

static neardup_status read_plain(struct stored *source, uint8_t *buffer, size_t capacity, size_t *got,
                                 neardup_error *err)
{
    while (*got < capacity) {
        size_t n;
        NDUP_TRY(stored_read(source, buffer + *got, capacity - *got, &n, err));
        if (n == 0)
            break;
        *got += n;
    }
    return NEARDUP_OK;
}

neardup_status ndup_stream_read(struct ndup_stream *stream, void *buffer, size_t capacity, size_t *got,
                                neardup_error *err)
{
    *got = 0;
    if (stream->ended || capacity == 0)
        return NEARDUP_OK;
    neardup_status status = NEARDUP_OK;
    switch (stream->codec) {
    case NDUP_PLAIN:
        status = read_plain(&stream->source, buffer, capacity, got, err);
        break;
    case NDUP_GZIP:
        status = gzip_read(stream->gzip, &stream->source, &stream->notes, buffer, capacity, got, err);
        break;
    case NDUP_ZSTD:
        status = zstd_read(stream->zstd, &stream->source, buffer, capacity, got, err);
        break;
    }
    stream->ended = status != NEARDUP_OK || *got < capacity;
    return status;
}

void ndup_stream_note_members(struct ndup_stream *stream, struct ndup_buf *to)
{
    stream->notes.to = to;
}

uint64_t ndup_stream_consumed(const struct ndup_stream *stream)
{
    return stream->source.consumed;
}

void ndup_stream_close(struct ndup_stream *stream)
{
    if (stream == NULL)
        return;
    gzip_destroy(stream->gzip);
    zstd_destroy(stream->zstd);
    ndup_process_destroy(stream->source.process);
    if (stream->source.owned)
        close(stream->source.fd);
    free(stream);
}
