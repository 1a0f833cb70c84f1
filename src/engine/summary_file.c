/* SPDX-License-Identifier: MIT
 * summary.json in the output folder: the summary, and what was called on what. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/json_value.h"
#include "run/summary_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the command ---- */

static const char *read_command(struct ndup_json_reader *reader, const char *text, size_t length)
{
    static const char no_strings[] = "not an array of strings";
    struct ndup_json_value v;
    const char *wrong = ndup_json_reader_begin(reader, text, length);
    if (wrong != NULL)
        return wrong;
    enum ndup_json_step step = ndup_json_reader_next(reader, &v);
    if (step == NDUP_JSON_VALUE && v.type != NDUP_JSON_ARRAY)
        return no_strings;
    ndup_json_reader_enter(reader);
    for (size_t ends = 0; step != NDUP_JSON_WRONG && ends < 2; ends += step == NDUP_JSON_END) {
        step = ndup_json_reader_next(reader, &v);
        if (step == NDUP_JSON_VALUE && (ends > 0 || v.type != NDUP_JSON_STRING))
            return no_strings;
    }
    return step == NDUP_JSON_WRONG ? ndup_json_reader_wrong(reader) : NULL;
}

/* It is put into summary.json as it stands. */
neardup_status ndup_job_check_command(const char *command, neardup_error *err)
{
    struct ndup_json_reader *reader;
    struct ndup_buf text = NDUP_BUF_INIT;
    NDUP_TRY(ndup_json_reader_create(&reader, err));
    ndup_buf_append_str(&text, "{\"command\":");
    ndup_buf_append_str(&text, command);
    ndup_buf_append_str(&text, "}");
    const char *wrong = "out of memory";
    if (ndup_buf_reserve(&text, NDUP_PADDING) && !text.failed)
        wrong = read_command(reader, text.data, text.len);
    ndup_buf_free(&text);
    ndup_json_reader_destroy(reader);
    if (wrong == NULL)
        return NEARDUP_OK;
    if (strcmp(wrong, "out of memory") == 0)
        return ndup_fail_nomem(err);
    return ndup_fail(err, NEARDUP_E_ARG, "the command is no JSON array of strings: %s", wrong);
}

/* ---- the file ---- */

struct inputs {
    struct ndup_show_input *items;
    size_t count, capacity;
};

static bool add(struct inputs *inputs, const char *path, bool reference)
{
    if (!ndup_grow(&inputs->items, &inputs->capacity, inputs->count + 1, sizeof *inputs->items))
        return false;
    inputs->items[inputs->count++] = (struct ndup_show_input){path, reference};
    return true;
}

/* As they were given; a list by the paths in it. */
static neardup_status collect(const neardup_job *job, struct inputs *inputs, neardup_error *err)
{
    const char *listed = job->files.listed.data;
    bool ok = true;
    for (size_t i = 0; ok && i < job->input_count; i++) {
        const struct ndup_input *in = &job->inputs[i];
        if (!in->is_list) {
            ok = add(inputs, in->path, in->reference);
            continue;
        }
        for (; ok && *listed != '\0'; listed += strlen(listed) + 1)
            ok = add(inputs, listed, false);
        listed++;
    }
    return ok ? NEARDUP_OK : ndup_fail_nomem(err);
}

static neardup_status show(const neardup_job *job, struct ndup_buf *text, neardup_error *err)
{
    struct inputs inputs = {NULL, 0, 0};
    neardup_status st = collect(job, &inputs, err);
    if (st == NEARDUP_OK) {
        char *directory = getcwd(NULL, 0); /* it may be gone: then it is not told */
        struct ndup_show_run run = {directory, inputs.items, inputs.count, job->repeated_lines};
        ndup_show_summary(text, &job->summary, &job->options, &run);
        free(directory);
    }
    free(inputs.items);
    return st == NEARDUP_OK && text->failed ? ndup_fail_nomem(err) : st;
}

neardup_status ndup_job_write_summary(neardup_job *job, neardup_error *err)
{
    int fd;
    NDUP_TRY(ndup_outdir_create(job->outdir, "summary.json", &fd, err));
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_status st = show(job, &text, err);
    if (st == NEARDUP_OK)
        st = ndup_write_all(fd, text.data, text.len, "summary.json", err);
    ndup_buf_free(&text);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close 'summary.json'");
    return st;
}
