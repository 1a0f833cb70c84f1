/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/replay.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A summary is some kilobytes, and as many bytes as the paths of its inputs. */
#define MAX_SUMMARY ((size_t)1 << 30)

static neardup_status name_file(char **out, const char *folder, const char *name, neardup_error *err)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    if (asprintf(out, "%s%s%s", folder, slash, name) >= 0)
        return NEARDUP_OK;
    *out = NULL;
    return ndup_fail_nomem(err);
}

static neardup_status read_whole(struct ndup_buf *to, const char *path, neardup_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    size_t got = 1;
    while (got > 0 && to->len < MAX_SUMMARY && ndup_buf_reserve(to, 65536 + NDUP_PADDING)) {
        got = fread(to->data + to->len, 1, 65536, file);
        to->len += got;
    }
    neardup_status st = NEARDUP_OK;
    if (ferror(file) != 0)
        st = ndup_fail_errno(err, errno, "cannot read '%s'", path);
    else if (to->len >= MAX_SUMMARY)
        st = ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: too long for a summary", path);
    else if (got > 0)
        st = ndup_fail_nomem(err);
    fclose(file);
    if (st == NEARDUP_OK) {
        memset(to->data + to->len, 0, NDUP_PADDING);
        to->len++; /* the NUL */
    }
    return st;
}

/* Looks at the first line, lest a wrong file is found out only later. */
static neardup_status check_clusters(struct neardup_run *run, neardup_error *err)
{
    struct ndup_line_file f;
    const char *text;
    size_t length;
    neardup_cluster unused;
    bool skipped;
    NDUP_TRY(ndup_line_file_open(&f, run->clusters_path, err));
    neardup_status st = ndup_line_file_next(&f, &text, &length, err);
    if (st == NEARDUP_OK && text != NULL) {
        const char *wrong = ndup_replay_read_cluster(run, text, length, &unused, &skipped);
        if (wrong != NULL)
            st = ndup_line_file_wrong(&f, wrong, err);
    }
    ndup_line_file_close(&f);
    return st;
}

static neardup_status open_folder(struct neardup_run *run, neardup_error *err)
{
    NDUP_TRY(name_file(&run->summary_path, run->path, "summary.json", err));
    NDUP_TRY(name_file(&run->clusters_path, run->path, "clusters.jsonl", err));
    NDUP_TRY(name_file(&run->decisions_path, run->path, "decisions.jsonl", err));
    if (access(run->summary_path, F_OK) != 0 && errno == ENOENT)
        return ndup_fail_errno(err, ENOENT, "'%s' is not the folder of a finished run: it has no summary.json", run->path);
    NDUP_TRY(read_whole(&run->summary_json, run->summary_path, err));
    NDUP_TRY(ndup_summary_read(run, err));
    run->has_summary = true;
    run->own_summary = run->summary;
    run->own_threshold = run->options.threshold;
    if (run->has_pairs)
        NDUP_TRY(name_file(&run->pairs_path, run->path, "pairs.jsonl", err));
    return NEARDUP_OK;
}

static neardup_status open_run(struct neardup_run *run, const char *path, neardup_error *err)
{
    struct stat info;
    run->path = strdup(path);
    if (run->path == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_json_reader_create(&run->json, err));
    if (stat(path, &info) != 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    if (S_ISDIR(info.st_mode)) {
        NDUP_TRY(open_folder(run, err));
    } else {
        run->clusters_path = strdup(path);
        if (run->clusters_path == NULL)
            return ndup_fail_nomem(err);
    }
    return check_clusters(run, err);
}

neardup_status neardup_run_open(neardup_run **out, const char *path, neardup_error *err)
{
    *out = NULL;
    neardup_run *run = ndup_calloc(1, sizeof *run);
    if (run == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = open_run(run, path, err);
    if (st != NEARDUP_OK) {
        neardup_run_close(run);
        return st;
    }
    *out = run;
    return NEARDUP_OK;
}

void neardup_run_close(neardup_run *run)
{
    if (run == NULL)
        return;
    ndup_redecided_free(run->redecided);
    ndup_json_reader_destroy(run->json);
    ndup_name_table_free(&run->names);
    ndup_buf_free(&run->summary_json);
    ndup_buf_free(&run->command);
    free(run->inputs);
    free(run->members);
    free(run->path);
    free(run->clusters_path);
    free(run->decisions_path);
    free(run->pairs_path);
    free(run->summary_path);
    free(run);
}

const neardup_summary *neardup_run_summary(const neardup_run *run)
{
    return run->has_summary ? &run->summary : NULL;
}

const neardup_job_options *neardup_run_options(const neardup_run *run)
{
    return run->has_summary ? &run->options : NULL;
}

const char *neardup_run_summary_json(const neardup_run *run)
{
    return run->summary_json.data;
}

const char *neardup_run_command(const neardup_run *run)
{
    return run->command.data;
}

const char *neardup_run_input(const neardup_run *run, size_t i, bool *reference)
{
    if (i >= run->input_count)
        return NULL;
    if (reference != NULL)
        *reference = run->inputs[i].reference;
    return run->inputs[i].path;
}

const char *neardup_run_directory(const neardup_run *run)
{
    return run->directory;
}
