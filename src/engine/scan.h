/* SPDX-License-Identifier: MIT
 * Inside the reading pass: what scan.c (who reads which file when), scan_records.c (a batch becomes rows) and
 * scan_flatten.c (rows into input order) share. */
#ifndef NDUP_SCAN_H
#define NDUP_SCAN_H

#include "engine/context.h"

#include <pthread.h>

/* Bad records told in full; more are only counted. */
#define NDUP_NOTES_MAX 1000u

struct ndup_segment { /* the rows of one batch */
    uint32_t source, number;
    uint32_t count;
    struct ndup_row *rows; /* lines count from 0 in the batch; NULL when spilled */
    char *keep_keys;       /* NDUP_KEEP_KEY a row, or NULL */
    uint32_t *groups;      /* of every row; NULL: not asked for */
    uint64_t spilled;      /* place in the scratch file */
    uint64_t lines;        /* newlines in the batch */
};

struct ndup_bad { /* a bad record, or a file that could not be read on: `line` is then 0, and lines count from 1 */
    uint32_t source, number, line;
    const char *problem; /* static */
};

struct ndup_scan_counts { /* of inputs, or of references */
    struct ndup_blob_writer ids;
    uint64_t documents, empty, invalid, invalid_utf8, tokens;
};

struct ndup_scan_member { /* what a thread finds */
    struct ndup_worker *worker;
    struct ndup_filler filler;
    struct ndup_scan_counts own, reference;
    struct ndup_scan_counts *counts; /* those of the batch at hand */
    struct ndup_row *rows;           /* of the batch at hand */
    size_t row_capacity;
    char *keep_keys;
    size_t keep_capacity;
    struct ndup_scan_group { /* a row of the batch that has one */
        uint32_t row;
        size_t begin, length; /* in group_names */
    } * groups;
    size_t group_count, group_capacity;
    struct ndup_buf group_names;
    struct ndup_bad *bad;
    size_t bad_count, bad_capacity;
    neardup_status status;
    neardup_error error;
};

struct ndup_scan {
    neardup_job *job;
    struct ndup_scan_member *members;
    bool units;        /* documents are compared */
    bool keyed;        /* the keeper order asks for a field */
    locale_t c_locale; /* for its numbers; 0 if not keyed */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct ndup_open_file {
        struct ndup_reader *reader; /* used by the one who holds busy */
        uint32_t source;
        bool open, busy;
    } * open; /* [threads] */
    uint32_t next_source;
    struct ndup_segment *segments;
    size_t segment_count, segment_capacity;
    struct ndup_bad strict; /* first trouble of a strict run; problem NULL if none */
    struct ndup_failed {
        uint32_t source;
        neardup_status code;
        int sys_errno;
        char *message;
    } * failed; /* files that could not be read to their end */
    size_t failed_count, failed_capacity;
    bool stop;

    int segment_file;           /* spilled rows; -1 before the first */
    _Atomic uint64_t row_bytes; /* of segments in memory */
    _Atomic uint64_t segment_bytes;
    _Atomic uint64_t consumed;
};

/* Turns the worker's batch into a segment. */
neardup_status ndup_scan_batch(struct ndup_scan *scan, struct ndup_scan_member *member, uint32_t source,
                               neardup_input_format format, struct ndup_segment *segment,
                               neardup_error *err) NDUP_MUST_CHECK;

/* The only record of an empty file that is a document. */
neardup_status ndup_scan_empty_file(struct ndup_scan *scan, struct ndup_scan_member *member,
                                    struct ndup_segment *segment, neardup_error *err) NDUP_MUST_CHECK;

/* For a strict run: trouble that is earlier than what is known so far. */
void ndup_scan_note_strict(struct ndup_scan *scan, const struct ndup_bad *bad);

/* Input order of struct ndup_bad. */
int ndup_scan_bad_order(const void *left, const void *right);

/* Puts the rows of all segments into the corpus, in input order, and frees the segments. */
neardup_status ndup_scan_flatten(struct ndup_scan *scan, neardup_error *err) NDUP_MUST_CHECK;

#endif
