/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/outfile.h"
#include "cli/reopen_inputs.h"
#include "cli/messages.h"
#include "report/report.h"
#include "report/reporter.h"
#include "term/number.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a Markdown report, which is short. */
#define MARKDOWN_CLUSTERS 10
#define MARKDOWN_MEMBERS  3

#define HEAD_BYTES 4096 /* of a file, to tell whether it is a report */

struct reporting {
    struct ndup_cli *cli;
    neardup_run *run;
    neardup_job *job; /* over the inputs of the run; NULL: no texts */
    struct ndup_report *report;
    struct ndup_report_run facts;
    enum ndup_report_format format;
    struct ndup_outfile out;
    char note[600]; /* why there is no text */
    uint64_t rows;  /* of CSV */
};

/* Says it and returns false. */
static bool fail(const struct reporting *r, const neardup_error *err)
{
    ndup_msg_error(&r->cli->msg, "%s", err->message);
    return false;
}

/* ---- the format -------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *suffix)
{
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

static enum ndup_report_format format_of(const char *path)
{
    static const struct {
        const char *suffix;
        enum ndup_report_format format;
    } suffixes[] = {{".html", NDUP_REPORT_HTML}, {".htm", NDUP_REPORT_HTML}, {".md", NDUP_REPORT_MARKDOWN},
                    {".json", NDUP_REPORT_JSON}, {".csv", NDUP_REPORT_CSV},  {".markdown", NDUP_REPORT_MARKDOWN}};
    for (size_t i = 0; path != NULL && i < sizeof suffixes / sizeof *suffixes; i++) {
        if (ends_with(path, suffixes[i].suffix))
            return suffixes[i].format;
    }
    return NDUP_REPORT_HTML;
}

/* Options that would do nothing are a slip. */
static bool check_options(const struct reporting *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    bool csv = r->format == NDUP_REPORT_CSV;
    if (csv && settings->inputs.count > 0)
        ndup_command_misuse(r->cli, "option '--input' has no use for CSV: it has no texts",
                            "--format html and json show texts, of the costliest clusters");
    else if (settings->clusters > 0 && (csv || r->format == NDUP_REPORT_MARKDOWN))
        ndup_command_misuse(r->cli,
                            csv ? "option '--clusters' has no use for CSV: it has all clusters"
                                : "option '--clusters' has no use for Markdown: it has the 10 costliest clusters",
                            "it is about --format html and json");
    else
        return true;
    return false;
}

static bool choose_format(struct reporting *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    const char *path = settings->output;
    bool standard = path == NULL || strcmp(path, "-") == 0;
    r->format = (enum ndup_report_format)settings->report_format;
    if (r->format == NDUP_REPORT_AUTO)
        r->format = format_of(path);
    if (!check_options(r))
        return false;
    if (r->format != NDUP_REPORT_HTML || !standard || !ndup_term_is_tty(stdout))
        return true;
    ndup_command_misuse(r->cli, "a page is not for a terminal",
                        "-o report.html writes it to a file; --format markdown prints a short report here");
    return false;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static uint64_t removed_units(const neardup_summary *s)
{
    const neardup_paragraph_summary *p = &s->paragraphs;
    return s->exact + s->near + p->exact + p->near + p->contained + p->boilerplate;
}

static bool redecide(struct reporting *r)
{
    neardup_error err = {.message = ""};
    const neardup_job_options *options = neardup_run_options(r->run);
    const neardup_summary *summary = neardup_run_summary(r->run);
    uint64_t before = summary != NULL ? removed_units(summary) : 0;
    bool decides = options != NULL && (options->method == NEARDUP_METHOD_MINHASH || options->verify);
    if (decides && options->threshold == r->cli->settings.threshold)
        return true; /* as it was decided */
    r->facts.redecided = true;
    r->facts.redecided_at = r->cli->settings.threshold;
    r->facts.redecided_from = options != NULL ? options->threshold : 0;
    if (neardup_run_rethreshold(r->run, r->cli->settings.threshold, &r->facts.redecided_exact, &err) != NEARDUP_OK)
        return fail(r, &err);
    summary = neardup_run_summary(r->run);
    uint64_t after = summary != NULL ? removed_units(summary) : 0;
    r->facts.redecided_freed = before > after ? before - after : 0;
    return true;
}

static neardup_status replay(void *context, const neardup_callbacks *callbacks, neardup_error *err)
{
    return neardup_run_replay(context, callbacks, err);
}

static bool open_run(struct reporting *r)
{
    const char *path = r->cli->operands[0];
    neardup_error err = {.message = ""};
    if (neardup_run_open(&r->run, path, &err) != NEARDUP_OK)
        return fail(r, &err);
    if (r->cli->settings.threshold_given && !redecide(r))
        return false;
    r->facts.title = path;
    r->facts.summary = neardup_run_summary(r->run);
    r->facts.options = neardup_run_options(r->run);
    r->facts.summary_json = neardup_run_summary_json(r->run);
    r->facts.command = neardup_run_command(r->run);
    r->facts.replay = replay;
    r->facts.replay_context = r->run;
    return true;
}

/* ---- what is read is not replaced ---- */

static bool looks_like_report(const char *head, size_t length)
{
    static const struct {
        const char *begin, *within; /* NULL: anything */
    } kinds[] = {
        {"<!DOCTYPE html>", "<title>neardup"},
        {"{\"report\":1,\"neardup\":", NULL},
        {"unit,cluster,size,component,", NULL},
        {"## Near-duplicates in ", NULL},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t begin = strlen(kinds[i].begin);
        const char *within = kinds[i].within != NULL ? kinds[i].within : "";
        if (length >= begin && memcmp(head, kinds[i].begin, begin) == 0 &&
            memmem(head, length, within, strlen(within)) != NULL)
            return true;
    }
    for (const struct ndup_reporter *of_check = ndup_reporters; of_check->name != NULL; of_check++) {
        if (ndup_reporter_wrote(of_check, head, length))
            return true;
    }
    return length == 0;
}

static bool is_report(const void *context, const char *path)
{
    (void)context;
    char head[HEAD_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0)
        close(fd);
    return length >= 0 && looks_like_report(head, (size_t)length);
}

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
static neardup_status add_inputs(struct ndup_reads *reads, const neardup_run *run, const struct ndup_opt_list *inputs,
                                 neardup_error *err)
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

static bool open_output(struct reporting *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    const struct ndup_replace_rule rule = {.replace = settings->force != 0, .is_output = is_report, .has_force = true};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (add_run_files(&reads, r->cli->operands[0], &err) == NEARDUP_OK &&
        add_inputs(&reads, r->run, &settings->inputs, &err) == NEARDUP_OK &&
        ndup_reads_add(&reads, r->cli->operands[0], "a file of the run", &err) == NEARDUP_OK)
        good = ndup_outfile_open(&r->out, settings->output, &reads, &rule, &r->cli->msg);
    else
        ndup_msg_error(&r->cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct reporting *r = context;
    ndup_progress_update(&r->cli->progress, progress);
    return true;
}

/* The run has told of bad records; files that cannot be read now are news. */
static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct reporting *r = context;
    if (severity == NEARDUP_ERROR)
        ndup_msg_at(&r->cli->msg, NEARDUP_WARNING, file, line, message);
    return true;
}

static neardup_status read_places(void *context, const neardup_read_options *reading, neardup_error *err)
{
    struct reporting *r = context;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = r,
                                   .progress = r->cli->progress.enabled ? on_progress : NULL,
                                   .message = on_message};
    ndup_signals_watch(r->job);
    neardup_status status = neardup_job_run_read(r->job, reading, &callbacks, err);
    r->cli->raise_signal = ndup_signals_unwatch();
    ndup_progress_clear(&r->cli->progress);
    return status;
}

static size_t count_inputs(const neardup_run *run)
{
    size_t count = 0;
    while (neardup_run_input(run, count, NULL) != NULL)
        count++;
    return count;
}

/* Why none of the texts was found. */
static const char *none_found(const struct reporting *r, char *text, size_t size)
{
    size_t given = r->cli->settings.inputs.count, inputs = count_inputs(r->run);
    if (given == 0)
        return "none was found where the run had read it";
    if (inputs == 0)
        return "none was found in what --input names, under the names that clusters have";
    if (given == inputs)
        return "none was found in what --input names";
    snprintf(text, size, "none was found in what --input names, of which there is not one for each of %zu input%s",
             inputs, inputs == 1 ? "" : "s");
    return text;
}

/* The report goes on without texts. */
static void do_without(struct reporting *r, const char *why)
{
    const struct ndup_msg *msg = &r->cli->msg;
    snprintf(r->note, sizeof r->note, "%s", why);
    r->facts.text_note = r->note;
    if (msg->verbosity < 0)
        return;
    ndup_msg_warning(msg, "the report has no texts: %s", why);
    if (count_inputs(r->run) > 0 && r->cli->settings.inputs.count > 0)
        ndup_msg_hint(msg, "--input PATH, once for each input of the run and in the same order: a folder for a folder");
    else
        ndup_msg_hint(msg, "--input PATH says where the corpus is now; --no-text does without");
}

/* Where the run does not say how it read and compared, as by default. */
static neardup_status read_from_job(struct reporting *r, neardup_error *err)
{
    struct ndup_report_run facts = r->facts;
    neardup_job_options defaults;
    if (facts.options == NULL) {
        neardup_job_options_init(&defaults, sizeof defaults);
        facts.options = &defaults;
        if (r->cli->msg.verbosity >= 0)
            ndup_msg_note(&r->cli->msg, "the options of the run are not known; the defaults are taken for them");
    }
    return ndup_report_read_texts(r->report, &facts, read_places, r, err);
}

static bool read_texts(struct reporting *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    neardup_error err = {.message = ""};
    const char *why;
    char text[160];
    if (settings->no_text) {
        r->facts.text_note = "left out (--no-text)";
        return true;
    }
    neardup_status status = ndup_rejob_open(&r->job, r->run, &settings->inputs, &why, &err);
    if (status == NEARDUP_OK && r->job == NULL) {
        do_without(r, why);
        return true;
    }
    if (status == NEARDUP_OK)
        status = read_from_job(r, &err);
    if (r->cli->raise_signal != 0)
        return false;
    if (status == NEARDUP_OK && ndup_report_told(r->report).wanted > 0 && ndup_report_told(r->report).found == 0)
        do_without(r, none_found(r, text, sizeof text));
    else if (status != NEARDUP_OK && (settings->inputs.count > 0 || status == NEARDUP_E_NOMEM))
        return fail(r, &err);
    else if (status != NEARDUP_OK)
        do_without(r, err.message);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool collect(struct reporting *r)
{
    neardup_error err = {.message = ""};
    bool markdown = r->format == NDUP_REPORT_MARKDOWN;
    struct ndup_report_options options = {.clusters = r->cli->settings.clusters};
    if (markdown)
        options = (struct ndup_report_options){.clusters = MARKDOWN_CLUSTERS, .members = MARKDOWN_MEMBERS};
    options.by_group = r->facts.options != NULL && r->facts.options->group_field != NULL;
    if (ndup_report_create(&r->report, &options, &err) != NEARDUP_OK)
        return fail(r, &err);
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = r->report, .cluster = ndup_report_add_cluster};
    neardup_status status = neardup_run_replay(r->run, &callbacks, &err);
    if (status == NEARDUP_E_CANCELED) {
        ndup_msg_error(&r->cli->msg, "out of memory");
        return false;
    }
    if (status != NEARDUP_OK)
        return fail(r, &err);
    ndup_report_settle(r->report);
    return read_texts(r);
}

static bool write_report(struct reporting *r)
{
    neardup_error err = {.message = ""};
    neardup_status status = NEARDUP_OK;
    FILE *out = r->out.stream;
    switch (r->format) {
    case NDUP_REPORT_CSV:
        status = ndup_report_write_csv(&r->facts, out, &r->rows, &err);
        break;
    case NDUP_REPORT_MARKDOWN:
        status = ndup_report_write_markdown(r->report, &r->facts, out, &err);
        break;
    case NDUP_REPORT_JSON:
        status = ndup_report_write_json(r->report, &r->facts, out, &err);
        break;
    case NDUP_REPORT_AUTO:
    case NDUP_REPORT_HTML:
        status = ndup_report_write_html(r->report, &r->facts, out, &err);
        break;
    }
    if (status == NEARDUP_OK && r->out.path == NULL && fflush(out) != 0) {
        err.sys_errno = errno;
        snprintf(err.message, sizeof err.message, "cannot write the report: %s", strerror(errno));
        status = NEARDUP_E_IO;
    }
    if (status == NEARDUP_E_IO && err.sys_errno == EPIPE) {
        r->cli->broken_pipe = true;
        return true;
    }
    return status == NEARDUP_OK || fail(r, &err);
}

/* What was written, how much, and what is not in it. */
static void say_done(const struct reporting *r)
{
    struct stat status;
    char size[64] = "", left[160] = "";
    if (r->out.path == NULL || r->cli->msg.verbosity < 0)
        return;
    if (stat(r->cli->settings.output, &status) == 0 && S_ISREG(status.st_mode))
        snprintf(size, sizeof size, ", %s", ndup_number_bytes((uint64_t)status.st_size).text);
    if (r->format == NDUP_REPORT_CSV) {
        snprintf(left, sizeof left, ", %s rows", ndup_number_group(r->rows).text);
    } else if (r->format == NDUP_REPORT_HTML) {
        struct ndup_report_told told = ndup_report_told(r->report);
        if (told.clusters_shown < told.clusters)
            snprintf(left, sizeof left, ", the %s costliest of %s clusters (--format json and csv have all)",
                     ndup_number_group(told.clusters_shown).text, ndup_number_group(told.clusters).text);
        else
            snprintf(left, sizeof left, ", %s cluster%s", ndup_number_group(told.clusters).text,
                     told.clusters == 1 ? "" : "s");
    }
    ndup_msg_note(&r->cli->msg, "%s is written%s%s", r->cli->settings.output, size, left);
}

int ndup_cmd_report(struct ndup_cli *cli)
{
    struct reporting r = {.cli = cli};
    int status = NDUP_EXIT_TROUBLE;
    if (!choose_format(&r))
        return status;
    if (open_run(&r) && open_output(&r) && (r.format == NDUP_REPORT_CSV || collect(&r)) && write_report(&r) &&
        (cli->broken_pipe || ndup_outfile_commit(&r.out, &cli->msg))) {
        status = NDUP_EXIT_DONE;
        if (!cli->broken_pipe)
            say_done(&r);
    }
    ndup_outfile_discard(&r.out);
    ndup_report_destroy(r.report);
    neardup_job_destroy(r.job);
    neardup_run_close(r.run);
    return status;
}
