/* SPDX-License-Identifier: MIT
 * What a job that sketches and compares nothing is made of: the threads sketch blocks side by side (sketching.c) and tell
 * what they have in input order (sketching_tell.c; turns.h). */
#ifndef NDUP_SKETCHING_H
#define NDUP_SKETCHING_H

#include "base/platform.h"

#include "engine/context.h"
#include "engine/turns.h"

#include "sketch/simhash.h"
#include "sketch/sketch.h"

struct ndup_sketched_record {
    size_t id, id_length; /* in the names; length 0: none */
    uint64_t shingles;
    uint32_t line, tokens; /* line 0-based in the block */
    struct ndup_fingerprint fingerprint;
    const char *problem; /* a record that could not be read; static */
};

struct ndup_sketching_member {
    struct ndup_sketching *sketching;
    struct ndup_worker *worker;
    struct ndup_simhash *simhash;
    const struct ndup_turn *turn;
    struct ndup_sketched_record *records;
    size_t count, capacity;
    uint32_t *signatures; /* padded, one a record */
    size_t signature_capacity;
    struct ndup_buf names;
    uint64_t documents, empty, invalid, invalid_utf8, tokens, unreliable;
};

struct ndup_sketching {
    struct ndup_turns turns;
    neardup_job *job;
    const neardup_sketch_options *wanted;
    struct ndup_sketching_member *members;
    struct ndup_sketch *minhash; /* NULL: SimHash */
    uint32_t slots, stride;
};

/* Waits until all blocks before the member's are told, and tells what it has. whole: the block ends here, and has so many
 * lines. */
neardup_status ndup_sketching_tell(struct ndup_sketching *s, struct ndup_sketching_member *m, bool whole,
                                   uint64_t lines, neardup_error *err) NDUP_MUST_CHECK;

#endif
