/* SPDX-License-Identifier: MIT
 * What a job that sketches and compares nothing is made of. The threads take turns at reading the next batch in input
 * order (sketching_read.c), sketch it side by side (sketching.c), and tell what they have in that order again
 * (sketching_tell.c). So the input streams through: nothing is held back but the batches at hand, and pipes and
 * compressed files need no scratch. What it costs is that one file is decompressed at a time. */
#ifndef NDUP_SKETCHING_H
#define NDUP_SKETCHING_H

#include "base/platform.h"

#include "job/job_internal.h"

#include "sketch/simhash.h"
#include "sketch/sketch.h"

#include <pthread.h>

struct ndup_sketched_record {
    size_t id, id_length; /* in the names; length 0: none */
    uint64_t shingles;
    uint32_t line, tokens; /* line 0-based in the batch */
    struct ndup_fingerprint fingerprint;
    const char *problem; /* a record that could not be read; static */
};

struct ndup_sketching_block { /* a batch, or what went wrong when there should have been one */
    uint64_t number;
    uint32_t source;
    bool none;           /* the input has ended */
    bool empty_document; /* a file without a byte, where a file is a document */
    bool failed;         /* the file cannot be read on */
    neardup_error why;
};

struct ndup_sketching_member {
    struct ndup_worker *worker;
    struct ndup_simhash *simhash;
    struct ndup_sketching_block block;
    struct ndup_sketched_record *records;
    size_t count, capacity;
    uint32_t *signatures; /* padded, one a record */
    size_t signature_capacity;
    struct ndup_buf names;
    uint64_t documents, empty, invalid, invalid_utf8, tokens, unreliable;
    neardup_status status;
    neardup_error error;
};

struct ndup_sketching {
    neardup_job *job;
    const neardup_sketching *wanted;
    struct ndup_sketching_member *members;
    struct ndup_sketch *minhash; /* NULL: SimHash */
    uint32_t slots, stride;

    pthread_mutex_t reading; /* guards these */
    struct ndup_reader *reader;
    uint32_t source;     /* that it reads, or that is next */
    uint64_t next_block; /* blocks read */

    pthread_mutex_t lock; /* guards these, and the callbacks */
    pthread_cond_t turn;
    uint64_t done; /* blocks told */
    uint32_t told_source;
    uint64_t lines; /* newlines told of it */
    uint64_t index; /* of the next record */
    uint64_t notes, consumed;
    bool stop;
};

/* Reads the next block into the member; block.none: there is none. One thread at a time does. */
neardup_status ndup_sketching_next(struct ndup_sketching *s, struct ndup_sketching_member *m) NDUP_MUST_CHECK;

/* Waits until all blocks before the member's are told, and tells what it has. whole: the block ends here, and has so many
 * lines. */
neardup_status ndup_sketching_tell(struct ndup_sketching *s, struct ndup_sketching_member *m, bool whole,
                                   uint64_t lines) NDUP_MUST_CHECK;

#endif
