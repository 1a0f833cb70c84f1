/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/outfile.h"
#include "cli/reopen_inputs.h"
#include "cli/messages.h"
#include "report/report_formats.h"
#include "term/number.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 4096 /* of a file, to recognise a report */

struct report_command {
    struct ndup_cli *cli;
    neardup_run *run;
    neardup_job *job; /* over the inputs of the run; NULL: no texts */
    struct ndup_report_model *report;
    struct ndup_report_run facts;
    const struct ndup_report_format *format;
    struct ndup_outfile out;
    char note[600]; /* why there is no text */
    uint64_t rows;  /* of a table */
};

/* Says it and returns false. */
static bool fail(const struct report_command *r, const neardup_error *err)
{
    ndup_msg_error(&r->cli->msg, "%s", err->message);
    return false;
}

/* ---- the format -------------------------------------------------------------------------------------------------- */

/* Refuses options that would have no effect: they are a slip. */
static bool check_options(const struct report_command *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    char message[120];
    if (r->format->is_table && settings->inputs.count > 0) {
        snprintf(message, sizeof message, "--input has no effect on --format %s, which has no texts", r->format->name);
        ndup_command_misuse(r->cli, message, "--format html and json have the texts of the costliest clusters");
    } else if (settings->clusters > 0 && r->format->is_table) {
        snprintf(message, sizeof message, "--clusters has no effect on --format %s, which has all clusters",
                 r->format->name);
        ndup_command_misuse(r->cli, message, "use it with --format html or json");
    } else if (settings->clusters > 0 && r->format->clusters > 0) {
        snprintf(message, sizeof message,
                 "--clusters has no effect on --format %s, which has the %" PRIu64 " costliest clusters",
                 r->format->name, r->format->clusters);
        ndup_command_misuse(r->cli, message, "use it with --format html or json");
    } else if (strcmp(r->format->name, "csv") != 0 && (settings->csv_bom || settings->csv_rows == NDUP_CSV_REMOVED)) {
        snprintf(message, sizeof message, "%s requires --format csv", settings->csv_bom ? "--csv-bom" : "--csv-rows");
        ndup_command_misuse(r->cli, message, "add --format csv, or -o with a name that ends in .csv");
    } else {
        return true;
    }
    return false;
}

static bool choose_format(struct report_command *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    const char *path = settings->output;
    bool standard = path == NULL || strcmp(path, "-") == 0;
    r->format = settings->report_format == 0 ? ndup_run_format_of(path) : ndup_run_formats[settings->report_format - 1];
    if (!check_options(r))
        return false;
    if (!r->format->is_page || !standard || !ndup_term_is_tty(stdout))
        return true;
    ndup_command_misuse(r->cli, "cannot print a page on a terminal",
                        "-o report.html writes it to a file; --format markdown prints a short report");
    return false;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static uint64_t removed_units(const neardup_summary *s)
{
    const neardup_paragraph_summary *p = &s->paragraphs;
    return s->exact + s->near + s->contained + p->exact + p->near + p->contained + p->boilerplate;
}

static bool redecide(struct report_command *r)
{
    neardup_error err = {.message = ""};
    const neardup_job_options *options = neardup_run_options(r->run);
    const neardup_summary *summary = neardup_run_summary(r->run);
    uint64_t before = summary != NULL ? removed_units(summary) : 0;
    bool decides = options != NULL && (options->method == NEARDUP_METHOD_MINHASH || options->verify);
    if (decides && options->threshold == r->cli->settings.job.threshold)
        return true; /* as it was decided */
    bool recorded_pairs = options != NULL && options->pairs;
    r->facts.redecided = true;
    r->facts.redecided_at = r->cli->settings.job.threshold;
    r->facts.redecided_from = options != NULL ? options->threshold : 0;
    if (neardup_run_rethreshold(r->run, r->cli->settings.job.threshold, &err) != NEARDUP_OK) {
        fail(r, &err);
        if (!recorded_pairs && r->facts.redecided_at > r->facts.redecided_from)
            ndup_msg_hint(
                &r->cli->msg,
                "run it again with --pairs: neardup dedup ... --pairs, or neardup find ... --save DIR --pairs");
        return false;
    }
    summary = neardup_run_summary(r->run);
    uint64_t after = summary != NULL ? removed_units(summary) : 0;
    r->facts.redecided_freed = before > after ? before - after : 0;
    return true;
}

static neardup_status replay(void *context, const neardup_callbacks *callbacks, neardup_error *err)
{
    return neardup_run_replay(context, callbacks, err);
}

static bool open_run(struct report_command *r)
{
    const char *path = r->cli->operands[0];
    if (!ndup_reopen_run(&r->run, path, &r->cli->msg))
        return false;
    if (r->cli->settings.threshold_given && !redecide(r))
        return false;
    r->facts.csv_removed = r->cli->settings.csv_rows == NDUP_CSV_REMOVED;
    r->facts.csv_bom = r->cli->settings.csv_bom != 0;
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

static bool is_report(const void *context, const char *path)
{
    (void)context;
    char head[HEAD_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0)
        close(fd);
    return length >= 0 && ndup_report_is_earlier(head, (size_t)length);
}

static bool open_output(struct report_command *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    const struct ndup_replace_rule rule = {.replace = settings->force != 0, .is_output = is_report, .has_force = true};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (ndup_reopen_reads(&reads, r->run, r->cli->operands[0], &settings->inputs, &err) == NEARDUP_OK)
        good = ndup_outfile_open(&r->out, settings->output, &reads, &rule, &r->cli->msg);
    else
        ndup_msg_error(&r->cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct report_command *r = context;
    ndup_progress_update(&r->cli->progress, progress);
    return true;
}

/* The run reported its invalid records; a file that cannot be read now is new. */
static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct report_command *r = context;
    if (severity == NEARDUP_ERROR)
        ndup_msg_at(&r->cli->msg, NEARDUP_WARNING, file, line, message);
    return true;
}

static neardup_status read_places(void *context, const neardup_read_options *reading, neardup_error *err)
{
    struct report_command *r = context;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = r,
                                   .progress = r->cli->progress.enabled ? on_progress : NULL,
                                   .message = on_message};
    ndup_signals_watch(r->job, &r->cli->msg);
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
static const char *none_found(const struct report_command *r, char *text, size_t size)
{
    size_t given = r->cli->settings.inputs.count, inputs = count_inputs(r->run);
    if (given == 0)
        return "no document was found where the run read it";
    if (inputs == 0)
        return "no document was found in --input under the file names of the run";
    if (given == inputs)
        return "no document was found in --input";
    snprintf(text, size, "no document was found in --input, which must be given once for each of %zu input%s", inputs,
             inputs == 1 ? "" : "s");
    return text;
}

/* The report is written without texts. */
static void do_without(struct report_command *r, const char *why)
{
    const struct ndup_msg *msg = &r->cli->msg;
    snprintf(r->note, sizeof r->note, "%s", why);
    r->facts.text_note = r->note;
    if (msg->verbosity < 0)
        return;
    ndup_msg_warning(msg, "the report has no texts: %s", why);
    if (count_inputs(r->run) > 0 && r->cli->settings.inputs.count > 0)
        ndup_msg_hint(msg,
                      "give --input PATH once for each input of the run, in the same order; a folder for a folder");
    else
        ndup_msg_hint(msg, "add --input PATH to name the inputs, or --no-text to leave the texts out");
}

/* Where the run does not say how it read and compared, as by default. */
static neardup_status read_from_job(struct report_command *r, neardup_error *err)
{
    struct ndup_report_run facts = r->facts;
    neardup_job_options defaults;
    if (facts.options == NULL) {
        neardup_job_options_init(&defaults, sizeof defaults);
        facts.options = &defaults;
        if (r->cli->msg.verbosity >= 0)
            ndup_msg_note(&r->cli->msg, "the options of the run are unknown; using the defaults");
    }
    return ndup_report_read_texts(r->report, &facts, read_places, r, err);
}

static bool read_texts(struct report_command *r)
{
    const struct ndup_settings *settings = &r->cli->settings;
    neardup_error err = {.message = ""};
    const char *why;
    char text[160];
    if (settings->no_text) {
        r->facts.text_note = "left out (--no-text)";
        return true;
    }
    neardup_status status = ndup_reopen_inputs(&r->job, r->run, settings, &why, &err);
    if (status == NEARDUP_OK && r->job == NULL) {
        do_without(r, why);
        return true;
    }
    if (status == NEARDUP_OK)
        status = read_from_job(r, &err);
    if (r->cli->raise_signal != 0)
        return false;
    if (status == NEARDUP_OK && ndup_report_counts(r->report).wanted > 0 && ndup_report_counts(r->report).found == 0)
        do_without(r, none_found(r, text, sizeof text));
    else if (status != NEARDUP_OK && (settings->inputs.count > 0 || status == NEARDUP_E_NOMEM))
        return fail(r, &err);
    else if (status != NEARDUP_OK)
        do_without(r, err.message);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool collect(struct report_command *r)
{
    neardup_error err = {.message = ""};
    struct ndup_report_options options = {.clusters = r->cli->settings.clusters, .members = r->format->members};
    if (r->format->clusters > 0)
        options.clusters = r->format->clusters;
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

static bool write_report(struct report_command *r)
{
    neardup_error err = {.message = ""};
    FILE *out = r->out.stream;
    neardup_status status = r->format->write_run(r->report, &r->facts, out, &r->rows, &err);
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
static void say_done(const struct report_command *r)
{
    struct stat status;
    char size[64] = "", left[160] = "";
    if (r->out.path == NULL || r->cli->msg.verbosity < 0)
        return;
    if (stat(r->cli->settings.output, &status) == 0 && S_ISREG(status.st_mode))
        snprintf(size, sizeof size, ", %s", ndup_number_bytes((uint64_t)status.st_size).text);
    if (r->format->is_table) {
        snprintf(left, sizeof left, ", %s rows", ndup_number_group(r->rows).text);
    } else if (r->format->is_page) {
        struct ndup_report_counts counts = ndup_report_counts(r->report);
        if (counts.clusters_shown < counts.clusters)
            snprintf(left, sizeof left, ", the %s costliest of %s clusters (--format json and csv have all)",
                     ndup_number_group(counts.clusters_shown).text, ndup_number_group(counts.clusters).text);
        else
            snprintf(left, sizeof left, ", %s cluster%s", ndup_number_group(counts.clusters).text,
                     counts.clusters == 1 ? "" : "s");
    }
    ndup_msg_note(&r->cli->msg, "wrote %s%s%s", r->cli->settings.output, size, left);
}

int ndup_cmd_report(struct ndup_cli *cli)
{
    struct report_command r = {.cli = cli};
    int status = NDUP_EXIT_TROUBLE;
    if (!choose_format(&r))
        return status;
    if (open_run(&r) && open_output(&r) && (r.format->is_table || collect(&r)) && write_report(&r) &&
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
