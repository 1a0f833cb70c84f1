/* SPDX-License-Identifier: MIT
 * The job object: made from options, given inputs, destroyed. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/banding.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    neardup_status st = make_levels(job, err);
    if (st != NEARDUP_OK) {
        neardup_job_destroy(job);
        return st;
    }
    *out = job;
    return NEARDUP_OK;
}

static neardup_status add(neardup_job *job, const char *path, const char *as, bool is_list, bool reference,
                          neardup_error *err)
{
    char *copy = strdup(path), *as_copy = as != NULL ? strdup(as) : NULL;
    if (copy == NULL || (as != NULL && as_copy == NULL) ||
        !ndup_grow(&job->inputs, &job->input_capacity, job->input_count + 1, sizeof *job->inputs)) {
        free(copy);
        free(as_copy);
        return ndup_fail_nomem(err);
    }
    job->inputs[job->input_count++] = (struct ndup_input){copy, as_copy, is_list, reference, job->split};
    return NEARDUP_OK;
}

neardup_status neardup_job_add_input(neardup_job *job, const char *path, neardup_error *err)
{
    return add(job, path, NULL, false, false, err);
}

neardup_status neardup_job_add_list(neardup_job *job, const char *path, neardup_error *err)
{
    return add(job, path, NULL, true, false, err);
}

neardup_status neardup_job_add_reference(neardup_job *job, const char *path, neardup_error *err)
{
    return add(job, path, NULL, false, true, err);
}

neardup_status neardup_job_add_moved(neardup_job *job, const char *path, const char *as, bool reference,
                                     neardup_error *err)
{
    return add(job, path, as, false, reference, err);
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
        return ndup_fail(err, NEARDUP_E_ARG, "inputs were added before the first split, and belong to none");
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
            return job->files.files[i].path;
    }
    return NULL;
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
    free(job->noted);
    free(job->blocks);
    ndup_groups_free(&job->groups);
    ndup_corpus_free(&job->corpus);
    ndup_scratch_destroy(job->scratch);
    ndup_pool_destroy(job->pool);
    ndup_files_free(&job->files);
    for (size_t i = 0; i < job->input_count; i++) {
        free(job->inputs[i].path);
        free(job->inputs[i].as);
    }
    free(job->inputs);
    for (size_t i = 0; i < job->split_count; i++)
        free(job->splits[i]);
    free(job->splits);
    free(job->excluded);
    for (size_t i = 0; i < sizeof job->scratch_text / sizeof job->scratch_text[0]; i++)
        ndup_buf_free(&job->scratch_text[i]);
    free(job);
}
