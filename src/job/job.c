/* SPDX-License-Identifier: MIT
 * The job from its options to its outputs: the only place that knows the order of the phases. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "match/banding.h"
#include "output/report_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- talking ---- */

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

/* ---- the phases ---- */

static neardup_status tell_duplicate_ids(neardup_job *job, neardup_error *err)
{
    NDUP_TRY(ndup_job_count_duplicate_ids(job, err));
    if (job->summary.duplicate_ids == 0)
        return NEARDUP_OK;
    char text[128];
    snprintf(text, sizeof text, "%" PRIu64 " document%s an id that another one has; file and line tell them apart",
             job->summary.duplicate_ids, job->summary.duplicate_ids == 1 ? " has" : "s have");
    return ndup_job_note(job, NEARDUP_WARNING, NULL, 0, text, err);
}

static neardup_status write_summary(neardup_job *job, neardup_error *err)
{
    int fd;
    NDUP_TRY(ndup_outdir_create(job->outdir, "summary.json", &fd, err));
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_report_summary(&text, &job->summary, &job->options);
    neardup_status st =
        text.failed ? ndup_fail_nomem(err) : ndup_write_all(fd, text.data, text.len, "summary.json", err);
    ndup_buf_free(&text);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail(err, NEARDUP_E_IO, "cannot close 'summary.json'");
    return st;
}

/* What a file is shows only when it is read. */
static neardup_status check_annotate(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; job->options.annotate && i < job->corpus.source_count; i++) {
        const struct ndup_source *s = &job->corpus.sources[i];
        if (s->rows > 0 && s->format != NEARDUP_INPUT_JSONL)
            return ndup_fail(err, NEARDUP_E_ARG, "only records of JSON Lines can be annotated, and '%s' is text",
                             s->file->name);
    }
    return NEARDUP_OK;
}

/* Keepers, clusters and decisions of documents. */
static neardup_status run_documents(neardup_job *job, neardup_error *err)
{
    struct ndup_level *level = &job->documents;
    NDUP_TRY(ndup_job_match(job, level, err));
    NDUP_TRY(ndup_job_cluster(job, level, err));
    double t = ndup_sys_seconds();
    if (job->options.pairs)
        NDUP_TRY(ndup_job_tell_pairs(job, level, err));
    NDUP_TRY(ndup_job_tell_documents(job, err));
    NDUP_TRY(ndup_job_tell_clusters(job, level, err));
    job->summary.write_seconds += ndup_sys_seconds() - t;
    return NEARDUP_OK;
}

/* The same for the paragraphs or lines of the documents that stay. */
static neardup_status run_parts(neardup_job *job, neardup_error *err)
{
    struct ndup_level *level = &job->parts;
    ndup_level_forget(&job->documents);
    NDUP_TRY(ndup_job_split(job, err));
    double t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_order(job, level, err));
    job->summary.split_seconds += ndup_sys_seconds() - t;
    NDUP_TRY(ndup_job_match(job, level, err));
    NDUP_TRY(ndup_job_cluster(job, level, err));
    if (job->options.drop_emptied)
        NDUP_TRY(ndup_job_find_emptied(job, err));
    return job->options.pairs ? ndup_job_tell_pairs(job, level, err) : NEARDUP_OK;
}

static neardup_status run_levels(neardup_job *job, neardup_error *err)
{
    bool documents = (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0, parts = job->parts.unit != 0;
    double t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_scan(job, err));
    NDUP_TRY(tell_duplicate_ids(job, err));
    if (documents)
        NDUP_TRY(ndup_job_order(job, &job->documents, err));
    job->summary.read_seconds = ndup_sys_seconds() - t;
    NDUP_TRY(ndup_reports_open(&job->reports, job->outdir, err));
    job->summary.kept = job->summary.documents;
    if (documents)
        NDUP_TRY(run_documents(job, err));
    if (parts)
        NDUP_TRY(check_annotate(job, err));
    if (parts)
        NDUP_TRY(run_parts(job, err));
    t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_write(job, err));
    if (parts) {
        NDUP_TRY(ndup_job_tell_clusters(job, &job->parts, err));
        NDUP_TRY(ndup_job_tell_groups(job, err));
    }
    NDUP_TRY(ndup_reports_close(&job->reports, err));
    job->summary.write_seconds += ndup_sys_seconds() - t;
    return NEARDUP_OK;
}

static neardup_status run_phases(neardup_job *job, neardup_error *err)
{
    double start = ndup_sys_seconds();
    NDUP_TRY(ndup_job_prepare(job, err));
    NDUP_TRY(run_levels(job, err));
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.scratch_bytes = ndup_scratch_peak_bytes(job->scratch);
    job->summary.total_seconds = ndup_sys_seconds() - start;
    if (job->outdir == NULL)
        return NEARDUP_OK;
    NDUP_TRY(write_summary(job, err));
    NDUP_TRY(ndup_job_check_cancel(job, err));
    return ndup_outdir_commit(job->outdir, err);
}

neardup_status neardup_job_run(neardup_job *job, const neardup_callbacks *callbacks, neardup_error *err)
{
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job runs once: make another one");
    job->ran = true;
    if (callbacks != NULL)
        job->callbacks = *callbacks;
    neardup_status st = run_phases(job, err);
    ndup_reports_abandon(&job->reports);
    ndup_outdir_close(job->outdir);
    job->outdir = NULL;
    return st;
}

/* ---- the object ---- */

void neardup_job_options_init(neardup_job_options *options)
{
    *options = (neardup_job_options){
        .struct_size = sizeof *options,
        .profile = NEARDUP_PROFILE_INIT,
        .threshold = 0.7,
        .recall = 0.99,
        .text_field = "text",
        .id_field = "id",
        .simhash_bits = 64,
        .distance = 6,
        .units = NEARDUP_UNIT_DOCUMENT,
        .part_profile = {NEARDUP_TOKENS_WORD, 3},
        .within = true,
        .across = true,
        .containment = 0.9,
        .min_tokens = 8,
        .min_contained = 20,
        .often = 1000,
        .min_remaining = 1,
    };
}

static neardup_status check_options(const neardup_job_options *o, neardup_error *err)
{
    if (o->struct_size != sizeof *o)
        return ndup_fail(err, NEARDUP_E_ARG, "options of another version: call neardup_job_options_init first");
    if (o->profile.ngram < 1 || o->profile.ngram > 64)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to 64, not %u", o->profile.ngram);
    if ((unsigned)o->keep > NEARDUP_KEEP_MIN)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown keep rule %d", (int)o->keep);
    if ((unsigned)o->format > NEARDUP_INPUT_LINE)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown input format %d", (int)o->format);
    if (o->profile.tokens != NEARDUP_TOKENS_WORD && o->profile.tokens != NEARDUP_TOKENS_CHAR)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of tokens %d", (int)o->profile.tokens);
    if ((o->keep == NEARDUP_KEEP_MAX || o->keep == NEARDUP_KEEP_MIN) &&
        (o->keep_field == NULL || o->keep_field[0] == '\0'))
        return ndup_fail(err, NEARDUP_E_ARG, "keep max and min need a field");
    if (o->threads > 1024)
        return ndup_fail(err, NEARDUP_E_ARG, "threads must be 0 to 1024, not %u", o->threads);
    if (o->memory > 0 && o->memory < (uint64_t)64 << 20)
        return ndup_fail(err, NEARDUP_E_ARG, "memory must be at least 64 MiB");
    return NEARDUP_OK;
}

static neardup_status check_simhash_options(const neardup_job_options *o, neardup_error *err)
{
    if ((unsigned)o->method > NEARDUP_METHOD_SIMHASH)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown method %d", (int)o->method);
    if (o->method == NEARDUP_METHOD_MINHASH)
        return NEARDUP_OK;
    if (o->simhash_bits != 64 && o->simhash_bits != 128)
        return ndup_fail(err, NEARDUP_E_ARG, "a fingerprint has 64 or 128 bits, not %u", o->simhash_bits);
    if ((unsigned)o->weights > NEARDUP_WEIGHTS_ONE)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown weights %d", (int)o->weights);
    if ((unsigned)o->hamming > NEARDUP_HAMMING_MULTI)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown search %d", (int)o->hamming);
    if (o->distance > o->simhash_bits / 4)
        return ndup_fail(err, NEARDUP_E_ARG, "distance must be 0 to %u, a quarter of the bits, not %u",
                         o->simhash_bits / 4, o->distance);
    if (!(o->threshold > 0 && o->threshold <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not %g", o->threshold);
    if (o->all_candidates || o->slots > 0 || o->bands > 0 || o->rows > 0)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "slots, bands, rows and the exact join are of MinHash: SimHash finds all within its distance");
    return NEARDUP_OK;
}

static neardup_status check_part_options(const neardup_job_options *o, neardup_error *err)
{
    unsigned parts = o->units & (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE);
    if (o->units == 0 || o->units > 7 || parts == (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE))
        return ndup_fail(err, NEARDUP_E_ARG, "units must be documents, paragraphs or lines, not paragraphs and lines");
    if (parts == 0)
        return NEARDUP_OK;
    if (o->part_profile.ngram < 1 || o->part_profile.ngram > 64 ||
        (o->part_profile.tokens != NEARDUP_TOKENS_WORD && o->part_profile.tokens != NEARDUP_TOKENS_CHAR))
        return ndup_fail(err, NEARDUP_E_ARG, "profile of paragraphs: unknown tokens, or an ngram that is not 1 to 64");
    if (!o->within && !o->across)
        return ndup_fail(err, NEARDUP_E_ARG, "neither within documents nor across them: nothing is compared");
    if (!(o->containment >= 0 && o->containment <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "containment must be 0 to 1");
    if (o->keep_one && o->max_copies == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "keep_one needs max_copies");
    if (o->annotate && o->drop_emptied)
        return ndup_fail(err, NEARDUP_E_ARG, "annotating cuts nothing: no document is emptied");
    return NEARDUP_OK;
}

static neardup_status solve_plan(neardup_job *job, neardup_plan *plan, neardup_error *err)
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

static neardup_status make_levels(neardup_job *job, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    job->documents.unit = NEARDUP_UNIT_DOCUMENT;
    job->documents.profile = o->profile;
    job->documents.simhash_bits = o->method == NEARDUP_METHOD_SIMHASH ? o->simhash_bits : 0;
    job->documents.weights = o->weights;
    NDUP_TRY(solve_plan(job, &job->documents.plan, err));
    if (o->units == NEARDUP_UNIT_DOCUMENT)
        return NEARDUP_OK;
    job->parts.unit = (neardup_unit)(o->units & ~(unsigned)NEARDUP_UNIT_DOCUMENT);
    job->parts.profile = o->part_profile;
    job->parts.plan = job->documents.plan;
    job->parts.simhash_bits = job->documents.simhash_bits;
    job->parts.weights = o->weights;
    /* Inside documents nothing is sketched, and nothing missed. */
    if (!o->across && o->method == NEARDUP_METHOD_MINHASH) {
        job->parts.plan.slots = job->parts.plan.bands = job->parts.plan.rows = 0;
        job->parts.plan.recall_at_threshold = 1;
    }
    return NEARDUP_OK;
}

neardup_status neardup_job_create(neardup_job **out, const neardup_job_options *options, neardup_error *err)
{
    *out = NULL;
    NDUP_TRY(check_options(options, err));
    NDUP_TRY(check_simhash_options(options, err));
    NDUP_TRY(check_part_options(options, err));
    neardup_job *job = ndup_calloc(1, sizeof *job);
    if (job == NULL)
        return ndup_fail_nomem(err);
    job->options = *options;
    if (job->options.text_field == NULL)
        job->options.text_field = "text";
    if (job->options.id_field == NULL)
        job->options.id_field = "id";
    if (options->keep != NEARDUP_KEEP_MAX && options->keep != NEARDUP_KEEP_MIN)
        job->options.keep_field = NULL;
    atomic_init(&job->cancel, false);
    ndup_corpus_init(&job->corpus);
    job->reports.decisions.descriptor = job->reports.clusters.descriptor = -1;
    neardup_status st = make_levels(job, err);
    if (st != NEARDUP_OK) {
        neardup_job_destroy(job);
        return st;
    }
    *out = job;
    return NEARDUP_OK;
}

static neardup_status add(neardup_job *job, const char *path, bool is_list, neardup_error *err)
{
    char *copy = strdup(path);
    if (copy == NULL || !ndup_grow(&job->inputs, &job->input_capacity, job->input_count + 1, sizeof *job->inputs)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    job->inputs[job->input_count++] = (struct ndup_input){copy, is_list};
    return NEARDUP_OK;
}

neardup_status neardup_job_add_input(neardup_job *job, const char *path, neardup_error *err)
{
    return add(job, path, false, err);
}

neardup_status neardup_job_add_list(neardup_job *job, const char *path, neardup_error *err)
{
    return add(job, path, true, err);
}

void neardup_job_cancel(neardup_job *job)
{
    atomic_store(&job->cancel, true);
}

const neardup_summary *neardup_job_summary(const neardup_job *job)
{
    return &job->summary;
}

/* The first n bytes of a longer text without the character that they end in the middle of, if it is one. */
static size_t whole_characters(const unsigned char *text, size_t n)
{
    size_t begin = n;
    while (begin > 0 && n - begin < 3 && (text[begin] & 0xC0) == 0x80)
        begin--;
    unsigned char first = text[begin];
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    return begin + length > n ? begin : n;
}

static neardup_status unit_text(neardup_job *job, neardup_unit unit, uint64_t index, const char **text, size_t *length,
                                neardup_error *err)
{
    struct ndup_row row;
    struct ndup_part_row part;
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        if (unit != job->parts.unit || job->parts.parts == NULL || index >= job->parts.items)
            return ndup_fail(err, NEARDUP_E_ARG, "no paragraph or line %" PRIu64 " to take an excerpt of", index);
        NDUP_TRY(ndup_column_get(job->parts.parts, index, &part, err));
        return ndup_job_read_part(job, &job->workers[0], &part, text, length, err);
    }
    if (index >= job->corpus.row_count)
        return ndup_fail(err, NEARDUP_E_ARG, "no document %" PRIu64 " to take an excerpt of", index);
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    if (row.unit == NDUP_UNIT_INVALID)
        return ndup_fail(err, NEARDUP_E_ARG, "record %" PRIu64 " could not be read and has no text", index);
    return ndup_job_read_text(job, &job->workers[0], index, text, length, err);
}

neardup_status neardup_job_excerpt(neardup_job *job, neardup_unit unit, uint64_t index, char *buffer, size_t size,
                                   neardup_error *err)
{
    const char *text = NULL;
    size_t length = 0;
    if (size > 0)
        buffer[0] = '\0';
    if (size == 0 || job->workers == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "no room for an excerpt, or nothing read yet");
    NDUP_TRY(unit_text(job, unit, index, &text, &length, err));
    size_t n = length < size ? length : whole_characters((const unsigned char *)text, size - 1);
    memcpy(buffer, text, n);
    buffer[n] = '\0';
    return NEARDUP_OK;
}

void neardup_job_destroy(neardup_job *job)
{
    if (job == NULL)
        return;
    ndup_outdir_close(job->outdir);
    ndup_job_free_workers(job);
    ndup_level_free(&job->documents);
    ndup_level_free(&job->parts);
    free(job->emptied);
    free(job->blocks);
    ndup_groups_free(&job->groups);
    ndup_corpus_free(&job->corpus);
    ndup_scratch_destroy(job->scratch);
    ndup_pool_destroy(job->pool);
    ndup_files_free(&job->files);
    for (size_t i = 0; i < job->input_count; i++)
        free(job->inputs[i].path);
    free(job->inputs);
    for (size_t i = 0; i < sizeof job->scratch_text / sizeof job->scratch_text[0]; i++)
        ndup_buf_free(&job->scratch_text[i]);
    free(job);
}
