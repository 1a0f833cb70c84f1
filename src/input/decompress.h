/* SPDX-License-Identifier: MIT
 * Bytes out of a file: plain, or compressed with any codec of codec/codec.h. */
#ifndef NDUP_STREAM_H
#define NDUP_STREAM_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/process.h"
#include "codec/codec.h"
#include "neardup.h"

#include <stdatomic.h>

struct ndup_stream;

/* Opens a path ("-": standard input) and looks at its first bytes: they say which codec it is, except where a codec has no
 * magic number (brotli) and the suffix of the path does. A folder or unreadable path is an IO error. */
neardup_status ndup_stream_open(struct ndup_stream **out, const char *path, neardup_error *err) NDUP_MUST_CHECK;

/* The same; while a pipe or a terminal has nothing to give, *cancel is looked at several times a second, and opening or
 * reading ends with CANCELED. cancel may be NULL. */
neardup_status ndup_stream_open_cancelable(struct ndup_stream **out, const char *path, const atomic_bool *cancel,
                                           neardup_error *err) NDUP_MUST_CHECK;

/* The same over what a command prints about a path. A command that fails is an IO error, after what it printed. */
neardup_status ndup_stream_open_command(struct ndup_stream **out, const struct ndup_program *command, const char *path,
                                        const atomic_bool *cancel, neardup_error *err) NDUP_MUST_CHECK;

/* The same over bytes in memory (borrowed until close); without a name. */
neardup_status ndup_stream_open_memory(struct ndup_stream **out, const void *bytes, size_t length,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* The same over bytes that somebody else can read at any place, such as those of a member of an archive. */
struct ndup_stream_place {
    neardup_status (*read)(const void *context, const void *what, void *buffer, size_t length, uint64_t offset,
                           neardup_error *err);
    const void *context, *what;
    uint64_t bytes;
    const char *name; /* for its suffix */
};
neardup_status ndup_stream_open_place(struct ndup_stream **out, const struct ndup_stream_place *place,
                                      neardup_error *err) NDUP_MUST_CHECK;

/* NULL: the bytes are stored as they are. */
const struct ndup_codec *ndup_stream_codec(const struct ndup_stream *stream);

/* Reads up to capacity decompressed bytes; fills the buffer unless the end or an error comes first. *got == 0 with OK
 * is the end. On failure (IO; FORMAT for a corrupt or cut-off stream) *got bytes before the damage are valid and have
 * been delivered; the stream is then at its end. */
neardup_status ndup_stream_read(struct ndup_stream *stream, void *buffer, size_t capacity, size_t *got,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Most decompressed bytes per stored byte; 0: no limit. A stream that expands more ends with LIMIT. A file of some kilobytes
 * can hold terabytes, which would fill the scratch folder. */
void ndup_stream_limit(struct ndup_stream *stream, uint64_t max_expansion);

/* From now on appends to the buffer where the streams of the file end, gzip members or zstd frames, as output/members.h has them.
 * Borrowed until close. Nothing if the file is not compressed. */
void ndup_stream_note_members(struct ndup_stream *stream, struct ndup_buf *to);

/* Stored (compressed) bytes consumed so far, for progress. */
uint64_t ndup_stream_consumed(const struct ndup_stream *stream);

void ndup_stream_close(struct ndup_stream *stream);

#endif
