/* SPDX-License-Identifier: MIT
 * The job: it is made from options, given inputs, and run. run_phases is the only place that knows the order of the phases. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/phases.h"
#include "engine/revisits.h"
#include "input/feed.h"
#include "match/banding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- making a job ---- */

static neardup_status choose_plan(neardup_job *job, neardup_plan *plan, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    neardup_plan_options p = NEARDUP_PLAN_OPTIONS_INIT;
    if (o->method == NEARDUP_METHOD_SIMHASH)
        return NEARDUP_OK; /* no bands */
    p.threshold = o->threshold;
    p.recall = o->recall;
    p.kind = o->kind;
    p.slots = o->slots;
    p.bands = o->bands;
    p.rows = o->rows;
    p.all = o->all_candidates;
    return ndup_banding_solve(&p, plan, err);
}

static neardup_status prepare_texts(neardup_job *job, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    job->documents.unit = NEARDUP_UNIT_DOCUMENT;
    job->documents.profile = o->profile;
    job->documents.simhash_bits = o->method == NEARDUP_METHOD_SIMHASH ? o->simhash_bits : 0;
    job->documents.weights = o->weights;
    NDUP_TRY(choose_plan(job, &job->documents.plan, err));
    if (o->units == NEARDUP_UNIT_DOCUMENT)
        return NEARDUP_OK;
    job->paragraphs.unit = (neardup_unit)(o->units & ~(unsigned)NEARDUP_UNIT_DOCUMENT);
    job->paragraphs.profile = o->paragraph_profile;
    job->paragraphs.plan = job->documents.plan;
    job->paragraphs.simhash_bits = job->documents.simhash_bits;
    job->paragraphs.weights = o->weights;
    /* Inside documents nothing is sketched, and nothing missed. */
    if (!o->between_documents && o->method == NEARDUP_METHOD_MINHASH) {
        job->paragraphs.plan.slots = job->paragraphs.plan.bands = job->paragraphs.plan.rows = 0;
        job->paragraphs.plan.recall_at_threshold = 1;
    }
    return NEARDUP_OK;
}

neardup_status neardup_job_create(neardup_job **out, const neardup_job_options *options, neardup_error *err)
{
    *out = NULL;
    neardup_job_options own;
    NDUP_TRY(ndup_job_take_options(&own, options, err));
    neardup_job *job = ndup_calloc(1, sizeof *job);
    if (job == NULL)
        return ndup_fail_nomem(err);
    job->options = own;
    if (job->options.text_field == NULL)
        job->options.text_field = "text";
    if (job->options.id_field == NULL)
        job->options.id_field = "id";
    if (own.keep != NEARDUP_KEEP_MAX && own.keep != NEARDUP_KEEP_MIN)
        job->options.keep_field = NULL;
    atomic_init(&job->cancel, false);
    ndup_corpus_init(&job->corpus);
    job->reports.decisions.descriptor = job->reports.clusters.descriptor = job->reports.pairs.descriptor = -1;
    neardup_status st = ndup_key_get(&job->key, err);
    if (st == NEARDUP_OK)
        st = prepare_texts(job, err);
    if (st != NEARDUP_OK) {
        neardup_job_destroy(job);
        return st;
    }
    *out = job;
    return NEARDUP_OK;
}

static neardup_status add_input(neardup_job *job, const char *path, const char *as, bool is_list, bool reference,
                                neardup_error *err)
{
    char *copy = strdup(path), *as_copy = as != NULL ? strdup(as) : NULL;
    if (copy == NULL || (as != NULL && as_copy == NULL) ||
        !ndup_grow(&job->inputs, &job->input_capacity, job->input_count + 1, sizeof *job->inputs)) {
        free(copy);
        free(as_copy);
        return ndup_fail_nomem(err);
    }
    job->inputs[job->input_count++] = (struct ndup_input){
        .path = copy, .as = as_copy, .is_list = is_list, .reference = reference, .split = job->split};
    return NEARDUP_OK;
}

neardup_status neardup_job_add_input(neardup_job *job, const char *path, neardup_error *err)
{
    return add_input(job, path, NULL, false, false, err);
}

neardup_status neardup_job_add_list(neardup_job *job, const char *path, neardup_error *err)
{
    return add_input(job, path, NULL, true, false, err);
}

neardup_status neardup_job_add_reference(neardup_job *job, const char *path, neardup_error *err)
{
    return add_input(job, path, NULL, false, true, err);
}

neardup_status neardup_job_add_moved(neardup_job *job, const char *path, const char *as, bool reference,
                                     neardup_error *err)
{
    return add_input(job, path, as, false, reference, err);
}

neardup_status neardup_job_exclude(neardup_job *job, const char *path, neardup_error *err)
{
    struct stat info;
    if (path == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "no path given");
    if (stat(path, &info) != 0)
        return NEARDUP_OK;
    if (!ndup_grow(&job->excluded, &job->excluded_capacity, job->excluded_count + 1, sizeof *job->excluded))
        return ndup_fail_nomem(err);
    job->excluded[job->excluded_count++] = (struct ndup_file_identity){info.st_dev, info.st_ino};
    return NEARDUP_OK;
}

neardup_status neardup_job_begin_split(neardup_job *job, const char *name, neardup_error *err)
{
    for (size_t i = 0; i < job->split_count; i++) {
        if (strcmp(job->splits[i], name) == 0) {
            job->split = (uint32_t)i;
            return NEARDUP_OK;
        }
    }
    if (job->split_count == 0 && job->input_count > 0)
        return ndup_fail(err, NEARDUP_E_ARG, "inputs added before the first split belong to no split");
    char *copy = strdup(name);
    if (copy == NULL || !ndup_grow(&job->splits, &job->split_capacity, job->split_count + 1, sizeof *job->splits)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    job->split = (uint32_t)job->split_count;
    job->splits[job->split_count++] = copy;
    return NEARDUP_OK;
}

void neardup_job_cancel(neardup_job *job)
{
    atomic_store(&job->cancel, true);
}

const neardup_summary *neardup_job_summary(const neardup_job *job)
{
    return &job->summary;
}

const char *neardup_job_path(const neardup_job *job, const char *name)
{
    for (size_t i = 0; i < job->files.count; i++) {
        if (strcmp(job->files.files[i].name, name) == 0)
            return job->files.files[i].feed == NULL ? job->files.files[i].path : NULL;
    }
    return NULL;
}

/* ---- what a job says while it runs ---- */

neardup_status ndup_job_check_cancel(const neardup_job *job, neardup_error *err)
{
    return atomic_load_explicit(&job->cancel, memory_order_relaxed) ? ndup_fail(err, NEARDUP_E_CANCELED, "canceled")
                                                                    : NEARDUP_OK;
}

neardup_status ndup_job_note(neardup_job *job, neardup_severity severity, const char *file, uint64_t line,
                             const char *message, neardup_error *err)
{
    if (job->callbacks.message != NULL &&
        !job->callbacks.message(job->callbacks.context, severity, file, line, message))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

bool ndup_job_progress(neardup_job *job, const char *phase, uint64_t done, uint64_t total, bool in_bytes)
{
    if (job->callbacks.progress == NULL)
        return true;
    double now = ndup_sys_seconds();
    if (now < job->next_progress)
        return true;
    job->next_progress = now + 0.2;
    neardup_progress p = {phase, done, total, in_bytes};
    return job->callbacks.progress(job->callbacks.context, &p);
}

/* ---- duplicate ids ---- */

/* Duplicate ids by grouping their 64-bit hashes: the high half is the key of a group, the low half its item. */

/* A block holds ids of at least one byte and their three bytes of length. */
#define IDS_MAX (NDUP_BLOB_BLOCK / 4)

struct id_piece { /* layout of the buffer */
    char block[NDUP_BLOB_BLOCK];
    uint32_t keys[IDS_MAX];
    uint32_t items[IDS_MAX];
};

static neardup_status hash_block(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                                 uint32_t *first, size_t *count, neardup_error *err)
{
    const struct ndup_blob *blob = context;
    struct id_piece *piece = buffer;
    const struct ndup_key *key;
    const char *block, *id;
    size_t at = 0, length, n = 0;
    NDUP_TRY(ndup_key_get(&key, err));
    NDUP_TRY(ndup_blob_block(blob, i, piece->block, &block, err));
    while (n < IDS_MAX && ndup_blob_next(block, &at, &id, &length)) {
        uint64_t hash = ndup_key_name(key, id, length);
        piece->keys[n] = (uint32_t)(hash >> 32);
        piece->items[n++] = (uint32_t)hash;
    }
    *keys = piece->keys;
    *items = piece->items;
    *first = 0;
    *count = n;
    return NEARDUP_OK;
}

static int by_bucket_and_item(const void *left, const void *right)
{
    const struct ndup_entry *a = left, *b = right;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static neardup_status count_duplicate_ids(neardup_job *job, neardup_error *err)
{
    const struct ndup_blob *blob = &job->corpus.ids;
    struct ndup_keys keys = {
        .context = &job->corpus.ids,
        .pieces = (size_t)blob->count,
        .piece_bytes = sizeof(struct id_piece),
        .piece = hash_block,
    };
    struct ndup_entries entries;
    NDUP_TRY(ndup_entries_init(&entries, ndup_pool_threads(job->pool), err));
    neardup_status st =
        ndup_group(&keys, (size_t)job->summary.records, job->limits.group_bytes, job->pool, &entries, err);
    for (unsigned p = 0; st == NEARDUP_OK && p < entries.part_count; p++) {
        struct ndup_entry_list *part = &entries.parts[p];
        if (part->count > 1)
            qsort(part->entries, part->count, sizeof *part->entries, by_bucket_and_item);
        for (size_t i = 1; i < part->count; i++)
            job->summary.duplicate_ids += by_bucket_and_item(&part->entries[i - 1], &part->entries[i]) == 0;
    }
    ndup_entries_free(&entries);
    return st;
}

/* ---- checks that need the inputs ---- */

static neardup_status report_duplicate_ids(neardup_job *job, neardup_error *err)
{
    NDUP_TRY(count_duplicate_ids(job, err));
    if (job->summary.duplicate_ids == 0)
        return NEARDUP_OK;
    char text[128], count[NDUP_COUNT_BYTES];
    snprintf(text, sizeof text, "%s document%s the id of another document; file and line identify them",
             ndup_count_text(count, job->summary.duplicate_ids), job->summary.duplicate_ids == 1 ? " has" : "s have");
    return ndup_job_note(job, NEARDUP_WARNING, NULL, 0, text, err);
}

/* What a file is shows only when it is read. */
static neardup_status check_annotate(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; job->options.annotate && i < job->corpus.own_sources; i++) {
        const struct ndup_corpus_source *s = &job->corpus.sources[i];
        if (s->rows > 0 && (!s->format->annotates || s->table != NULL))
            return ndup_fail(err, NEARDUP_E_ARG, "cannot annotate '%s': only records of JSON Lines can be annotated",
                             s->file->name);
        if (s->rows > 0 && s->encoded != NULL)
            return ndup_fail(err, NEARDUP_E_ARG, "cannot annotate '%s': it is in %s; only UTF-8 can be annotated",
                             s->file->name, s->encoded->name);
    }
    return NEARDUP_OK;
}

static neardup_status check_references(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; i < job->input_count; i++) {
        if (job->inputs[i].reference && !job->options.between_documents &&
            !(job->options.units & NEARDUP_UNIT_DOCUMENT))
            return ndup_fail(err, NEARDUP_E_ARG,
                             "cannot compare with a reference: only repeats inside documents were requested");
    }
    return NEARDUP_OK;
}

/* ---- the phases ---- */

static double lap(double *since)
{
    double now = ndup_sys_seconds(), seconds = now - *since;
    *since = now;
    return seconds;
}

/* Compares documents: their keepers, clusters and decisions. */
static neardup_status run_documents(neardup_job *job, neardup_error *err)
{
    struct ndup_texts *texts = &job->documents;
    NDUP_TRY(ndup_job_match(job, texts, err));
    NDUP_TRY(ndup_job_audit(job, texts, err)); /* of near-duplicates: contained documents are not removed yet */
    if (job->options.contained > 0)
        NDUP_TRY(ndup_job_contain(job, texts, err));
    NDUP_TRY(ndup_job_cluster(job, texts, err));
    NDUP_TRY(ndup_corpus_check_unchanged(&job->corpus, false, err)); /* before anything is reported */
    NDUP_TRY(ndup_revisits_resolve(job, err));
    double t = ndup_sys_seconds();
    if (job->options.pairs)
        NDUP_TRY(ndup_job_report_pairs(job, texts, err));
    NDUP_TRY(ndup_job_report_documents(job, err));
    NDUP_TRY(ndup_job_report_clusters(job, texts, err));
    NDUP_TRY(ndup_job_report_near_misses(job, texts, err));
    job->summary.write_seconds += lap(&t);
    return NEARDUP_OK;
}

/* The same for the paragraphs or lines of the documents that are kept. Their decisions and clusters are reported while the
 * corpus is written: only then are the documents read again, in which the ranges are that are cut. */
static neardup_status run_paragraphs(neardup_job *job, neardup_error *err)
{
    struct ndup_texts *texts = &job->paragraphs;
    ndup_texts_forget(&job->documents);
    NDUP_TRY(ndup_job_split(job, err));
    double t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_order(job, texts, err));
    job->summary.split_seconds += lap(&t);
    NDUP_TRY(ndup_job_match(job, texts, err));
    NDUP_TRY(ndup_job_cluster(job, texts, err));
    if (job->options.drop_emptied)
        NDUP_TRY(ndup_job_find_emptied(job, err));
    NDUP_TRY(ndup_corpus_check_unchanged(&job->corpus, false, err));
    return job->options.pairs ? ndup_job_report_pairs(job, texts, err) : NEARDUP_OK;
}

/* A run from top to bottom. */
static neardup_status run_phases(neardup_job *job, neardup_error *err)
{
    bool documents = (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0, paragraphs = job->paragraphs.unit != 0;
    double start = ndup_sys_seconds(), t;

    /* prepare: the files to read, the memory that each step may take, the threads and what each of them needs */
    NDUP_TRY(check_references(job, err));
    NDUP_TRY(ndup_job_prepare(job, err));

    /* read: every file once; documents become rows and, if they are compared, texts in keeper order */
    t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_scan(job, err));
    NDUP_TRY(ndup_corpus_check_unchanged(&job->corpus, true, err));
    NDUP_TRY(ndup_job_check_read(job, err));
    job->has_uncut = ndup_paragraph_finds_uncut(job);
    NDUP_TRY(ndup_job_report_all_empty(job, err));
    NDUP_TRY(report_duplicate_ids(job, err));
    if (documents)
        NDUP_TRY(ndup_job_order(job, &job->documents, err));
    job->summary.read_seconds = lap(&t);
    job->summary.kept = job->summary.documents;

    /* match and decide: documents, then the paragraphs of those that are kept */
    NDUP_TRY(ndup_reports_open(&job->reports, job->outdir, job->options.pairs, err));
    if (documents)
        NDUP_TRY(run_documents(job, err));
    if (paragraphs)
        NDUP_TRY(check_annotate(job, err));
    if (paragraphs)
        NDUP_TRY(run_paragraphs(job, err));

    /* write: the cleaned corpus, and what is known only when it is written */
    t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_write(job, err));
    if (paragraphs) {
        NDUP_TRY(ndup_job_report_clusters(job, &job->paragraphs, err));
        NDUP_TRY(ndup_job_report_near_misses(job, &job->paragraphs, err));
        NDUP_TRY(ndup_job_report_groups(job, err));
    }
    NDUP_TRY(ndup_reports_close(&job->reports, err));
    NDUP_TRY(ndup_corpus_check_unchanged(&job->corpus, false, err));
    job->summary.write_seconds += lap(&t);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.scratch_bytes = ndup_scratch_peak_bytes(job->scratch);
    job->summary.total_seconds = ndup_sys_seconds() - start;
    if (job->outdir == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_write_summary(job, err));
    NDUP_TRY(ndup_job_check_cancel(job, err));
    return ndup_outdir_commit(job->outdir, err);
}

neardup_status neardup_job_run(neardup_job *job, const neardup_callbacks *callbacks, neardup_error *err)
{
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job can run only once: create another one");
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    neardup_status st = run_phases(job, err);
    if (st == NEARDUP_E_CANCELED && ndup_collector_failed(job->collector))
        st = ndup_fail_nomem(err);
    ndup_collector_end(job->collector);
    ndup_reports_abandon(&job->reports);
    ndup_outdir_close(job->outdir);
    job->outdir = NULL;
    return st;
}

void neardup_job_destroy(neardup_job *job)
{
    if (job == NULL)
        return;
    ndup_outdir_close(job->outdir);
    ndup_job_free_workers(job);
    ndup_texts_free(&job->documents);
    ndup_texts_free(&job->paragraphs);
    free(job->emptied);
    ndup_unique_free(job->unique);
    free(job->noted);
    free(job->blocks);
    ndup_groups_free(&job->groups);
    ndup_corpus_free(&job->corpus);
    ndup_archive_store_close(&job->unpacked);
    ndup_scratch_destroy(job->scratch);
    ndup_pool_destroy(job->pool);
    ndup_files_free(&job->files);
    ndup_chooser_free(&job->chooser);
    ndup_revisits_destroy(job->revisits);
    ndup_program_free(&job->pre);
    ndup_tables_free(&job->tables);
    for (size_t i = 0; i < job->input_count; i++) {
        free(job->inputs[i].path);
        free(job->inputs[i].as);
        ndup_feed_destroy(job->inputs[i].feed);
        ndup_arrow_destroy(job->inputs[i].arrow);
    }
    free(job->inputs);
    for (size_t i = 0; i < job->split_count; i++)
        free(job->splits[i]);
    free(job->splits);
    free(job->excluded);
    free(job->invalid.list);
    ndup_collector_free(job->collector);
    for (size_t i = 0; i < sizeof job->scratch_text / sizeof job->scratch_text[0]; i++)
        ndup_buf_free(&job->scratch_text[i]);
    free(job);
}
