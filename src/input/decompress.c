/* SPDX-License-Identifier: MIT
 * Stored bytes become plain ones. The codec is recognised by the first bytes of a file: a .gz that somebody unpacked in
 * place, and a compressed pipe, are both read. Only where a codec has no magic number its suffix decides. */
#include "base/platform.h"

#include "input/decompress.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stored bytes that a decoder reads at a time: many enough that a read costs little beside decompressing them
 * (more than 1 ms), few enough for the second-level cache. Not swept. */
#define STORED_CHUNK ((size_t)256 * 1024)

/* Linux moves at most this much in one read. */
#define MAX_READ ((size_t)0x7ffff000)

/* How long a wish to stop may wait while a pipe has nothing to give: people do not notice it, and ten wake-ups per
 * second cost nothing. */
#define POLL_MILLISECONDS 100

/* This much is looked at of a file that only its name says is compressed. Fewer bytes show that it is not text. */
#define TEXT_PEEK 4096

/* ---- stored bytes ---- */

/* A descriptor, a program, a place, or memory if fd is -1. The first bytes were looked at, and are given out again. */
struct source {
    struct ndup_stored stored; /* for a decoder; the first member, so that `fill` finds the rest */
    int fd;
    struct ndup_process *process; /* in place of the descriptor; NULL: none */
    bool owned;                   /* close the descriptor */
    const atomic_bool *cancel; /* looked at before a read that may wait; NULL: reads do not wait, or nobody cancels */
    struct ndup_stream_place place; /* read NULL: none */
    uint64_t place_at;
    const uint8_t *memory;
    size_t memory_left;
    uint8_t peek[TEXT_PEEK];
    size_t peek_at, peek_len;
    uint64_t consumed;      /* given out */
    struct ndup_buf *notes; /* of where streams end; NULL: nobody wants to know */
    uint64_t noted_stored, noted_text;
    uint8_t *chunk; /* STORED_CHUNK bytes, if there is a decoder */
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

/* Past the bytes that were looked at; *got == 0 with OK is the end. */
static neardup_status read_new(struct source *source, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    if (source->process != NULL)
        return ndup_process_read(source->process, buffer, capacity, got, err);
    if (source->fd >= 0) {
        if (source->cancel != NULL)
            NDUP_TRY(wait_for_bytes(source->fd, source->cancel, err));
        return read_descriptor(source->fd, buffer, capacity, got, err);
    }
    if (source->place.read != NULL) {
        const struct ndup_stream_place *place = &source->place;
        uint64_t left = place->bytes - source->place_at;
        size_t some = left < capacity ? (size_t)left : capacity;
        NDUP_TRY(place->read(place->context, place->what, buffer, some, source->place_at, err));
        source->place_at += some;
        *got = some;
        return NEARDUP_OK;
    }
    size_t n = source->memory_left < capacity ? source->memory_left : capacity;
    if (n > 0) {
        memcpy(buffer, source->memory, n);
        source->memory += n;
        source->memory_left -= n;
    }
    *got = n;
    return NEARDUP_OK;
}

/* One read of at most capacity bytes; *got == 0 with OK is the end. */
static neardup_status read_source(struct source *source, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    *got = 0;
    if (source->peek_at < source->peek_len) {
        size_t n = source->peek_len - source->peek_at;
        if (n > capacity)
            n = capacity;
        memcpy(buffer, source->peek + source->peek_at, n);
        source->peek_at += n;
        *got = n;
    } else {
        NDUP_TRY(read_new(source, buffer, capacity, got, err));
    }
    source->consumed += *got;
    return NEARDUP_OK;
}

/* Fills the buffer, unless the end or a failure comes first. */
static neardup_status read_whole(struct source *source, uint8_t *buffer, size_t capacity, size_t *got,
                                 neardup_error *err)
{
    while (*got < capacity) {
        size_t n;
        NDUP_TRY(read_source(source, buffer + *got, capacity - *got, &n, err));
        if (n == 0)
            break;
        *got += n;
    }
    return NEARDUP_OK;
}

/* A full chunk, so that what a decoder gives out of a damaged stream does not depend on how a pipe was written. */
static neardup_status fill(struct ndup_stored *stored, neardup_error *err)
{
    struct source *source = (struct source *)stored;
    size_t got = 0;
    neardup_status status = read_whole(source, source->chunk, STORED_CHUNK, &got, err);
    stored->next = source->chunk;
    stored->left = got;
    /* What came before a failed read is decoded first; the next read fails again, or loses nothing. */
    return got > 0 ? NEARDUP_OK : status;
}

static void put_number(struct ndup_buf *to, uint64_t number)
{
    char bytes[10];
    size_t n = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[n++] = (char)(number | 0x80);
    bytes[n++] = (char)number;
    ndup_buf_append(to, bytes, n);
}

/* A stream ended. One that holds nothing belongs to the next. */
static void note_end(struct ndup_stored *stored)
{
    struct source *source = (struct source *)stored;
    uint64_t at = source->consumed - stored->left;
    if (source->notes == NULL || stored->text == source->noted_text)
        return;
    put_number(source->notes, at - source->noted_stored);
    put_number(source->notes, stored->text - source->noted_text);
    source->noted_stored = at;
    source->noted_text = stored->text;
}

/* The next bytes, up to `most` of them, without giving them out. A pipe may give them one by one. */
static neardup_status look(struct source *source, size_t most, neardup_error *err)
{
    size_t have = source->peek_len - source->peek_at;
    memmove(source->peek, source->peek + source->peek_at, have);
    source->peek_at = 0;
    source->peek_len = have;
    while (source->peek_len < most) {
        size_t got;
        NDUP_TRY(read_new(source, source->peek + source->peek_len, most - source->peek_len, &got, err));
        if (got == 0)
            break;
        source->peek_len += got;
    }
    return NEARDUP_OK;
}

/* ---- which codec ---- */

/* This much of a file is read whatever it stores: it fits on any disk, and files of a few repeated lines, which expand most, are
 * usually shorter. */
#define FREE_EXPANSION ((uint64_t)64 << 20)

struct ndup_stream {
    struct source source;
    const struct ndup_codec *codec; /* NULL: the bytes are stored as they are */
    struct ndup_decompressor *decompressor;
    uint8_t *spare; /* NDUP_CODEC_ROOM bytes, for when the caller has less room; [spare_at, spare_len) are not yet given
                       out */
    size_t spare_at, spare_len;
    neardup_status failed; /* met after the spare bytes */
    neardup_error failure;
    uint64_t max_expansion; /* 0: any */
    bool ended;             /* the end or an error was reported */
};

static bool is_text(const uint8_t *bytes, size_t length)
{
    size_t characters;
    /* A character may be cut. Shorter than a word, anything is text. */
    if (length < 5 || length - ndup_utf8_pass((const char *)bytes, length, &characters) > 3)
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((bytes[i] < 0x20 && (bytes[i] < 9 || bytes[i] > 13)) || bytes[i] == 0x7f)
            return false;
    }
    return true;
}

/* zstd and lz4 share the frames that are skipped: what comes after them says which it is. *skipped: there were some. */
static neardup_status skip_frames(struct ndup_stream *stream, bool *skipped, neardup_error *err)
{
    struct source *source = &stream->source;
    *skipped = false;
    while (source->peek_len >= 8 && memcmp(source->peek + 1, "\x2a\x4d\x18", 3) == 0 &&
           (source->peek[0] & 0xf0) == 0x50) {
        const uint8_t *size = source->peek + 4;
        uint64_t left =
            8 + ((uint64_t)size[0] | (uint64_t)size[1] << 8 | (uint64_t)size[2] << 16 | (uint64_t)size[3] << 24);
        *skipped = true;
        while (left > 0) {
            size_t got;
            NDUP_TRY(read_source(source, source->chunk, left < STORED_CHUNK ? (size_t)left : STORED_CHUNK, &got, err));
            if (got == 0) {
                stream->failed = ndup_fail(&stream->failure, NEARDUP_E_FORMAT, "zstd stream is cut off");
                return NEARDUP_OK;
            }
            left -= got;
        }
        NDUP_TRY(look(source, NDUP_CODEC_PEEK, err));
    }
    return NEARDUP_OK;
}

static neardup_status find_codec(struct ndup_stream *stream, const char *path, neardup_error *err)
{
    struct source *source = &stream->source;
    const struct ndup_codec *named = path != NULL ? ndup_codec_of_name(path, NULL) : NULL;
    bool skipped, by_name = named != NULL && named->recognise == NULL;
    NDUP_TRY(look(source, by_name ? TEXT_PEEK : NDUP_CODEC_PEEK, err));
    if (source->peek_len == 0)
        return NEARDUP_OK;
    source->chunk = ndup_alloc(STORED_CHUNK, 1);
    if (source->chunk == NULL)
        return ndup_fail_nomem(err);
    /* Its length is among the first bytes of a brotli file, so some begin with 1f 8b, as gzip does: the name is right. */
    if (by_name) {
        stream->codec = is_text(source->peek, source->peek_len) ? NULL : named;
        return NEARDUP_OK;
    }
    NDUP_TRY(skip_frames(stream, &skipped, err));
    stream->codec = ndup_codec_of_content(source->peek, source->peek_len);
    if (skipped) {
        stream->codec = stream->codec != &ndup_codec_lz4 ? &ndup_codec_zstd : stream->codec;
        stream->ended = source->peek_len == 0 && stream->failed == NEARDUP_OK;
    }
    return NEARDUP_OK;
}

static neardup_status prepare(struct ndup_stream *stream, const char *path, neardup_error *err)
{
    stream->source.stored.fill = fill;
    stream->source.stored.ended = note_end;
    NDUP_TRY(find_codec(stream, path, err));
    if (stream->codec == NULL) {
        free(stream->source.chunk);
        stream->source.chunk = NULL;
        return NEARDUP_OK;
    }
    stream->decompressor = ndup_decompressor_create(stream->codec);
    stream->spare = ndup_alloc(NDUP_CODEC_ROOM, 1);
    return stream->decompressor != NULL && stream->spare != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

/* ---- the stream ---- */

static neardup_status open_path(struct source *source, const char *path, neardup_error *err)
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
        status = prepare(stream, path, err);
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
        status = prepare(stream, NULL, err); /* the suffix is that of the file, not of what is printed */
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
    neardup_status status = prepare(stream, NULL, err);
    if (status != NEARDUP_OK) {
        ndup_stream_close(stream);
        return status;
    }
    *out = stream;
    return NEARDUP_OK;
}

neardup_status ndup_stream_open_place(struct ndup_stream **out, const struct ndup_stream_place *place,
                                      neardup_error *err)
{
    *out = NULL;
    struct ndup_stream *stream = ndup_calloc(1, sizeof *stream);
    if (stream == NULL)
        return ndup_fail_nomem(err);
    stream->source.fd = -1;
    stream->source.place = *place;
    neardup_status status = prepare(stream, place->name, err);
    if (status != NEARDUP_OK) {
        ndup_stream_close(stream);
        return status;
    }
    *out = stream;
    return NEARDUP_OK;
}

const struct ndup_codec *ndup_stream_codec(const struct ndup_stream *stream)
{
    return stream->codec;
}

/* A chunk counts as soon as it was read, so that the limit is never met too early. */
static neardup_status check_expansion(struct ndup_stream *stream)
{
    uint64_t text = stream->source.stored.text, most = stream->max_expansion;
    if (most == 0 || text <= FREE_EXPANSION || text / most < stream->source.consumed)
        return NEARDUP_OK;
    neardup_status status = ndup_fail(&stream->failure, NEARDUP_E_LIMIT,
                                      "it expands to more than %" PRIu64 " times its stored bytes", most);
    ndup_advise(&stream->failure, "`max_expansion` sets the limit");
    return status;
}

/* As ndup_stream_read. */
static neardup_status read_packed(struct ndup_stream *stream, uint8_t *buffer, size_t capacity, size_t *got,
                                  neardup_error *err)
{
    while (*got < capacity) {
        size_t room = capacity - *got, n = stream->spare_len - stream->spare_at;
        if (n > 0) {
            n = n < room ? n : room;
            memcpy(buffer + *got, stream->spare + stream->spare_at, n);
            stream->spare_at += n;
            *got += n;
            continue;
        }
        if (stream->failed != NEARDUP_OK) {
            if (err != NULL)
                *err = stream->failure;
            return stream->failed;
        }
        bool direct = room >= NDUP_CODEC_ROOM;
        stream->failed = ndup_decompressor_run(stream->decompressor, &stream->source.stored,
                                               direct ? buffer + *got : stream->spare, &n, &stream->failure);
        if (n == 0 && stream->failed == NEARDUP_OK)
            return NEARDUP_OK;
        if (stream->failed == NEARDUP_OK)
            stream->failed = check_expansion(stream);
        *got += direct ? n : 0;
        stream->spare_at = 0;
        stream->spare_len = direct ? 0 : n;
    }
    return NEARDUP_OK;
}

neardup_status ndup_stream_read(struct ndup_stream *stream, void *buffer, size_t capacity, size_t *got,
                                neardup_error *err)
{
    *got = 0;
    if (stream->ended || capacity == 0)
        return NEARDUP_OK;
    neardup_status status = stream->codec == NULL ? read_whole(&stream->source, buffer, capacity, got, err)
                                                  : read_packed(stream, buffer, capacity, got, err);
    stream->ended = status != NEARDUP_OK || *got < capacity;
    return status;
}

void ndup_stream_limit(struct ndup_stream *stream, uint64_t max_expansion)
{
    stream->max_expansion = max_expansion;
}

void ndup_stream_note_members(struct ndup_stream *stream, struct ndup_buf *to)
{
    stream->source.notes = stream->codec != NULL && stream->codec->members ? to : NULL;
}

uint64_t ndup_stream_consumed(const struct ndup_stream *stream)
{
    return stream->source.consumed;
}

void ndup_stream_close(struct ndup_stream *stream)
{
    if (stream == NULL)
        return;
    ndup_decompressor_destroy(stream->decompressor);
    free(stream->spare);
    free(stream->source.chunk);
    ndup_process_destroy(stream->source.process);
    if (stream->source.owned)
        close(stream->source.fd);
    free(stream);
}
