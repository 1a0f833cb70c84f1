/* SPDX-License-Identifier: MIT
 * The one way by which documents come into the engine:
 *
 *   sources -> batches -> records -> documents -> work (all threads at once) -> turn (in input order)
 *
 * A thread takes the next batch of a source that nobody reads, or opens the next source. Reading and decompressing a source
 * is serial, everything after it is not: one plain file feeds all threads, many compressed files are decompressed side by
 * side, and there is no thread that only reads. A job fills in what it does with a batch: scan.c, sketching.c, searching.c,
 * reread.c and leaks/.
 *
 * A source is anything that a reader can be opened on (input/reader.h): open_reader in pipeline.c is the only place that
 * opens one, and ndup_corpus_read the only one that reads bytes of one again. Documents from elsewhere than files are
 * a format whose records are framed in memory: what must be added is a reader that fills batches with them. */
#ifndef NDUP_PIPELINE_H
#define NDUP_PIPELINE_H

#include "base/platform.h"

#include "engine/phases.h"

#include <pthread.h>

/* Bad records that are reported in full; more are only counted. A corpus of the wrong kind has millions, and nobody
 * reads more than some screens. The public header promises 1000. */
#define NDUP_NOTES_MAX 1000u

struct ndup_task { /* a batch, or what went wrong when there should have been one */
    uint32_t source;
    struct ndup_batch *batch; /* its number is in the source; len 0: there are no (more) bytes */
    bool empty_document;      /* a file without a byte, where a file is a document */
    const char *problem;      /* the text of this document cannot be had (ndup_corpus_source.problem); NULL: it can */
    bool decoded;             /* its bytes are UTF-8 that the file was decoded to */
    bool failed;              /* the source cannot be read on; the batch may still hold bytes */
    bool last;                /* no batch of the source comes after it. The work may set it: it has all it wants */
    neardup_error why;        /* it failed */
    uint64_t number;          /* place in the order of turns */
    uint64_t lines_before;    /* lines of the source before the batch: from the turn on, in source order always */
    uint64_t lines;           /* lines that end in it: ndup_task_each sets it */
    uint64_t consumed, total; /* stored bytes of all sources read so far, and in all (0: unknown) */
};

enum ndup_order {
    NDUP_ORDER_NONE,   /* sources are open side by side, batches end in any order, and there are no turns */
    NDUP_ORDER_BATCH,  /* one source is open at a time, and batches take turns: the input streams through, pipes need no
                          scratch, and nothing is held but the current batches */
    NDUP_ORDER_SOURCE, /* sources are open side by side, each with one thread, and take turns: what a thread finds waits
                          for the sources before its own */
};

struct ndup_pipeline {
    neardup_job *job;
    const char *phase; /* of progress */
    enum ndup_order order;
    bool spool; /* keep the bytes of sources that cannot be read again */
    /* Works on a batch. Members call at the same time. With turns, it ends with ndup_pipeline_turn and ndup_pipeline_done;
     * in source order only where the task is the last one. Without, it is also called for a source that failed. */
    neardup_status (*work)(void *context, unsigned member, struct ndup_task *task, neardup_error *err);
    struct ndup_revisits *revisits;                     /* where those of the inputs are noted; NULL: nowhere */
    bool (*skip)(const void *context, uint32_t source); /* sources that are not read; NULL: none */
    void *context;
    uint64_t consumed; /* stored bytes, when the run is over */

    /* In turn: */
    uint64_t index; /* the job's: number of the next record */
    uint64_t notes; /* bad records reported so far; carried from run to run by the owner */

    /* The rest is pipeline.c's. */
    struct ndup_pipeline_member *members;
    uint64_t total, read_bytes; /* read_bytes: under `lock` */
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t changed;
    struct ndup_open_source *open;
    unsigned slots;
    uint32_t next_source, end_source;
    uint64_t next_number;
    bool stop;
    pthread_mutex_t turn_lock; /* guards what follows, what is in turn above, and the callbacks */
    pthread_cond_t turn;
    uint64_t done; /* turns taken */
    uint32_t turn_source;
    uint64_t turn_lines;
    bool stop_turns;
};

/* Lets all threads work on all batches. Of several failures it returns that of the earliest batch, which in order does not
 * depend on timing. Fill the first members, the others are zero. */
neardup_status ndup_pipeline_run(struct ndup_pipeline *pipeline, neardup_error *err) NDUP_MUST_CHECK;

/* Nothing after this source is wanted any more, nor the rest of it. Any thread. */
void ndup_pipeline_end_at(struct ndup_pipeline *pipeline, uint32_t source);

/* ---- documents ---- */

typedef neardup_status ndup_visit_document(void *context, struct ndup_document *document, neardup_error *err);

/* Visits the documents of a batch, parsed. An id or group too long for a blob is none. */
neardup_status ndup_task_each(struct ndup_pipeline *pipeline, unsigned member, struct ndup_task *task,
                              ndup_visit_document *visit, void *context, neardup_error *err) NDUP_MUST_CHECK;
/* The same for records, which ndup_task_parse may parse. Ends early when the task is set to be the last. */
neardup_status ndup_task_each_record(struct ndup_pipeline *pipeline, unsigned member, struct ndup_task *task,
                                     ndup_visit_document *visit, void *context, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_task_parse(struct ndup_pipeline *pipeline, unsigned member, const struct ndup_task *task,
                               struct ndup_document *document, neardup_error *err) NDUP_MUST_CHECK;

struct ndup_counts { /* of documents that a thread has seen */
    uint64_t documents, empty, invalid, invalid_utf8, tokens;
    uint64_t brief, markup, ideographs; /* neardup_summary.brief_documents and so on */
};

NDUP_INLINE void ndup_count_document(struct ndup_counts *counts, const struct ndup_document *d,
                                     const struct ndup_tokens *tokens)
{
    counts->invalid_utf8 += d->invalid_utf8 || tokens->invalid_utf8;
    counts->tokens += tokens->count;
    counts->documents += tokens->count > 0;
    counts->empty += tokens->count == 0;
}

void ndup_counts_add(neardup_summary *summary, const struct ndup_counts *counts);
/* For jobs that read all of their input once and are done: text, input and records, from what is counted already. */
void ndup_job_sum_bytes(neardup_job *job, uint64_t consumed);

/* ---- turns ---- */

/* Whether all that is before the task is done: then its turn would begin at once. */
bool ndup_pipeline_is_turn(struct ndup_pipeline *pipeline, const struct ndup_task *task);
/* Waits for that. False: something failed, and nothing is to be reported. */
bool ndup_pipeline_turn(struct ndup_pipeline *pipeline, struct ndup_task *task);
/* Ends what began with ndup_pipeline_turn, whatever it returned, with the status of what was done in the turn, which it
 * returns. whole: nothing of the task (in source order: of the source) comes later; then the failure of its source is
 * reported, too. */
neardup_status ndup_pipeline_done(struct ndup_pipeline *pipeline, const struct ndup_task *task, bool whole,
                                  neardup_status status, neardup_error *err) NDUP_MUST_CHECK;

/* In turn: reports a bad record (line: 1-based; lines: ndup_garbled_lines); fails in a strict run. */
neardup_status ndup_pipeline_report_bad(struct ndup_pipeline *pipeline, const struct ndup_task *task, uint64_t line,
                                        uint32_t lines, const char *problem, neardup_error *err) NDUP_MUST_CHECK;

/* ---- what every job does with trouble ---- */

/* The failure of a strict run: a bad record, or a source that cannot be read. */
neardup_status ndup_fail_bad_record(const neardup_job *job, uint32_t source, uint64_t line, const char *problem,
                                    neardup_error *err);
neardup_status ndup_fail_source(const neardup_job *job, uint32_t source, const neardup_error *why, neardup_error *err);
/* Otherwise such a source is counted and reported. */
neardup_status ndup_job_report_failed_source(neardup_job *job, uint32_t source, const neardup_error *why,
                                             neardup_error *err) NDUP_MUST_CHECK;

/* After the run that reads the sources: counts and reports those that are not text. FORMAT if all inputs are so. */
neardup_status ndup_job_report_skipped(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

#endif
