/* SPDX-License-Identifier: MIT
 * The phases of a run: the only place that knows their order. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/sys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* What a file is shows only when it is read. */
static neardup_status check_annotate(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; job->options.annotate && i < job->corpus.own_sources; i++) {
        const struct ndup_corpus_source *s = &job->corpus.sources[i];
        if (s->rows > 0 && !s->format->annotates)
            return ndup_fail(err, NEARDUP_E_ARG, "only records of JSON Lines can be annotated, and '%s' is text",
                             s->file->name);
    }
    return NEARDUP_OK;
}

/* Keepers, clusters and decisions of documents. */
static neardup_status run_documents(neardup_job *job, neardup_error *err)
{
    struct ndup_texts *texts = &job->documents;
    NDUP_TRY(ndup_job_match(job, texts, err));
    NDUP_TRY(ndup_job_cluster(job, texts, err));
    double t = ndup_sys_seconds();
    if (job->options.pairs)
        NDUP_TRY(ndup_job_report_pairs(job, texts, err));
    NDUP_TRY(ndup_job_report_documents(job, err));
    NDUP_TRY(ndup_job_report_clusters(job, texts, err));
    NDUP_TRY(ndup_job_report_near_misses(job, texts, err));
    job->summary.write_seconds += ndup_sys_seconds() - t;
    return NEARDUP_OK;
}

/* The same for the paragraphs or lines of the documents that stay. */
static neardup_status run_parts(neardup_job *job, neardup_error *err)
{
    struct ndup_texts *texts = &job->paragraphs;
    ndup_texts_forget(&job->documents);
    NDUP_TRY(ndup_job_split(job, err));
    double t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_order(job, texts, err));
    job->summary.split_seconds += ndup_sys_seconds() - t;
    NDUP_TRY(ndup_job_match(job, texts, err));
    NDUP_TRY(ndup_job_cluster(job, texts, err));
    if (job->options.drop_emptied)
        NDUP_TRY(ndup_job_find_emptied(job, err));
    return job->options.pairs ? ndup_job_report_pairs(job, texts, err) : NEARDUP_OK;
}

static neardup_status check_references(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; i < job->input_count; i++) {
        if (job->inputs[i].reference && !job->options.between_documents &&
            !(job->options.units & NEARDUP_UNIT_DOCUMENT))
            return ndup_fail(err, NEARDUP_E_ARG, "inside documents there is nothing to compare with a reference");
    }
    return NEARDUP_OK;
}

static neardup_status run_levels(neardup_job *job, neardup_error *err)
{
    bool documents = (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0, parts = job->paragraphs.unit != 0;
    double t = ndup_sys_seconds();
    NDUP_TRY(ndup_job_scan(job, err));
    NDUP_TRY(ndup_job_report_all_empty(job, err));
    NDUP_TRY(tell_duplicate_ids(job, err));
    if (documents)
        NDUP_TRY(ndup_job_order(job, &job->documents, err));
    job->summary.read_seconds = ndup_sys_seconds() - t;
    NDUP_TRY(ndup_reports_open(&job->reports, job->outdir, job->options.pairs, err));
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
        NDUP_TRY(ndup_job_report_clusters(job, &job->paragraphs, err));
        NDUP_TRY(ndup_job_report_near_misses(job, &job->paragraphs, err));
        NDUP_TRY(ndup_job_report_groups(job, err));
    }
    NDUP_TRY(ndup_reports_close(&job->reports, err));
    job->summary.write_seconds += ndup_sys_seconds() - t;
    return NEARDUP_OK;
}

static neardup_status run_phases(neardup_job *job, neardup_error *err)
{
    double start = ndup_sys_seconds();
    NDUP_TRY(check_references(job, err));
    NDUP_TRY(ndup_job_prepare(job, err));
    NDUP_TRY(run_levels(job, err));
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
        return ndup_fail(err, NEARDUP_E_ARG, "a job runs once: make another one");
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    neardup_status st = run_phases(job, err);
    ndup_reports_abandon(&job->reports);
    ndup_outdir_close(job->outdir);
    job->outdir = NULL;
    return st;
}
