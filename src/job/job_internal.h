/* SPDX-License-Identifier: MIT
 * The job object (job.c) and its phases, in the order they run:
 *
 *   prepare   files to read, threads, budget                            prepare.c, limits.c
 *   scan      read every file once: rows, units, band keys              scan.c, scan_*.c
 *   order     keeper order of the units                                 keeper_order.c
 *   match     groups of equal keys become buckets, units are decided    matching.c, load.c
 *   results   decisions of documents, clusters, pairs                   results.c
 *   write     the cleaned corpus and the reports                        writing.c
 */
#ifndef NDUP_JOB_INTERNAL_H
#define NDUP_JOB_INTERNAL_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/pool.h"
#include "cluster/decide.h"
#include "input/files.h"
#include "input/json.h"
#include "input/reader.h"
#include "job/corpus.h"
#include "job/digests.h"
#include "match/bands.h"
#include "neardup.h"
#include "output/outdir.h"
#include "sketch/sketch.h"
#include "text/text.h"

#include <stdatomic.h>

/* Bytes of text in a batch: it stays in the second-level cache from the read to the last token. */
#define NDUP_BATCH_BYTES ((size_t)1 << 20)

struct ndup_worker { /* what one thread needs; made once, used by all phases */
    struct ndup_json *json;
    struct ndup_text *text;
    struct ndup_batch batch;
    struct ndup_opened opened;
    char *record; /* a record read again */
    size_t record_capacity;
    uint32_t *signature;
    uint32_t *keys;
};

struct ndup_limits {     /* shares of the memory budget, bytes; see limits.c */
    bool spill;          /* rows, ids and band keys go to the scratch folder */
    size_t row_bytes;    /* rows in memory, should there be far more than expected */
    size_t digest_bytes; /* table of exact duplicates */
    size_t group_bytes;  /* working array of a band */
    size_t cache_bytes;  /* shingle sets while verifying */
    size_t join_bytes;   /* exact join */
    size_t record_bytes; /* longest record: it stands in memory as read, as text and as tokens, in several threads */
    uint64_t budget;
};

struct ndup_member_list { /* clusters: keepers with removed documents */
    struct ndup_cluster_info {
        uint64_t keeper_row;
        uint32_t rank;
        uint64_t first, count; /* of members */
        uint64_t component;    /* 1-based number of a cluster */
    } * clusters;              /* by number - 1 */
    uint64_t cluster_count;
    uint32_t *members; /* rows, by cluster, then ascending */
    uint32_t *number;  /* [ranks]: 1-based, 0 if the rank has no cluster */
};

struct neardup_job {
    neardup_job_options options;
    neardup_callbacks callbacks;
    neardup_plan plan;
    struct ndup_limits limits;
    struct ndup_input {
        char *path;
        bool is_list;
    } * inputs;
    size_t input_count, input_capacity;
    struct ndup_file_list files;
    struct ndup_corpus corpus;
    struct ndup_scratch *scratch;
    struct ndup_outdir *outdir;
    struct ndup_pool *pool;
    struct ndup_sketch *sketch;
    struct ndup_worker *workers; /* one a thread */
    struct ndup_bands *bands;
    struct ndup_decided decided;
    struct ndup_member_list clusters;
    uint64_t *removed; /* a bit a row; set by ndup_job_cluster */
    neardup_summary summary;
    atomic_bool cancel;
    bool ran;
    uint64_t notes_shown;
    double next_progress;            /* clock */
    struct ndup_buf scratch_text[4]; /* ids of the references handed to callbacks */
};

/* Says something about a file; E_CANCELED if the callback wants to stop. */
neardup_status ndup_job_note(neardup_job *job, neardup_severity severity, const char *file, uint64_t line,
                             const char *message, neardup_error *err) NDUP_MUST_CHECK;
/* Calls the progress callback some times a second; false: stop. From the thread that runs the job only. */
bool ndup_job_progress(neardup_job *job, const char *phase, uint64_t done, uint64_t total, bool in_bytes);
neardup_status ndup_job_check_cancel(const neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

void ndup_job_set_limits(neardup_job *job);

/* Files, scratch, pool, limits, workers: all that scan needs. */
neardup_status ndup_job_prepare(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
void ndup_job_free_workers(neardup_job *job);

neardup_status ndup_job_scan(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Finds units with equal digests after the digest table overflowed: corpus.alias. */
neardup_status ndup_job_merge_units(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Counts the documents whose id an earlier one has. */
neardup_status ndup_job_count_duplicate_ids(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_order(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_match(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_cluster(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_tell_pairs(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_write(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Reads a row's record again and finds its text; both live in the worker until its next call. */
neardup_status ndup_job_read_text(neardup_job *job, struct ndup_worker *worker, uint64_t row_index, const char **text,
                                  size_t *length, neardup_error *err) NDUP_MUST_CHECK;
/* ndup_loader.load of the job. */
neardup_status ndup_job_load(void *context, unsigned member, uint32_t rank, struct ndup_loaded *out,
                             neardup_error *err) NDUP_MUST_CHECK;

/* Visits all rows in input order, until a visit fails or the job is cancelled. */
typedef neardup_status ndup_visit_row(neardup_job *job, uint64_t row_index, const struct ndup_row *row, void *context,
                                      neardup_error *err);
neardup_status ndup_job_each_row(neardup_job *job, ndup_visit_row *visit, void *context,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* What became of a row's document. */
struct ndup_fate {
    enum { NDUP_FATE_KEPT, NDUP_FATE_REMOVED, NDUP_FATE_NO_DOCUMENT } kind;
    neardup_reason reason;
    double jaccard;
    uint64_t keeper_row;
    uint32_t keeper_rank;
};
void ndup_job_fate(const neardup_job *job, uint64_t row_index, const struct ndup_row *row, struct ndup_fate *fate);

/* Whether the row's document is removed: one bit, where the fate would look at four places. */
bool ndup_job_is_removed(const neardup_job *job, uint64_t row_index);

/* Fills a reference for a callback or a report; the id lives in scratch_text[slot]. */
neardup_status ndup_job_ref(neardup_job *job, uint64_t row_index, unsigned slot, neardup_ref *ref,
                            neardup_error *err) NDUP_MUST_CHECK;

#endif
