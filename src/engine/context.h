/* SPDX-License-Identifier: MIT
 * The job object (job.c, job_options.c) and its phases, in the order they run (run.c):
 *
 *   prepare   files to read, threads, budget                            prepare.c, limits.c
 *   scan      read every file once: rows, and units of documents        pipeline.c, scan.c
 *   for the documents, and then for the paragraphs or lines of those that stay (level.h):
 *     split   paragraphs of every document that stays                   part_split.c, part_document.c
 *     order   keeper order of the units                                 keeper_order.c
 *     match   groups of equal keys, or near fingerprints, become        matching.c, fingerprints.c, reread.c
 *             buckets, units are decided
 *     results fates, clusters, pairs                                    results.c, part_fate.c, pairs.c
 *   write     the cleaned corpus and the reports                        writing.c, part_cuts.c, reporting.c,
 *             summary_file.c
 */
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
#include "engine/reports.h"
#include "match/intra_document.h"
#include "neardup.h"
#include "output/outdir.h"
#include "text/part.h"
#include "text/split.h"
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
    size_t record_bytes; /* longest record: it stands in memory as read, as text and as tokens, in several threads */
    uint64_t budget;
};

struct ndup_block {         /* neighbours that one thread takes at a time */
    uint32_t source, count; /* of rows */
    uint64_t first_row, first_part;
};

struct neardup_job {
    neardup_job_options options;
    struct ndup_fields fields; /* those of the options */
    neardup_callbacks callbacks;
    struct ndup_limits limits;
    struct ndup_input {
        char *path, *as; /* as NULL: files are named by the path */
        bool is_list, reference;
        uint32_t split;
    } * inputs;
    size_t input_count, input_capacity;
    struct ndup_file_identity *excluded; /* passed over below the folders of inputs */
    size_t excluded_count, excluded_capacity;
    char **splits; /* names, by number; none: all inputs are in split 0, which has no name */
    size_t split_count, split_capacity;
    uint32_t split; /* of what is added next */
    struct ndup_file_list files;
    struct ndup_corpus corpus;
    struct ndup_scratch *scratch;
    struct ndup_outdir *outdir;
    struct ndup_pool *pool;
    struct ndup_worker *workers; /* one a thread */
    struct ndup_texts documents;
    struct ndup_texts paragraphs; /* paragraphs or lines; unit 0: documents are not split */
    struct ndup_block *blocks;    /* of documents, in order, as they were split */
    size_t block_count, block_capacity;
    uint8_t *noted;    /* [rows]: annotated by an earlier run; NULL: this one does not annotate */
    uint64_t *emptied; /* a bit a row: dropped since cutting leaves too little; NULL: none */
    struct ndup_groups groups;
    struct ndup_reports reports;
    uint64_t repeated_lines; /* echoes; counted where pairs are told */
    neardup_summary summary;
    atomic_bool cancel;
    bool ran;
    uint64_t notes_shown;
    double next_progress;            /* clock */
    struct ndup_buf scratch_text[4]; /* ids of the references handed to callbacks */
};

/* Copies a caller's options, of whatever size, with defaults for what they do not have, and checks them. */
neardup_status ndup_job_take_options(neardup_job_options *own, const neardup_job_options *given,
                                     neardup_error *err) NDUP_MUST_CHECK;
/* At the begin of every kind of run, when its arguments are checked: takes the callbacks (NULL: none). */
neardup_status ndup_job_begin(neardup_job *job, const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;

/* ---- talk.c ---- */

/* Says something about a file; E_CANCELED if the callback wants to stop. */
neardup_status ndup_job_note(neardup_job *job, neardup_severity severity, const char *file, uint64_t line,
                             const char *message, neardup_error *err) NDUP_MUST_CHECK;
/* Calls the progress callback some times a second; false: stop. From the thread that runs the job only. */
bool ndup_job_progress(neardup_job *job, const char *phase, uint64_t done, uint64_t total, bool in_bytes);
neardup_status ndup_job_check_cancel(const neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

void ndup_job_set_limits(neardup_job *job);
/* The same for the parts, when the documents are known. */
void ndup_job_set_paragraph_limits(neardup_job *job);
/* LIMIT if so many bytes more would pass the budget; to be asked before what cannot be spilled is made. */
neardup_status ndup_job_check_memory(const neardup_job *job, uint64_t more, neardup_error *err) NDUP_MUST_CHECK;

/* Files, scratch, pool, limits, workers: all that scan needs. */
neardup_status ndup_job_prepare(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
void ndup_job_free_workers(neardup_job *job);

neardup_status ndup_job_scan(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Calls `empty` for a document without a token (line: 1-based), and after reading for all of them in input order. */
neardup_status ndup_job_report_empty(neardup_job *job, uint32_t source, uint64_t line,
                                     neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report_all_empty(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Counts the documents whose id an earlier one has. */
neardup_status ndup_job_count_duplicate_ids(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* ---- the steps that all texts take (texts.h) ---- */

/* Finds texts with equal digests after the digest table overflowed: texts->alias. */
neardup_status ndup_job_merge_texts(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_order(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_match(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
/* SimHash: texts->ranked, and which ranks are near to each other (kept_only: match/hamming/nearby.h). *links are the caller's, empty after a failure. */
neardup_status ndup_job_find_near(neardup_job *job, struct ndup_texts *texts, bool kept_only,
                                  struct ndup_entries *entries, struct ndup_bucket_links *links,
                                  neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_cluster(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;

/* Visits all items in input order, until a visit fails or the job is cancelled. */
typedef neardup_status ndup_visit_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                       void *context, neardup_error *err);
neardup_status ndup_texts_each_item(neardup_job *job, struct ndup_texts *texts, ndup_visit_item *visit, void *context,
                                    neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_texts_item(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                               struct ndup_row *row, struct ndup_paragraph_row *part, struct ndup_item *item,
                               neardup_error *err) NDUP_MUST_CHECK;

#define NDUP_NO_ITEM UINT64_MAX

/* What is decided on an item. */
struct ndup_item_decision {
    enum { NDUP_ITEM_KEPT, NDUP_ITEM_REMOVED, NDUP_ITEM_NONE } kind; /* NONE: no text, or removed with another item */
    neardup_reason reason;
    double jaccard;
    double containment;
    int distance;          /* NEARDUP_NO_DISTANCE: none */
    uint64_t keeper;       /* item, NDUP_NO_ITEM if none stays */
    struct ndup_rank rank; /* of its cluster */
};
neardup_status ndup_job_decide_item(const neardup_job *job, const struct ndup_texts *texts,
                                    const struct ndup_item *item, struct ndup_item_decision *decision,
                                    neardup_error *err) NDUP_MUST_CHECK;

/* The distance of equal texts: 0, or none if there are no fingerprints. */
NDUP_INLINE int ndup_texts_zero_distance(const struct ndup_texts *texts)
{
    return texts->simhash_bits > 0 ? 0 : NEARDUP_NO_DISTANCE;
}

/* The same for paragraphs and lines, after ndup_paragraph_rules. */
neardup_status ndup_paragraph_decide(const neardup_job *job, const struct ndup_texts *texts,
                                     const struct ndup_item *item, struct ndup_item_decision *decision,
                                     neardup_error *err) NDUP_MUST_CHECK;
/* Decides which clusters of paragraphs are kept, lose their copies, or are removed altogether: texts->rule. */
neardup_status ndup_paragraph_rules(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;

/* Splits the documents that are kept: rows, texts and band keys of the paragraphs. */
neardup_status ndup_job_split(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Which documents are dropped since cutting leaves too little. */
neardup_status ndup_job_find_emptied(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
bool ndup_job_is_emptied(const neardup_job *job, uint64_t document);

/* ---- reporting and writing ---- */

neardup_status ndup_job_report_pairs(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
/* Which ranks are removed, for ndup_decide; context: struct ndup_load_context, whose texts are then clustered. */
neardup_status ndup_job_find_removed(void *context, const uint64_t **removed, neardup_error *err) NDUP_MUST_CHECK;
/* After ndup_job_report_clusters. */
neardup_status ndup_job_report_near_misses(neardup_job *job, struct ndup_texts *texts,
                                           neardup_error *err) NDUP_MUST_CHECK;
/* Fills a decision; its ids live in ids[0] and ids[1]. */
neardup_status ndup_job_decision(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                 struct ndup_buf ids[2], neardup_decision *decision,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* Appends the line of a decision to `lines`, if they are wanted, and calls the callback. */
neardup_status ndup_job_report_decision(const neardup_job *job, const struct ndup_item *item,
                                        const neardup_decision *decision, struct ndup_buf *lines,
                                        neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report_documents(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report_clusters(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report_groups(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Tells what is cut of the documents of a source, and fills the list of its cuts (NULL: nothing is written). */
struct ndup_cut_list;
struct ndup_settler; /* of a thread; an array of them serves all sources */
neardup_status ndup_settlers_create(struct ndup_settler **out, const neardup_job *job,
                                    neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_settle_source(neardup_job *job, struct ndup_settler *settlers, uint32_t source,
                                      struct ndup_cut_list *list, neardup_error *err) NDUP_MUST_CHECK;
void ndup_settlers_free(struct ndup_settler *settlers, neardup_job *job);
neardup_status ndup_job_check_command(const char *command, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_write_summary(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Settles every source and writes the cleaned corpus, file by file. */
neardup_status ndup_job_write(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Finds the document of a row's record, after which NDUP_PADDING bytes are readable. What it finds lives in the worker. */
neardup_status ndup_job_find_text(neardup_job *job, struct ndup_worker *worker, uint32_t source,
                                  const struct ndup_row *row, const char *record, struct ndup_document *document,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* Reads the record first. */
neardup_status ndup_job_read_document(neardup_job *job, struct ndup_worker *worker, uint64_t index,
                                      const struct ndup_row *row, struct ndup_document *document,
                                      neardup_error *err) NDUP_MUST_CHECK;
/* Reads a row's record again and finds its text; both live in the worker until its next call. */
neardup_status ndup_job_read_text(neardup_job *job, struct ndup_worker *worker, uint64_t row_index, const char **text,
                                  size_t *length, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_read_paragraph(neardup_job *job, struct ndup_worker *worker,
                                       const struct ndup_paragraph_row *part, const char **text, size_t *length,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* Context of ndup_job_load, the loader of texts. */
struct ndup_load_context {
    neardup_job *job;
    struct ndup_texts *texts;
    uint64_t *removed; /* one bit per rank; while near misses are looked for */
};
neardup_status ndup_job_load(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                             neardup_error *err) NDUP_MUST_CHECK;

/* Fills a reference for a callback or a report; the id lives in `text`. */
neardup_status ndup_job_ref(const neardup_job *job, const struct ndup_item *item, struct ndup_buf *text,
                            neardup_ref *ref, neardup_error *err) NDUP_MUST_CHECK;

#endif
