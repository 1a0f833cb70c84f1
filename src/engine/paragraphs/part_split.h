/* SPDX-License-Identifier: MIT
 * Inside the splitting pass: what part_split.c (which document when) and part_document.c (one document) share. */
#ifndef NDUP_PART_SPLIT_H
#define NDUP_PART_SPLIT_H

#include "engine/phases.h"

#include <pthread.h>

struct ndup_split_member { /* what a thread needs and finds */
    struct ndup_worker *worker;
    struct ndup_filler filler;
    struct ndup_paragraph_row *rows; /* of the block of documents at hand */
    size_t row_count, row_capacity;
    struct ndup_entry_list inside; /* candidates, in buckets numbered by this thread */
    uint32_t buckets;
    struct ndup_first { /* the texts of the current document; open addressing */
        XXH128_hash_t digest;
        size_t row; /* first one of the document that has it; SIZE_MAX: free */
    } * firsts;
    size_t first_size, first_capacity; /* slots in use, a power of two */
    uint32_t *row_of_part;             /* of a part in `within`: its row */
    size_t part_capacity;
    struct ndup_echo *echoes; /* of the current part, copied: making their digests uses the tokeniser again */
    size_t echo_capacity;
    uint32_t *groups; /* of the documents in the block */
    size_t group_count, group_capacity;
    uint64_t documents, blank_rule, tokens, shorter;
    uint64_t reference_tokens; /* which the numbers above do not count */
    neardup_status status;
    neardup_error error;
};

struct ndup_split_document { /* that is split */
    uint32_t row;
    bool reference; /* what repeats inside it does not matter */
    uint64_t salt;  /* not 0: its parts are compared among themselves only */
    bool plain;     /* its parts have lines of their own */
    struct ndup_document document;
};

/* Appends the document's parts to the member's rows. */
neardup_status ndup_split_document(neardup_job *job, struct ndup_split_member *member,
                                   const struct ndup_split_document *document, neardup_error *err) NDUP_MUST_CHECK;

#endif
