/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/reopen_inputs.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/runjob.h"
#include "output/outdir.h"
#include "run/open.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- as the run named them ---- */

/* The path of an input as seen from where the run was started, which its names are made of; then /NAME, unless that is NULL.
 * Owned; NULL: no memory. */
static char *path_in_run(const neardup_run *run, const char *path, const char *name)
{
    const char *directory = neardup_run_directory(run);
    struct ndup_buf full = NDUP_BUF_INIT;
    if (directory != NULL && path[0] != '/' && strcmp(path, "-") != 0) {
        ndup_buf_append_str(&full, directory);
        ndup_buf_append_str(&full, "/");
    }
    ndup_buf_append_str(&full, path);
    if (name != NULL) {
        ndup_buf_append_str(&full, "/");
        ndup_buf_append_str(&full, name);
    }
    ndup_buf_append(&full, "", 1);
    if (full.failed)
        ndup_buf_free(&full);
    return full.data;
}

/* Where an input is now: relative to the folder where the run was started, else to this one. */
static neardup_status add_input(neardup_job *job, const neardup_run *run, const char *path, bool reference,
                                neardup_error *err)
{
    char *as = path_in_run(run, path, NULL);
    if (as == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = neardup_job_add_moved(job, access(as, F_OK) == 0 ? as : path, as, reference, err);
    free(as);
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
        NDUP_TRY(add_input(job, run, path, reference, err));
        ++*count;
    }
}

/* ---- somewhere else: the inputs of the run in its order ---- */

struct moved {
    const char *name;
    bool old;     /* that of an input of the run, not of what replaces it */
    bool known;   /* met */
    size_t input; /* the number of the input of the run */
};

struct moving {
    struct moved *names; /* by name */
    size_t count;
    size_t left; /* old ones that are not met */
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "stdin" : slash != NULL ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct moved *)left)->name, ((const struct moved *)right)->name);
}

static struct moved *find_name(const struct moving *moving, const char *name)
{
    struct moved wanted = {.name = name};
    return moving->count > 0 ? bsearch(&wanted, moving->names, moving->count, sizeof wanted, by_name) : NULL;
}

static void note_name(struct moving *moving, const char *name)
{
    struct moved *found = name != NULL ? find_name(moving, name) : NULL;
    if (found == NULL || found->known)
        return;
    found->known = true;
    moving->left -= found->old;
}

static bool note_cluster(void *context, const neardup_cluster *cluster)
{
    struct moving *moving = context;
    note_name(moving, cluster->keeper.file != NULL ? base_of(cluster->keeper.file) : NULL);
    for (uint64_t i = 0; i < cluster->member_count; i++)
        note_name(moving, base_of(cluster->members[i].document.file));
    return moving->left > 0;
}

/* The same names in another order: then the names decide, not the order. */
static bool have_other_order(const neardup_run *run, const struct moving *moving, const struct ndup_opt_list *instead)
{
    bool differ = false;
    for (size_t i = 1; i < moving->count; i++) {
        if (strcmp(moving->names[i].name, moving->names[i - 1].name) == 0)
            return false;
    }
    for (size_t i = 0; i < instead->count; i++) {
        const char *name = base_of(instead->items[i]);
        struct moved *found = find_name(moving, name);
        if (found == NULL || found->known)
            return false;
        found->known = true;
        differ = differ || strcmp(name, base_of(neardup_run_input(run, i, NULL))) != 0;
    }
    return differ;
}

/* A file that replaces a folder, in which it was: the run knows its name, and not that of the folder as a file. */
static bool was_in_folder(const struct moving *known, const char *path, const char *as)
{
    if (is_folder(path) || strcmp(as, "-") == 0)
        return false;
    const struct moved *old = find_name(known, base_of(as)), *own = find_name(known, base_of(path));
    return (old == NULL || !old->known) && own != NULL && own->known;
}

/* Adds what replaces an input of the run; name: that of the file in the input, which was a folder. */
static neardup_status add_replacement(neardup_job *job, const neardup_run *run, size_t input, const char *path,
                                      const char *name, neardup_error *err)
{
    bool reference = false;
    char *as = path_in_run(run, neardup_run_input(run, input, &reference), name);
    if (as == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = neardup_job_add_moved(job, path, as, reference, err);
    free(as);
    return status;
}

static neardup_status add_pairs(neardup_job *job, const neardup_run *run, const struct ndup_opt_list *instead,
                                const struct moving *known, neardup_error *err)
{
    for (size_t i = 0; i < instead->count; i++) {
        const char *path = instead->items[i];
        bool in_folder = was_in_folder(known, path, neardup_run_input(run, i, NULL));
        NDUP_TRY(add_replacement(job, run, i, path, in_folder ? base_of(path) : NULL, err));
    }
    return NEARDUP_OK;
}

/* Each instead of the input that has its name. */
static neardup_status add_by_base(neardup_job *job, const neardup_run *run, const struct ndup_opt_list *instead,
                                  const struct moving *moving, neardup_error *err)
{
    for (size_t i = 0; i < instead->count; i++) {
        size_t input = find_name(moving, base_of(instead->items[i]))->input;
        NDUP_TRY(add_replacement(job, run, input, instead->items[i], NULL, err));
    }
    return NEARDUP_OK;
}

static neardup_status add_by_name(neardup_job *job, const struct ndup_opt_list *instead, neardup_error *err)
{
    for (size_t i = 0; i < instead->count; i++)
        NDUP_TRY(neardup_job_add_input(job, instead->items[i], err));
    return NEARDUP_OK;
}

static void sort_names(struct moving *moving)
{
    if (moving->count > 1)
        qsort(moving->names, moving->count, sizeof *moving->names, by_name);
}

/* Which of the names the run knows, where a file has another one than its input had. */
static neardup_status look_up(neardup_run *run, const struct ndup_opt_list *instead, struct moving *known,
                              neardup_error *err)
{
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = known, .cluster = note_cluster};
    size_t n = 0;
    known->count = known->left = 0;
    for (size_t i = 0; i < instead->count; i++) {
        const char *path = instead->items[i], *own = base_of(path), *old = base_of(neardup_run_input(run, i, NULL));
        if (is_folder(path) || strcmp(own, old) == 0)
            continue;
        known->names[n++] = (struct moved){.name = own};
        known->names[n++] = (struct moved){.name = old, .old = true};
        known->left++;
    }
    known->count = n;
    sort_names(known);
    if (n == 0)
        return NEARDUP_OK;
    neardup_status status = neardup_run_replay(run, &callbacks, err);
    return status == NEARDUP_E_CANCELED ? NEARDUP_OK : status;
}

static neardup_status add_moved(neardup_job *job, neardup_run *run, const struct ndup_opt_list *instead,
                                neardup_error *err)
{
    struct moving moving = {.count = 0};
    while (neardup_run_input(run, moving.count, NULL) != NULL)
        moving.count++;
    if (moving.count != instead->count)
        return add_by_name(job, instead, err);
    moving.names = ndup_calloc(2 * moving.count, sizeof *moving.names);
    if (moving.names == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < moving.count; i++)
        moving.names[i] = (struct moved){.name = base_of(neardup_run_input(run, i, NULL)), .input = i};
    sort_names(&moving);
    neardup_status status = NEARDUP_OK;
    if (have_other_order(run, &moving, instead)) {
        status = add_by_base(job, run, instead, &moving, err);
    } else {
        status = look_up(run, instead, &moving, err);
        if (status == NEARDUP_OK)
            status = add_pairs(job, run, instead, &moving, err);
    }
    free(moving.names);
    return status;
}

/* ---- whether the run may name files ----
 * A run folder can come from anybody: its summary could name any file of this machine, whose text would then be in a report
 * that is passed on. So inputs that only the run names are opened if the run was made here, by the same user; else the user
 * names them with --input. */

/* Standard input cannot be opened again, whoever names it. */
static bool names_files(const neardup_run *run)
{
    for (size_t i = 0; i < run->input_count; i++) {
        if (strcmp(run->inputs[i].path, "-") != 0)
            return true;
    }
    return false;
}

static bool is_own_run(const neardup_run *run)
{
    struct stat info;
    if (run->summary_path == NULL || stat(run->summary_path, &info) != 0 || info.st_uid != geteuid() ||
        run->inputs_origin == 0)
        return false;
    return run->inputs_origin == ndup_inputs_origin(run->inputs, run->input_count, run->directory) ||
           run->inputs_origin == ndup_inputs_origin(run->inputs, run->input_count, NULL); /* the tree has moved */
}

/* ---- the job ---- */

neardup_status ndup_reopen_inputs_with(neardup_job **out, const neardup_job_options *options, neardup_run *run,
                                       const struct ndup_settings *settings, const char **why, neardup_error *err)
{
    const struct ndup_opt_list *instead = &settings->inputs;
    size_t count = 0;
    *out = NULL;
    *why = "the inputs of the run are unknown";
    if (instead->count == 0 && names_files(run) && !is_own_run(run)) {
        *why = "the run was not made here by you, so the files that it names are opened only with --input";
        return NEARDUP_OK;
    }
    /* So is a command: it runs if the user gives it, and not because a run folder says so. */
    if (run->pre != NULL && settings->job.pre == NULL) {
        *why = "the run compared what a command prints (--pre): give --pre and --pre-glob again to run it";
        return NEARDUP_OK;
    }
    neardup_job_options reading = *options;
    reading.max_unreadable = 1; /* the run has accepted its records */
    reading.pre = settings->job.pre;
    reading.pre_globs = settings->pre_globs.items;
    reading.pre_glob_count = settings->pre_globs.count;
    reading.python = ndup_python();
    neardup_job_options usual;
    neardup_job_options_init(&usual, sizeof usual);
    if (settings->job.max_expansion != usual.max_expansion) /* else the limit of the run */
        reading.max_expansion = settings->job.max_expansion;
    NDUP_TRY(neardup_job_create(out, &reading, err));
    neardup_status status = NEARDUP_OK;
    if (instead->count == 0)
        status = add_recorded(*out, run, &count, why, err);
    else
        status = add_moved(*out, run, instead, err);
    count += instead->count;
    if (status != NEARDUP_OK || count == 0) {
        neardup_job_destroy(*out);
        *out = NULL;
    }
    return status;
}

neardup_status ndup_reopen_inputs(neardup_job **out, neardup_run *run, const struct ndup_settings *settings,
                                  const char **why, neardup_error *err)
{
    const neardup_job_options *recorded = neardup_run_options(run);
    neardup_job_options options;
    *out = NULL;
    *why = "the inputs of the run are unknown";
    if (recorded == NULL && settings->inputs.count == 0)
        return NEARDUP_OK;
    neardup_job_options_init(&options, sizeof options);
    if (recorded != NULL)
        options = *recorded;
    options.output_dir = NULL;
    options.pairs = false;
    return ndup_reopen_inputs_with(out, &options, run, settings, why, err);
}

/* ---- everything that is read: no output replaces it ---- */

/* Not only as files in the folder of the run: there an earlier report may be replaced, and an empty file looks like one. */
static neardup_status add_run_files(struct ndup_reads *reads, const char *run, neardup_error *err)
{
    static const char *const names[] = {"clusters.jsonl", "decisions.jsonl", "pairs.jsonl", "summary.json"};
    static const char what[] = "a file of the run";
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int length = snprintf(path, sizeof path, "%s/%s", run, names[i]);
        if (length > 0 && (size_t)length < sizeof path)
            NDUP_TRY(ndup_reads_add(reads, path, what, err));
    }
    return NEARDUP_OK;
}

/* Named by the run, as seen from where it was started or from here; or by --input. */
static neardup_status add_input_paths(struct ndup_reads *reads, const neardup_run *run,
                                      const struct ndup_opt_list *inputs, neardup_error *err)
{
    static const char what[] = "an input of the run";
    const char *directory = neardup_run_directory(run), *input;
    char path[PATH_MAX];
    for (size_t i = 0; i < inputs->count; i++)
        NDUP_TRY(ndup_reads_add(reads, inputs->items[i], what, err));
    for (size_t i = 0; (input = neardup_run_input(run, i, NULL)) != NULL; i++) {
        bool relative = directory != NULL && input[0] != '/';
        int length = snprintf(path, sizeof path, "%s/%s", relative ? directory : "", input);
        if (strcmp(input, "-") == 0)
            continue;
        if (relative && length > 0 && (size_t)length < sizeof path)
            NDUP_TRY(ndup_reads_add(reads, path, what, err));
        NDUP_TRY(ndup_reads_add(reads, input, what, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_reopen_reads(struct ndup_reads *reads, const neardup_run *run, const char *path,
                                 const struct ndup_opt_list *inputs, neardup_error *err)
{
    NDUP_TRY(add_run_files(reads, path, err));
    NDUP_TRY(add_input_paths(reads, run, inputs, err));
    return ndup_reads_add(reads, path, "a file of the run", err);
}

/* ---- the run itself ---- */

bool ndup_reopen_run(neardup_run **out, const char *path, const struct ndup_msg *msg)
{
    neardup_error err = {.message = ""};
    struct stat info;
    bool finished;
    if (ndup_outdir_recover(path, &finished, &err) != NEARDUP_OK) {
        ndup_msg_error(msg, "%s", err.message);
        ndup_msg_hint(msg,
                      "the run that wrote '%.300s' was killed while it replaced an older one: run it again with "
                      "--force",
                      path);
        return false;
    }
    if (finished && msg->verbosity >= 0)
        ndup_msg_note(msg, "finished the run in '%.300s', which was killed while it replaced an older one", path);
    neardup_status status = neardup_run_open(out, path, &err);
    if (status == NEARDUP_OK)
        return true;
    ndup_msg_error(msg, "%s", err.message);
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    bool is_other_file = !is_folder && status == NEARDUP_E_FORMAT && strstr(err.message, ":1: not a cluster") != NULL;
    if (is_other_file || err.sys_errno == ENOENT || (is_folder && strstr(err.message, "no summary.json") != NULL))
        ndup_msg_hint(msg, "name the folder that 'dedup -o' or 'find --save' wrote, or a file of clusters from 'find'");
    return false;
}
