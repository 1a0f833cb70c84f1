/* SPDX-License-Identifier: MIT
 * Before the first byte is read: the list of files, the budget, the threads and what each of them needs. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/globs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/limits.h"
#include "output/may_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note_input(void *context, neardup_severity severity, const char *path, const char *message)
{
    neardup_job *job = context;
    neardup_error ignored;
    if (ndup_job_note(job, severity, path, 0, message, &ignored) != NEARDUP_OK)
        atomic_store(&job->cancel, true);
}

/* Files that are not references: they come first. */
static size_t count_own(const struct ndup_file_list *files)
{
    size_t own = 0;
    while (own < files->count && !files->files[own].reference)
        own++;
    return own;
}

/* What was named, itself or on a list. */
static neardup_status add_named(const neardup_job *job, struct ndup_reads *reads, neardup_error *err)
{
    const struct ndup_buf *listed = &job->files.listed;
    for (size_t i = 0; i < job->input_count; i++) {
        const struct ndup_input *in = &job->inputs[i];
        if (in->feed != NULL)
            continue;
        NDUP_TRY(ndup_reads_add(reads, in->path,
                                in->is_list     ? "a list of inputs"
                                : in->reference ? "a reference"
                                                : "an input",
                                err));
    }
    for (size_t at = 0; at < listed->len; at += strlen(listed->data + at) + 1) {
        if (listed->data[at] != '\0') /* else the end of a list */
            NDUP_TRY(ndup_reads_add(reads, listed->data + at, "an input", err));
    }
    return NEARDUP_OK;
}

static neardup_status add_files(const neardup_job *job, struct ndup_reads *reads, neardup_error *err)
{
    for (size_t i = 0; i < job->files.archive_count; i++)
        if (!job->files.archives[i].archive->left_out)
            NDUP_TRY(ndup_reads_add(reads, job->files.archives[i].file.path, "an input", err));
    for (size_t i = 0; i < job->files.count; i++) {
        if (job->files.files[i].feed == NULL && job->files.files[i].archive == NULL)
            NDUP_TRY(ndup_reads_add(reads, job->files.files[i].path, "an input", err));
    }
    return NEARDUP_OK;
}

static const char *const report_names[] = {"decisions.jsonl", "clusters.jsonl", "pairs.jsonl", "summary.json"};

/* The name of the i-th file that is written: archives, then files that are not members of one; NULL: it is not written. */
static const char *output_name(const neardup_job *job, size_t i)
{
    const struct ndup_file_list *l = &job->files;
    const struct ndup_file *file = i < l->archive_count ? &l->archives[i].file : &l->files[i - l->archive_count];
    bool left_out = i < l->archive_count && l->archives[i].archive->left_out;
    return file->archive != NULL || file->reference || left_out ? NULL : file->name;
}

static size_t count_outputs(const neardup_job *job)
{
    return job->options.write_corpus ? job->files.archive_count + job->files.count : 0;
}

static neardup_status check_target(const neardup_job *job, struct ndup_reads *reads, const char *name,
                                   struct ndup_buf *path, neardup_error *err)
{
    const struct ndup_replace_rule rule = {.replace = true};
    ndup_buf_clear(path);
    ndup_buf_printf(path, "%s/%s", job->options.output_dir, name);
    return path->failed ? ndup_fail_nomem(err) : ndup_may_write_file(reads, path->data, &rule, err);
}

/* The files that would be replaced are the same files as those that are read: both folders are one, mounted in two places, or
 * share hard links. */
static neardup_status check_targets(const neardup_job *job, struct ndup_reads *reads, neardup_error *err)
{
    struct ndup_buf path = NDUP_BUF_INIT;
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < sizeof report_names / sizeof *report_names; i++)
        st = check_target(job, reads, report_names[i], &path, err);
    for (size_t i = 0; st == NEARDUP_OK && i < count_outputs(job); i++) {
        if (output_name(job, i) != NULL)
            st = check_target(job, reads, output_name(job, i), &path, err);
    }
    ndup_buf_free(&path);
    return st;
}

/* What is in the way of a name shows before the work, not after it. */
static neardup_status expect_outputs(const neardup_job *job, neardup_error *err)
{
    if (job->outdir == NULL)
        return NEARDUP_OK;
    for (size_t i = 0; i < sizeof report_names / sizeof *report_names; i++)
        NDUP_TRY(ndup_outdir_expect(job->outdir, report_names[i], err));
    for (size_t i = 0; i < count_outputs(job); i++) {
        if (output_name(job, i) != NULL)
            NDUP_TRY(ndup_outdir_expect(job->outdir, output_name(job, i), err));
    }
    return NEARDUP_OK;
}

/* Without force there is nothing in the output folder that could be replaced. */
static bool may_replace(const neardup_job *job)
{
    return job->outdir != NULL && job->options.force;
}

/* What was named is wanted, and would neither be read nor be safe in the output folder. */
static neardup_status check_named(const neardup_job *job, neardup_error *err)
{
    struct ndup_reads named = {0};
    if (!may_replace(job))
        return NEARDUP_OK;
    neardup_status st = add_named(job, &named, err);
    if (st == NEARDUP_OK)
        st = ndup_may_write_folder(&named, job->options.output_dir, err);
    ndup_reads_free(&named);
    return st;
}

/* Nothing that is read is replaced, by whatever name; nor is standard output one of the inputs. */
static neardup_status check_outputs(const neardup_job *job, neardup_error *err)
{
    struct ndup_reads files = {0};
    bool to_stdout = job->options.output_dir != NULL && job->outdir == NULL;
    if (!to_stdout && !may_replace(job))
        return NEARDUP_OK;
    neardup_status st = add_files(job, &files, err);
    if (st == NEARDUP_OK)
        st = to_stdout ? ndup_may_write_file(&files, "-", &(struct ndup_replace_rule){.replace = true}, err)
                       : check_targets(job, &files, err);
    ndup_reads_free(&files);
    return st;
}

/* Inputs in the output folder, which a run with the folder inside an input would otherwise read back. */
static neardup_status leave_out_outputs(neardup_job *job, neardup_error *err)
{
    struct ndup_file_list *l = &job->files;
    size_t n = 0, before = count_own(l), references = l->count - before;
    static const char left_out[] = "left out: it is in the output folder";
    if (!may_replace(job))
        return NEARDUP_OK;
    for (size_t i = 0; i < l->archive_count; i++) {
        const char *path = l->archives[i].file.path;
        l->archives[i].archive->left_out = ndup_path_is_in(path, job->options.output_dir);
        if (l->archives[i].archive->left_out)
            NDUP_TRY(ndup_job_note(job, NEARDUP_NOTE, path, 0, left_out, err));
    }
    for (size_t i = 0; i < l->count; i++) {
        struct ndup_file *f = &l->files[i];
        bool in_archive = f->archive != NULL;
        if (in_archive ? f->archive->left_out
                       : strcmp(f->path, "-") != 0 && ndup_path_is_in(f->path, job->options.output_dir)) {
            neardup_status st = in_archive ? NEARDUP_OK : ndup_job_note(job, NEARDUP_NOTE, f->path, 0, left_out, err);
            l->bytes -= f->bytes;
            free(f->path);
            free(f->name);
            free(f->problem);
            if (st != NEARDUP_OK) {
                memmove(f, f + 1, (l->count - i - 1) * sizeof *f);
                l->count--;
                return st;
            }
            continue;
        }
        l->files[n++] = *f;
    }
    l->count = n;
    if (count_own(l) == 0 && before > 0)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot write to '%s': it contains every input", job->options.output_dir);
    if (references > 0 && count_own(l) == l->count)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot write to '%s': it contains every reference",
                         job->options.output_dir);
    return NEARDUP_OK;
}

/* The files that an input names. */
static neardup_status collect_input(neardup_job *job, const struct ndup_input *in, neardup_error *err)
{
    job->files.split = in->split;
    job->files.input = (uint32_t)(in - job->inputs);
    if (in->feed != NULL)
        return ndup_files_add_feed(&job->files, in->path, in->feed, in->bytes, err);
    if (in->is_list)
        return ndup_files_add_list(&job->files, in->path, note_input, job, err);
    return ndup_files_add_as(&job->files, in->path, in->as, note_input, job, err);
}

/* References come after all inputs, whose names and numbers are then what they are without references. */
static neardup_status collect_inputs(neardup_job *job, bool references, neardup_error *err)
{
    for (size_t i = 0; i < job->input_count; i++) {
        if (job->inputs[i].reference == references)
            NDUP_TRY(collect_input(job, &job->inputs[i], err));
    }
    return ndup_files_finish(&job->files, note_input, job, err);
}

/* Unlike a missing input, a missing reference ends the run: duplicates of it would be kept. */
static neardup_status collect_references(neardup_job *job, neardup_error *err)
{
    size_t problems = job->files.problems, left_out = job->files.left_out, count = job->files.count;
    /* A file that is an input, too, is one of those; one in two splits of references belongs to the first. */
    job->files.has_splits = false;
    job->files.references = true;
    NDUP_TRY(collect_inputs(job, true, err));
    if (job->files.problems > problems)
        return ndup_fail(err, NEARDUP_E_IO, "cannot read a reference: without it duplicates would be kept");
    if (job->files.count == count && job->files.left_out > left_out)
        return ndup_fail(err, NEARDUP_E_ARG, "every reference is also an input: a file can be only one of them");
    return NEARDUP_OK;
}

static neardup_status make_chooser(neardup_job *job, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    if (o->include != NULL)
        NDUP_TRY(ndup_patterns_add_globs(&job->chooser.include, "include", &o->include, 1, err));
    if (o->exclude != NULL)
        NDUP_TRY(ndup_patterns_add_globs(&job->chooser.exclude, "exclude", &o->exclude, 1, err));
    job->chooser.gitignore = o->gitignore;
    job->files.chooser = ndup_chooser_is_needed(&job->chooser) ? &job->chooser : NULL;
    return NEARDUP_OK;
}

/* Nothing was left to read, or nothing to choose among: the user expected something else. */
static neardup_status check_choice(neardup_job *job, neardup_error *err)
{
    const struct ndup_file_list *l = &job->files;
    bool folder = l->archive_count > 0;
    if (l->chooser == NULL)
        return NEARDUP_OK;
    for (size_t i = 0; i < l->root_count && !folder; i++)
        folder = l->roots[i].is_folder;
    if (!folder)
        return ndup_job_note(
            job, NEARDUP_WARNING, NULL, 0,
            "`include`, `exclude` and `gitignore` choose among the files of folders, and no input is a "
            "folder",
            err);
    if (l->count == 0 && l->unchosen_files + l->unchosen_folders > 0)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "no file is left to read: `include`, `exclude` and .gitignore files left out all of them");
    return NEARDUP_OK;
}

/* The path below the folder that was named, as for the other patterns; of a file that was named itself the one with which it was. */
static const char *path_below(const struct ndup_file *file)
{
    return file->path[file->below] != '\0' && file->path[file->below] != '/' ? file->path + file->below : file->path;
}

/* Which files a command makes the texts of. Standard input and sources have no path that it could be given. */
static neardup_status set_commands(neardup_job *job, neardup_error *err)
{
    struct ndup_patterns globs = {0};
    if (job->options.pre == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_program_parse(&job->pre, job->options.pre, err));
    neardup_status st =
        ndup_patterns_add_globs(&globs, "pre_globs", job->options.pre_globs, job->options.pre_glob_count, err);
    for (size_t i = 0; st == NEARDUP_OK && i < job->files.count; i++) {
        const struct ndup_file *file = &job->files.files[i];
        if (file->feed == NULL && strcmp(file->path, "-") != 0 && ndup_patterns_want(&globs, path_below(file)))
            job->corpus.sources[i].command = &job->pre;
    }
    ndup_patterns_free(&globs);
    return st;
}

static neardup_status collect_files(neardup_job *job, neardup_error *err)
{
    NDUP_TRY(make_chooser(job, err));
    job->files.cancel = &job->cancel;
    job->files.has_splits = job->split_count > 1;
    job->files.max_expansion = job->options.max_expansion;
    job->files.store = job->options.binary != NEARDUP_BINARY_TEXT ? &job->unpacked : NULL;
    job->files.excluded = job->excluded;
    job->files.excluded_count = job->excluded_count;
    NDUP_TRY(collect_inputs(job, false, err));
    NDUP_TRY(check_choice(job, err));
    job->summary.left_out = job->files.left_out;
    job->files.excluded_count = 0; /* a reference below an input is excluded for its own sake */
    if (job->files.count == 0 && job->files.problems > 0)
        return ndup_fail(err, NEARDUP_E_IO, "none of the inputs can be read");
    NDUP_TRY(collect_references(job, err));
    NDUP_TRY(check_named(job, err));
    NDUP_TRY(leave_out_outputs(job, err));
    NDUP_TRY(check_outputs(job, err));
    NDUP_TRY(expect_outputs(job, err));
    job->corpus.own_sources = count_own(&job->files);
    job->summary.unchosen_files = job->files.unchosen_files;
    job->summary.unchosen_folders = job->files.unchosen_folders;
    job->summary.failed_files = job->files.problems;
    job->summary.input_bytes = job->files.bytes;
    job->summary.files = job->corpus.own_sources;
    job->summary.reference_files = job->files.count - job->corpus.own_sources;
    job->corpus.sources = ndup_calloc(job->files.count, sizeof *job->corpus.sources);
    if (job->corpus.sources == NULL)
        return ndup_fail_nomem(err);
    job->corpus.source_count = job->files.count;
    for (size_t i = 0; i < job->files.count; i++)
        job->corpus.sources[i].file = &job->files.files[i];
    NDUP_TRY(set_commands(job, err));
    return ndup_job_check_cancel(job, err);
}

static bool to_folder(const neardup_job *job)
{
    return job->options.output_dir != NULL && strcmp(job->options.output_dir, "-") != 0;
}

/* The output folder's disk has room for the corpus; /tmp may be memory. */
static const char *scratch_folder(const neardup_job *job)
{
    if (job->options.scratch_dir != NULL)
        return job->options.scratch_dir;
    if (job->outdir != NULL)
        return ndup_outdir_scratch(job->outdir);
    return access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp";
}

/* The number of files that stay open over all threads: half of the usual limit of 1024 descriptors, since outputs,
 * scratch files and the caller need some, too. */
#define OPEN_FILES 512u

static neardup_status make_worker(neardup_job *job, struct ndup_worker *w, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    unsigned share = OPEN_FILES / ndup_pool_threads(job->pool);
    w->opened.slots = share < 1 ? 1 : share > NDUP_OPENED_MAX ? NDUP_OPENED_MAX : share;
    w->parser.fields = &job->fields;
    return ndup_text_create(&w->text, &o->profile, o->cpu, err);
}

static neardup_status make_workers(neardup_job *job, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(job->pool);
    const neardup_job_options *o = &job->options;
    job->fields = (struct ndup_fields){o->text_field,
                                       o->id_field,
                                       o->keep_field,
                                       o->group_field,
                                       o->delimiter != NULL ? ndup_job_delimiter(o->delimiter) : '\0',
                                       job->paragraphs.unit != 0,
                                       o->html};
    NDUP_TRY(ndup_fields_check(&job->fields, err));
    job->workers = ndup_calloc(threads, sizeof *job->workers);
    if (job->workers == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++)
        NDUP_TRY(make_worker(job, &job->workers[t], err));
    return NEARDUP_OK;
}

void ndup_job_free_workers(neardup_job *job)
{
    for (unsigned t = 0; job->workers != NULL && t < ndup_pool_threads(job->pool); t++) {
        struct ndup_worker *w = &job->workers[t];
        ndup_parser_free(&w->parser);
        ndup_text_destroy(w->text);
        ndup_batch_free(&w->batch);
        ndup_opened_close(&w->opened);
        free(w->record);
        ndup_seen_free(&w->seen);
        ndup_part_destroy(w->part);
        ndup_text_destroy(w->part_text);
        ndup_intra_destroy(w->within);
    }
    free(job->workers);
    job->workers = NULL;
}

/* All cores, but on a large machine a small budget is not for the threads alone. */
static unsigned choose_threads(const neardup_job *job)
{
    if (job->options.threads > 0)
        return job->options.threads;
    unsigned cores = ndup_sys_cores(), most = ndup_limits_threads(job->options.memory);
    return cores < most ? cores : most;
}

neardup_status ndup_job_prepare(neardup_job *job, neardup_error *err)
{
    if (to_folder(job))
        NDUP_TRY(
            ndup_outdir_open(&job->outdir, job->options.output_dir, job->options.force, !job->options.no_sync, err));
    NDUP_TRY(ndup_scratch_create(&job->scratch, scratch_folder(job), job->options.scratch_limit, err));
    NDUP_TRY(ndup_archive_store_open(&job->unpacked, job->scratch, err));
    NDUP_TRY(collect_files(job, err));
    unsigned threads = choose_threads(job);
    NDUP_TRY(ndup_pool_create(&job->pool, threads, err));
    ndup_job_set_limits(job);
    job->corpus.scratch = job->scratch;
    NDUP_TRY(ndup_scratch_file(job->scratch, &job->corpus.spool, err));
    NDUP_TRY(ndup_blob_init(&job->corpus.ids, job->scratch, job->limits.spill, err));
    if (job->summary.reference_files > 0)
        NDUP_TRY(ndup_blob_init(&job->corpus.reference_ids, job->scratch, job->limits.spill, err));
    const struct ndup_texts_room room = {job->limits.spill, job->limits.digest_bytes, job->limits.sample_bytes,
                                         job->scratch};
    if (job->options.units & NEARDUP_UNIT_DOCUMENT)
        NDUP_TRY(ndup_texts_begin(&job->documents, &job->options, &room, err));
    job->summary.plan = job->documents.plan;
    if (job->paragraphs.unit != 0) {
        job->summary.paragraphs.unit = job->paragraphs.unit;
        job->summary.paragraphs.plan = job->paragraphs.plan;
        job->summary.paragraphs.profile_fingerprint = neardup_profile_fingerprint(&job->paragraphs.profile);
    }
    job->summary.threads = threads;
    job->summary.profile_fingerprint = neardup_profile_fingerprint(&job->options.profile);
    return make_workers(job, err);
}
