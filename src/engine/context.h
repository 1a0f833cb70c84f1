/* SPDX-License-Identifier: MIT
 * The job: everything that a run knows, and what its threads need. It is below the phases (phases.h), which work on it. */
#ifndef NDUP_CONTEXT_H
#define NDUP_CONTEXT_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/pool.h"
#include "cluster/cluster_rule.h"
#include "cluster/decide.h"
#include "input/files.h"
#include "input/formats.h"
#include "input/reader.h"
#include "engine/corpus.h"
#include "engine/texts.h"
#include "engine/paragraphs/groups.h"
#include "match/intra_document.h"
#include "neardup_run.h"
#include "output/outdir.h"
#include "text/paragraphs.h"
#include "text/text.h"

#include <stdatomic.h>

/* Bytes of text in a batch: it stays in the second-level cache from the read to the last token. */
#define NDUP_BATCH_BYTES ((size_t)1 << 20)

struct ndup_worker { /* what one thread needs; made once, used by all phases */
    struct ndup_parser parser;
    struct ndup_text *text;
    struct ndup_batch batch;
    struct ndup_opened opened;
    char *record; /* a record read again */
    size_t record_capacity;
    struct ndup_part *part; /* these three: only if documents are split */
    struct ndup_text *part_text;
    struct ndup_intra_document *within;
};

struct ndup_limits {     /* shares of the memory budget, bytes; see limits.c */
    bool spill;          /* rows, ids and band keys go to the scratch folder */
    size_t row_bytes;    /* rows in memory, should there be far more than expected */
    size_t digest_bytes; /* table of exact duplicates */
    size_t group_bytes;  /* working array of a band */
    size_t cache_bytes;  /* shingle sets while verifying */
    size_t join_bytes;   /* exact join */
    size_t record_bytes; /* longest record: several threads hold one as read, as text and as tokens */
    uint64_t budget;
};

struct ndup_block {         /* neighbours that one thread takes at a time */
    uint32_t source, count; /* of rows */
    uint64_t first_row, first_part;
};

struct ndup_report_file {
    int descriptor; /* -1: not wanted */
    const char *name;
    struct ndup_buf text; /* lines that are not written yet */
};

struct ndup_reports {
    struct ndup_report_file decisions, clusters, pairs;
};

struct neardup_job {
    neardup_job_options options;
    struct ndup_fields fields; /* those of the options */
    neardup_callbacks callbacks;
    struct ndup_collector *collector; /* fills columns; NULL: none were asked for */
    struct ndup_limits limits;
    struct ndup_input {
        char *path, *as;        /* as NULL: files are named by the path */
        struct ndup_feed *feed; /* documents of a caller, owned; NULL: a path. `bytes` of it, 0: unknown */
        uint64_t bytes;
        bool is_list, reference;
        uint32_t split;
    } * inputs;
    size_t input_count, input_capacity;
    struct ndup_file_identity *excluded; /* skipped below the folders of inputs */
    size_t excluded_count, excluded_capacity;
    char **splits; /* names, by number; none: all inputs are in split 0, which has no name */
    size_t split_count, split_capacity;
    uint32_t split; /* of what is added next */
    struct ndup_file_list files;
    struct ndup_corpus corpus;
    struct ndup_scratch *scratch;
    struct ndup_outdir *outdir;
    struct ndup_pool *pool;
    struct ndup_worker *workers; /* one per thread */
    struct ndup_texts documents;
    struct ndup_texts paragraphs; /* paragraphs or lines; unit 0: documents are not split */
    struct ndup_block *blocks;    /* of documents, in order, as they were split */
    size_t block_count, block_capacity;
    uint8_t *noted;    /* [rows]: annotated by an earlier run; NULL: this one does not annotate */
    uint64_t *emptied; /* one bit per row: dropped because cutting leaves too little; NULL: none */
    struct ndup_groups groups;
    struct ndup_reports reports;
    uint64_t repeated_lines; /* echoes; counted where pairs are reported */
    neardup_summary summary;
    atomic_bool cancel;
    bool ran;
    uint64_t notes_shown;
    double next_progress;            /* clock */
    struct ndup_buf scratch_text[4]; /* ids of the references handed to callbacks */
};

/* Reports something about a file; E_CANCELED if the callback wants to stop. */
neardup_status ndup_job_note(neardup_job *job, neardup_severity severity, const char *file, uint64_t line,
                             const char *message, neardup_error *err) NDUP_MUST_CHECK;
/* Calls the progress callback some times a second; false: stop. From the thread that runs the job only. */
bool ndup_job_progress(neardup_job *job, const char *phase, uint64_t done, uint64_t total, bool in_bytes);
neardup_status ndup_job_check_cancel(const neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

#endif
