/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/rejob.h"

#include "base/buf.h"
#include "base/error.h"

#include <string.h>
#include <unistd.h>

/* Where an input stands now: as it stood when the run was started, else as seen from here. */
static neardup_status add_input(neardup_job *job, const char *directory, const char *path, bool reference,
                                neardup_error *err)
{
    struct ndup_buf full = NDUP_BUF_INIT;
    if (directory != NULL && path[0] != '/') {
        ndup_buf_append_str(&full, directory);
        ndup_buf_append_str(&full, "/");
        ndup_buf_append(&full, path, strlen(path) + 1);
        if (full.failed) {
            ndup_buf_free(&full);
            return ndup_fail_nomem(err);
        }
        if (access(full.data, F_OK) == 0)
            path = full.data;
    }
    neardup_status status =
        reference ? neardup_job_add_reference(job, path, err) : neardup_job_add_input(job, path, err);
    ndup_buf_free(&full);
    return status;
}

static neardup_status add_recorded(neardup_job *job, const neardup_run *run, size_t *count, const char **why,
                                   neardup_error *err)
{
    bool reference = false;
    for (size_t i = 0;; i++) {
        const char *path = neardup_run_input(run, i, &reference);
        if (path == NULL)
            return NEARDUP_OK;
        if (strcmp(path, "-") == 0) {
            *why = "the run read standard input, which cannot be read again";
            continue;
        }
        NDUP_TRY(add_input(job, neardup_run_directory(run), path, reference, err));
        ++*count;
    }
}

neardup_status ndup_rejob_open_with(neardup_job **out, const neardup_job_options *options, const neardup_run *run,
                                    const struct ndup_opt_list *instead, const char **why, neardup_error *err)
{
    size_t count = 0;
    *out = NULL;
    *why = "it is not known which files the run read";
    NDUP_TRY(neardup_job_create(out, options, err));
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; i < instead->count && status == NEARDUP_OK; i++, count++)
        status = neardup_job_add_input(*out, instead->items[i], err);
    if (instead->count == 0)
        status = add_recorded(*out, run, &count, why, err);
    if (status != NEARDUP_OK || count == 0) {
        neardup_job_destroy(*out);
        *out = NULL;
    }
    return status;
}

neardup_status ndup_rejob_open(neardup_job **out, const neardup_run *run, const struct ndup_opt_list *instead,
                               const char **why, neardup_error *err)
{
    const neardup_job_options *recorded = neardup_run_options(run);
    neardup_job_options options;
    *out = NULL;
    *why = "it is not known which files the run read";
    if (recorded == NULL && instead->count == 0)
        return NEARDUP_OK;
    neardup_job_options_init(&options);
    if (recorded != NULL)
        options = *recorded;
    options.output_dir = NULL;
    options.pairs = false;
    return ndup_rejob_open_with(out, &options, run, instead, why, err);
}
