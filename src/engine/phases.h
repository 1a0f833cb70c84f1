/* SPDX-License-Identifier: MIT
 * The job, and the phases of a run in the order in which run.c calls them.
 *
 *   prepare   files to read, threads, memory                            prepare.c, limits.c
 *   read      every file once: rows, and texts of documents             scan.c, pipeline.c
 *   for the documents, and then for the paragraphs or lines of those that are kept (texts.h):
 *     split   paragraphs of every document that is kept                 splitting.c
 *     order   keeper order of the texts                                 keeper_order.c
 *     match   groups of equal keys, or near fingerprints, become        candidates.c
 *             buckets, and ranks are decided
 *     contain of documents: those that longer ones contain              containing.c
 *     cluster decisions on items, clusters                              results.c, paragraph_policy.c, unique.c
 *   write     the cleaned corpus and the results                        write_corpus.c, reporting.c
 */
#ifndef NDUP_PHASES_H
#define NDUP_PHASES_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/pool.h"
#include "cluster/cluster_rule.h"
#include "cluster/decide.h"
#include "input/files.h"
#include "input/formats.h"
#include "input/reader.h"
#include "input/survey.h"
#include "engine/corpus.h"
#include "engine/tables.h"
#include "engine/texts.h"
#include "engine/groups.h"
#include "match/intra_document.h"
#include "neardup_run.h"
#include "output/outdir.h"
#include "text/paragraphs.h"
#include "text/text.h"

#include <stdatomic.h>

/* ---- the job: everything that a run knows, and what its threads need ---- */

/* Bytes of text in a batch: it stays in the second-level cache (1 to 2 MiB per core) from the read to the last token.
 * Smaller ones mean more turns in input order, larger ones leave the cache; not swept. A longer record makes its batch
 * grow. */
#define NDUP_BATCH_BYTES ((size_t)1 << 20)

struct ndup_seen { /* by one thread, in the inputs (not in references); zero-initialised */
    uint64_t ids, groups;
    uint8_t texts; /* bits: which fields of a text of several some document has */
    uint64_t keep_numbers, keep_strings;
    uint64_t keep_number_strings; /* of the strings, those that are a number in quotes */
    uint64_t surveyed;            /* records of the current batch */
    struct ndup_survey survey;
};

struct ndup_invalid { /* invalid records of a source, for one reason */
    uint32_t source;
    uint64_t line, count; /* line: 1-based, of the first */
    uint32_t lines;       /* of the first, if it is garbled: ndup_garbled_lines */
    const char *reason;   /* static */
    uint64_t offset;      /* of the first in the file as it is read, + 1; 0: messages name its line alone */
};

struct ndup_invalid_list {
    struct ndup_invalid *list;
    size_t count, capacity;
};

struct ndup_worker { /* what one thread needs; made once, used by all phases */
    struct ndup_parser parser;
    struct ndup_text *text;
    struct ndup_batch batch;
    struct ndup_opened opened;
    struct ndup_seen seen;
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
    size_t join_bytes;   /* exact join, and containment */
    size_t sample_bytes; /* samples of texts in memory */
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

/* What near-duplicate paragraphs say that occurs nowhere else: it is not cut (unique.c). */

/* A stretch of a cut paragraph that stays. Those of a paragraph are neighbours, in order; paragraphs are in order, too. */
struct ndup_stay {
    uint32_t item;
    uint32_t begin, end; /* bytes of the document's text */
    uint32_t raw;        /* bytes of the record */
    uint32_t tokens;
};

struct ndup_unique {
    uint64_t *spared; /* one bit per item: it stays altogether, whatever else is decided */
    uint64_t *partly; /* it is cut but for some stretches */
    uint64_t *relied; /* another document lost what this item keeps; NULL: documents are not dropped for it */
    struct ndup_column *stays;
    uint64_t count; /* of them */
    bool known;     /* all of this; until then decisions are those without it */
};

/* The stretches of an item: none unless it is cut but for these. */
struct ndup_stays {
    uint64_t first;
    uint32_t count;
    uint64_t tokens, raw; /* in all of them */
};

struct neardup_job {
    neardup_job_options options;
    const struct ndup_key *key;
    struct ndup_fields fields; /* those of the options */
    neardup_callbacks callbacks;
    struct ndup_collector *collector; /* fills columns; NULL: the caller wants none */
    struct ndup_limits limits;
    struct ndup_input {
        char *path, *as;          /* as NULL: files are named by the path */
        struct ndup_feed *feed;   /* documents of a caller, owned; NULL: a path. `bytes` of it, 0: unknown */
        struct ndup_arrow *arrow; /* the table that the feed reads, owned; NULL: none (arrow.c) */
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
    struct ndup_archive_store unpacked; /* members of archives among them */
    struct ndup_chooser chooser;        /* which files below a folder are in it */
    struct ndup_program pre;            /* options.pre; no words: none */
    struct ndup_tables tables;
    struct ndup_corpus corpus;
    struct ndup_invalid_list invalid;
    struct ndup_scratch *scratch;
    struct ndup_outdir *outdir;
    struct ndup_pool *pool;
    struct ndup_worker *workers; /* one per thread */
    struct ndup_texts documents;
    struct ndup_texts paragraphs; /* paragraphs or lines; unit 0: documents are not split */
    struct ndup_block *blocks;    /* of documents, in order, as they were split */
    size_t block_count, block_capacity;
    uint8_t *noted;             /* [rows]: annotated by an earlier run; NULL: this one does not annotate */
    bool has_uncut;             /* some sources are such that nothing can be cut out of them */
    uint64_t *emptied;          /* one bit per row: dropped because cutting leaves too little; NULL: none */
    struct ndup_unique *unique; /* what near-duplicate paragraphs keep; NULL: nothing */
    struct ndup_groups groups;
    struct ndup_revisits *revisits; /* of web archives; NULL: none are wanted */
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

/* ---- begin ---- */

/* Copies a caller's options, of whatever size, with defaults for what they do not have, and checks them. */
neardup_status ndup_job_take_options(neardup_job_options *own, const neardup_job_options *given,
                                     neardup_error *err) NDUP_MUST_CHECK;
/* The byte that neardup_job_options.delimiter names; 0: it names none. */
char ndup_job_delimiter(const char *delimiter);
/* At the begin of every kind of run, when its arguments are checked: takes the callbacks (NULL: none). */
neardup_status ndup_job_begin(neardup_job *job, const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;

/* Columns (memory.c): the collector is between the job and the caller's callbacks. */
void ndup_collector_begin(neardup_job *job);
/* Releases a table that was added; NULL is fine (arrow.c). */
void ndup_arrow_destroy(struct ndup_arrow *arrow);
/* After the run. NULL is fine for these. */
void ndup_collector_end(struct ndup_collector *collector);
bool ndup_collector_failed(const struct ndup_collector *collector); /* for want of memory */
void ndup_collector_free(struct ndup_collector *collector);

void ndup_job_set_limits(neardup_job *job);
/* The same for the parts, when the documents are known. */
void ndup_job_set_paragraph_limits(neardup_job *job);
/* LIMIT if this many more bytes would exceed the budget. Called before something is made that cannot be spilled. */
neardup_status ndup_job_check_memory(const neardup_job *job, uint64_t more, neardup_error *err) NDUP_MUST_CHECK;

/* Files, scratch, pool, limits, workers: all that scan needs. */
neardup_status ndup_job_prepare(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
void ndup_job_free_workers(neardup_job *job);

neardup_status ndup_job_scan(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Calls `empty` for a document without a token (line: 1-based), and after reading for all of them in input order. */
neardup_status ndup_job_report_empty(neardup_job *job, uint32_t source, uint64_t line,
                                     neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_report_all_empty(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* ---- was enough read? (readable.c) ---- */

struct ndup_task;

void ndup_seen_free(struct ndup_seen *seen);

/* Counts a document of an input by its fields, and surveys the record if a wanted field is not there. */
neardup_status ndup_seen_document(neardup_job *job, struct ndup_seen *seen, const struct ndup_task *task,
                                  const struct ndup_document *document, neardup_error *err) NDUP_MUST_CHECK;

/* Invalid records of a source with the place of the first one (`count` is theirs), in input order of each source. Not
 * thread-safe. */
neardup_status ndup_job_count_invalid(neardup_job *job, const struct ndup_invalid *records,
                                      neardup_error *err) NDUP_MUST_CHECK;

/* Whether the job writes a cleaned corpus, to a folder or to standard output. */
NDUP_INLINE bool ndup_writes_corpus(const neardup_job_options *options)
{
    return options->output_dir != NULL && options->write_corpus;
}

/* The reason of an invalid record. If it is garbled, its lines follow: there may be other records among them. */
#define NDUP_REASON_BYTES 400
const char *ndup_invalid_reason(const struct ndup_invalid *record, char text[NDUP_REASON_BYTES]);

/* After reading: reports invalid records by file and reason. FORMAT if too much could not be read (neardup_job_options.
 * max_unreadable), or if no record has a field that the options name. */
neardup_status ndup_job_check_read(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* ---- the steps that all texts take (texts.h) ---- */

neardup_status ndup_job_order(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_match(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
/* Of documents: which of the kept ones are contained in longer ones (containing.c). */
neardup_status ndup_job_contain(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
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
    double keeper_containment;
    int distance;          /* NEARDUP_NO_DISTANCE: none */
    bool numbers_differ;   /* from the keeper, and nothing else */
    uint64_t keeper;       /* item; NDUP_NO_ITEM if none is kept */
    struct ndup_rank rank; /* of its cluster */
};
neardup_status ndup_job_decide_item(const neardup_job *job, const struct ndup_texts *texts,
                                    const struct ndup_item *item, struct ndup_item_decision *decision,
                                    neardup_error *err) NDUP_MUST_CHECK;

/* Paragraphs have a rule of their own (unique.c). */
NDUP_INLINE bool ndup_keeps_numbers(const neardup_job *job, const struct ndup_texts *texts)
{
    return job->options.keep_numbers && texts->paragraphs == NULL;
}

/* The distance of equal texts: 0, or none if there are no fingerprints. */
NDUP_INLINE int ndup_texts_zero_distance(const struct ndup_texts *texts)
{
    return texts->simhash_bits > 0 ? 0 : NEARDUP_NO_DISTANCE;
}

/* The same for paragraphs and lines, after ndup_paragraph_rules. */
/* Whether the job reads files out of which nothing can be cut, and would cut. */
bool ndup_paragraph_finds_uncut(const neardup_job *job);
/* Whether an item repeats, and stays because nothing can be cut out of its file. */
neardup_status ndup_paragraph_is_uncut(const neardup_job *job, const struct ndup_texts *texts,
                                       const struct ndup_item *item, bool *uncut, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_paragraph_decide(const neardup_job *job, const struct ndup_texts *texts,
                                     const struct ndup_item *item, struct ndup_item_decision *decision,
                                     neardup_error *err) NDUP_MUST_CHECK;
/* Decides which clusters of paragraphs are kept, lose their copies, or are removed altogether: texts->rule. */
neardup_status ndup_paragraph_rules(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;

/* Finds what near-duplicate paragraphs keep, since it occurs nowhere else: job->unique. After ndup_paragraph_rules. */
neardup_status ndup_job_keep_unique(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
NDUP_INLINE bool ndup_unique_bit(const uint64_t *bits, uint64_t item)
{
    return bits != NULL && (bits[item / 64] >> item % 64 & 1);
}

/* Finds the stretches; unique may be NULL. */
neardup_status ndup_unique_stays(const struct ndup_unique *unique, uint64_t item, struct ndup_stays *out,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_unique_free(struct ndup_unique *unique);

/* Finds which copies are exact: texts->forms. After all texts are known, before the first decision on an item. */
neardup_status ndup_job_find_forms(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;

/* Splits the documents that are kept: rows, texts and band keys of the paragraphs. */
neardup_status ndup_job_split(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Which documents are dropped since cutting leaves too little. */
neardup_status ndup_job_find_emptied(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
bool ndup_job_is_emptied(const neardup_job *job, uint64_t document);

/* ---- reporting and writing ---- */

/* The files of the results. outdir NULL: nothing is written. */
neardup_status ndup_reports_open(struct ndup_reports *reports, struct ndup_outdir *outdir, bool pairs,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* After lines were appended to the text: writes them, now and then. */
neardup_status ndup_report_flush(struct ndup_report_file *report, neardup_error *err) NDUP_MUST_CHECK;
/* Writes the rest and closes. */
neardup_status ndup_reports_close(struct ndup_reports *reports, neardup_error *err) NDUP_MUST_CHECK;
/* Closes whatever is open, after a failure or never opened. */
void ndup_reports_abandon(struct ndup_reports *reports);

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
neardup_status ndup_job_check_command(const char *command, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_job_write_summary(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;
/* Applies the decisions to every source, reports those on paragraphs, and writes the cleaned corpus, file by file. */
neardup_status ndup_job_write(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* Finds the document of a row's record, after which NDUP_PADDING bytes are readable. The document lives in the worker. */
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

/* Measures the recall of what was decided on documents, if the options ask for it (audit.c). */
neardup_status ndup_job_audit(neardup_job *job, struct ndup_texts *texts, neardup_error *err) NDUP_MUST_CHECK;
/* Between what the missed share of all is in 95 % of cases, when this is that of a random sample. sampled > 0. */
void ndup_audit_interval(uint64_t missed, uint64_t sampled, double *low, double *high);

/* Context of ndup_job_load, the loader of texts. */
struct ndup_load_context {
    neardup_job *job;
    struct ndup_texts *texts;
    uint64_t *removed;  /* one bit per rank; while near misses are looked for */
    bool public_hashes; /* public hashes are wanted, too */
};
neardup_status ndup_job_load(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                             neardup_error *err) NDUP_MUST_CHECK;

/* Fills a reference for a callback or a report; the id lives in `text`. */
neardup_status ndup_job_ref(const neardup_job *job, const struct ndup_item *item, struct ndup_buf *text,
                            neardup_ref *ref, neardup_error *err) NDUP_MUST_CHECK;

#endif
