/* SPDX-License-Identifier: MIT
 * Inside of stream.c and its decoders: where stored bytes come from, and what a decoder is. */
#ifndef NDUP_STREAM_IMPL_H
#define NDUP_STREAM_IMPL_H

#include "base/platform.h"
#include "neardup.h"

#include <stdatomic.h>

/* Stored bytes read at a time by a decoder. */
#define NDUP_STORED_CHUNK ((size_t)256 * 1024)

/* Stored bytes: a descriptor, or memory when fd is -1. The first bytes were looked at and are given out again. */
struct ndup_source {
    int fd;
    bool owned;                /* close it */
    const atomic_bool *cancel; /* looked at before a read that may wait; NULL: reads do not wait, or nobody cancels */
    const uint8_t *memory;
    size_t memory_left;
    uint8_t peek[4];
    size_t peek_at, peek_len;
    uint64_t consumed;
};

/* One read of at most capacity bytes; *got == 0 with OK is the end. */
neardup_status ndup_source_read(struct ndup_source *source, void *buffer, size_t capacity, size_t *got,
                                neardup_error *err) NDUP_MUST_CHECK;

/* A decoder: read() has the contract of ndup_stream_read. Making it fails for want of memory only (NULL). */
struct ndup_gzip;
struct ndup_gzip *ndup_gzip_create(void);
neardup_status ndup_gzip_read(struct ndup_gzip *gzip, struct ndup_source *source, uint8_t *buffer, size_t capacity,
                              size_t *got, neardup_error *err) NDUP_MUST_CHECK;
void ndup_gzip_destroy(struct ndup_gzip *gzip);

struct ndup_zstd;
struct ndup_zstd *ndup_zstd_create(void);
neardup_status ndup_zstd_read(struct ndup_zstd *zstd, struct ndup_source *source, uint8_t *buffer, size_t capacity,
                              size_t *got, neardup_error *err) NDUP_MUST_CHECK;
void ndup_zstd_destroy(struct ndup_zstd *zstd);

#endif
