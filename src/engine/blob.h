/* SPDX-License-Identifier: MIT
 * Short byte strings (document ids) by position, in memory or in a scratch file. Threads append through writers of their
 * own, each into blocks of its own; positions depend on timing, the strings found at them do not. */
#ifndef NDUP_BLOB_H
#define NDUP_BLOB_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/scratch.h"
#include "neardup.h"

#include <pthread.h>

/* What a writer fills alone, without a lock, and what is written to the scratch file at once. Each thread leaves at
 * most two partly filled. Not swept. */
#define NDUP_BLOB_BLOCK ((size_t)256 << 10)
/* Longer strings are refused: two of them would not fit a block. */
#define NDUP_BLOB_MAX ((size_t)64 << 10)

struct ndup_blob {
    struct ndup_scratch *scratch; /* NULL: in memory */
    int descriptor;
    pthread_mutex_t lock; /* guards blocks and count */
    char **blocks;        /* in memory: their bytes */
    uint64_t count, capacity;
};

struct ndup_blob_writer { /* one a thread */
    struct ndup_blob *blob;
    char *block; /* NULL before the first append */
    uint64_t number;
    size_t used;
};

neardup_status ndup_blob_init(struct ndup_blob *blob, struct ndup_scratch *scratch, bool spill,
                              neardup_error *err) NDUP_MUST_CHECK;
void ndup_blob_free(struct ndup_blob *blob);

/* Position of the copied bytes. 0 < length <= NDUP_BLOB_MAX. */
neardup_status ndup_blob_append(struct ndup_blob_writer *writer, const char *bytes, size_t length, uint64_t *position,
                                neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_blob_finish(struct ndup_blob_writer *writer, neardup_error *err) NDUP_MUST_CHECK;

/* Appends the string at the position to the buffer. Any thread, after all writers have finished. */
neardup_status ndup_blob_get(const struct ndup_blob *blob, uint64_t position, struct ndup_buf *out,
                             neardup_error *err) NDUP_MUST_CHECK;

/* Walking all strings, block by block (buffer: NDUP_BLOB_BLOCK bytes), in no order that means anything. */
neardup_status ndup_blob_block(const struct ndup_blob *blob, uint64_t number, void *buffer, const char **bytes,
                               neardup_error *err) NDUP_MUST_CHECK;
bool ndup_blob_next(const char *block, size_t *at, const char **string, size_t *length);

#endif
