/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/stream.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/stream_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux moves at most this much in one read. */
#define MAX_READ ((size_t)0x7ffff000)

/* How long a wish to stop may wait while a pipe has nothing to give. */
#define POLL_MILLISECONDS 100

struct ndup_stream {
    struct ndup_source source;
    enum ndup_codec codec;
    struct ndup_gzip *gzip;
    struct ndup_zstd *zstd;
    bool ended; /* the end or an error was reported */
};

/* ---- stored bytes ---- */

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

neardup_status ndup_source_read(struct ndup_source *source, void *buffer, size_t capacity, size_t *got,
                                neardup_error *err)
{
    *got = 0;
    if (source->peek_at < source->peek_len) {
        size_t n = source->peek_len - source->peek_at;
        if (n > capacity)
            n = capacity;
        memcpy(buffer, source->peek + source->peek_at, n);
        source->peek_at += n;
        *got = n;
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
static neardup_status look(struct ndup_source *source, neardup_error *err)
{
    uint8_t first[sizeof source->peek];
    size_t have = 0;
    while (have < sizeof first) {
        size_t got;
        NDUP_TRY(ndup_source_read(source, first + have, sizeof first - have, &got, err));
        if (got == 0)
            break;
        have += got;
    }
    memcpy(source->peek, first, have);
    source->peek_len = have;
    source->consumed = 0;
    return NEARDUP_OK;
}

/* ---- the stream ---- */

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
    if (stream->codec == NDUP_GZIP && (stream->gzip = ndup_gzip_create()) == NULL)
        return ndup_fail_nomem(err);
    if (stream->codec == NDUP_ZSTD && (stream->zstd = ndup_zstd_create()) == NULL)
        return ndup_fail_nomem(err);
    return NEARDUP_OK;
}

static neardup_status open_path(struct ndup_source *source, const char *path, neardup_error *err)
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

static neardup_status read_plain(struct ndup_source *source, uint8_t *buffer, size_t capacity, size_t *got,
                                 neardup_error *err)
{
    while (*got < capacity) {
        size_t n;
        NDUP_TRY(ndup_source_read(source, buffer + *got, capacity - *got, &n, err));
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
        status = ndup_gzip_read(stream->gzip, &stream->source, buffer, capacity, got, err);
        break;
    case NDUP_ZSTD:
        status = ndup_zstd_read(stream->zstd, &stream->source, buffer, capacity, got, err);
        break;
    }
    stream->ended = status != NEARDUP_OK || *got < capacity;
    return status;
}

uint64_t ndup_stream_consumed(const struct ndup_stream *stream)
{
    return stream->source.consumed;
}

void ndup_stream_close(struct ndup_stream *stream)
{
    if (stream == NULL)
        return;
    ndup_gzip_destroy(stream->gzip);
    ndup_zstd_destroy(stream->zstd);
    if (stream->source.owned)
        close(stream->source.fd);
    free(stream);
}
