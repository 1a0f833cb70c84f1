/* SPDX-License-Identifier: MIT
 * A cleaned copy of one input file: its decompressed bytes with ranges cut or replaced, in the compression of the input. */
#ifndef NDUP_REWRITE_H
#define NDUP_REWRITE_H

#include "base/platform.h"
#include "base/pool.h"
#include "codec/codec.h"
#include "neardup.h"

struct ndup_cut { /* bytes of the decompressed file, half-open; begin == end: nothing is cut, only inserted */
    uint64_t begin, end;
    const char *insert; /* what is there instead; NULL, 0: nothing */
    size_t insert_len;
};

struct ndup_rewrite {
    /* Reads decompressed bytes of the source for a member of the pool; members read at the same time. */
    neardup_status (*read)(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                           neardup_error *err);
    void *read_context;
    uint64_t source_bytes;       /* length of the decompressed file */
    const struct ndup_cut *cuts; /* sorted, disjoint */
    size_t cut_count;
    const struct ndup_codec *codec; /* of the output; NULL: none */
    int target;                     /* descriptor to write to; a pipe is fine */
    /* Then plain pieces are written in parallel with pwrite, from offset 0. False for standard output, which may be a
     * file opened for appending, where pwrite ignores its offset. */
    bool target_seekable;
    const char *target_name;
    /* Called with the source bytes done so far, from one thread at a time; false cancels. May be NULL. */
    bool (*progress)(void *context, uint64_t done);
    void *context;
};

/* Writes the copy with all threads of the pool. Compressed output is a sequence of streams (gzip members, zstd frames) of
 * NDUP_REWRITE_PIECE source bytes each, or of parts of one stream, compressed in parallel and written in order: the bytes do
 * not depend on the threads. Failures name the file: IO (ENOSPC, EPIPE ...), NOMEM, CANCELED. */
neardup_status ndup_rewrite_file(const struct ndup_rewrite *job, struct ndup_pool *pool, uint64_t *written,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* Compression starts anew with each piece, so small ones compress worse, and every thread holds a piece and its result.
 * At 4 MiB the window of gzip and zstd is a small part of a piece. It decides the bytes of compressed output. Not
 * swept. */
#define NDUP_REWRITE_PIECE ((size_t)4 << 20)

#endif
