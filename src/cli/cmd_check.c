/* SPDX-License-Identifier: MIT
 * check: makes the runs; src/check turns what they report into a verdict. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/baseline.h"
#include "check/check.h"
#include "check/findings.h"
#include "cli/check_inputs.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "report/report_formats.h"
#include "term/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- rules ------------------------------------------------------------------------------------------------------ */

struct check_plan {
    bool main;       /* duplicates are looked for */
    bool leaks;      /* texts of one split are looked for in others */
    bool own_inputs; /* files are named beside those of the splits */
    bool by_default; /* no rule was given */
};

static bool refuse(const struct ndup_cli *cli, const char *message, const char *hint)
{
    ndup_command_misuse(cli, message, hint);
    return false;
}

static void default_to_zero(struct ndup_limit *limit)
{
    if (!limit->given)
        *limit = (struct ndup_limit){.given = true};
}

static bool was_given(const struct ndup_cli *cli, const char *name)
{
    return ndup_opt_was_seen(&cli->seen, ndup_opt_find(ndup_options_table, NDUP_CMD_CHECK, name));
}

/* On the command line, and not in the configuration. */
static bool was_typed(const struct ndup_cli *cli, const char *name)
{
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, NDUP_CMD_CHECK, name);
    for (size_t i = 0; i < cli->seen.count; i++) {
        if (cli->seen.rows[i] == opt)
            return cli->seen.lines[i] == 0;
    }
    return false;
}

/* What is compared has its limit: nothing is allowed unless a limit says so. */
static void follow(struct ndup_settings *s)
{
    if (s->splits.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_LEAK]);
    if (s->baseline != NULL)
        default_to_zero(&s->limits[NDUP_RULE_NEW]);
    if (s->reference.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_REFERENCE]);
}

static bool any_limit(const struct ndup_settings *s)
{
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        if (s->limits[i].given)
            return true;
    }
    return false;
}

/* Which rules apply: those that were given, and those that follow from what is compared. Completes the limits in the settings;
 * says what is wrong and returns false. */
static bool choose_rules(struct ndup_cli *cli, struct check_plan *plan)
{
    struct ndup_settings *s = &cli->settings;
    *plan = (struct check_plan){.leaks = s->splits.count > 0,
                                .own_inputs = cli->operand_count > 0 || s->files_from.count > 0};
    if (s->limits[NDUP_RULE_REPETITION].given && !was_given(cli, "unit"))
        s->job.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    if (!plan->own_inputs && !plan->leaks)
        return refuse(cli, "no input given",
                      "name files or folders, or splits with --split NAME=PATH, here or in neardup.toml");
    if (!ndup_command_check_options(cli))
        return false;
    /* Texts that are contained in documents of another split leak in any case: the share of the option holds for them, too. */
    if (s->job.contained > 0 && !was_given(cli, "leak-containment"))
        s->leak_containment = s->job.contained;
    if (was_given(cli, "leak-ngram") && s->leak_containment <= 0)
        return refuse(cli, "--leak-ngram requires --leak-containment above 0", "leave one of them out");
    follow(s);
    plan->by_default = !any_limit(s);
    if (!any_limit(s) && (s->job.units & NEARDUP_UNIT_DOCUMENT) != 0)
        default_to_zero(&s->limits[NDUP_RULE_DUPLICATE_RATE]);
    else if (!any_limit(s))
        default_to_zero(&s->limits[NDUP_RULE_REPETITION]);
    for (int i = 0; i < NDUP_RULE_COUNT; i++) {
        /* The run that looks for leaks sees the records of the splits, too. */
        bool seen = (i == NDUP_RULE_INVALID || i == NDUP_RULE_EMPTY) && plan->leaks && !plan->own_inputs;
        plan->main = plan->main || (s->limits[i].given && i != NDUP_RULE_LEAK && !seen);
    }
    if (!plan->main && plan->own_inputs)
        return refuse(cli, "no rule applies to the inputs outside the splits",
                      "add one, for instance --max-duplicate-rate 1%, or leave out these inputs");
    return true;
}

/* ---- reports: --report FORMAT:PATH ------------------------------------------------------------------------------ */

/* The working directory as a shell names it, links and all; NULL if PWD names another one. */
static const char *logical_directory(void)
{
    const char *named = getenv("PWD");
    struct stat a, b;
    bool same = named != NULL && named[0] == '/' && stat(named, &a) == 0 && stat(".", &b) == 0 &&
                a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return same ? named : NULL;
}

/* Makes what reports show of all places relative to the working directory, where they are below it. False: no memory. */
static bool make_places_relative(struct ndup_check_result *result)
{
    char *physical = getcwd(NULL, 0);
    if (physical == NULL && errno == ENOMEM)
        return false;
    const char *logical = logical_directory();
    const char *directories[2];
    size_t count = 0;
    if (physical != NULL)
        directories[count++] = physical;
    if (logical != NULL)
        directories[count++] = logical;
    bool good = ndup_relative_places(result, directories, count);
    free(physical);
    return good;
}

struct check_output {
    const struct ndup_report_format *format;
    struct ndup_outfile file;
};

struct check_outputs {
    struct check_output *outputs; /* with the text on standard output, unless another report is written there */
    size_t count;
};

static bool is_earlier_report(const struct ndup_report_format *format, const char *path)
{
    /* Not from the heap: for want of memory an earlier report would be read as an input. */
    static char head[NDUP_REPORT_HEAD];
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool good = true;
    for (ssize_t got = 1; good && got != 0 && length < sizeof head;) {
        got = read(fd, head + length, sizeof head - length);
        good = got >= 0 || errno == EINTR;
        length += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return good && ndup_check_format_wrote(format, head, length);
}

static bool is_report(const void *context, const char *path)
{
    return is_earlier_report(context, path);
}

static neardup_status add_list(struct ndup_reads *reads, const struct ndup_opt_list *list, const char *what,
                               neardup_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        NDUP_TRY(ndup_reads_add(reads, list->items[i], what, err));
    return NEARDUP_OK;
}

static neardup_status collect_reads(struct ndup_reads *reads, const struct ndup_cli *cli,
                                    const struct ndup_check_splits *splits, const char *config, neardup_error *err)
{
    const struct ndup_settings *s = &cli->settings;
    for (int i = 0; i < cli->operand_count; i++)
        NDUP_TRY(ndup_reads_add(reads, cli->operands[i], "an input", err));
    for (size_t i = 0; i < splits->path_count; i++)
        NDUP_TRY(ndup_reads_add(reads, splits->paths[i].path, "an input", err));
    NDUP_TRY(add_list(reads, &s->files_from, "a list of inputs", err));
    NDUP_TRY(add_list(reads, &s->reference, "a reference", err));
    NDUP_TRY(add_list(reads, &s->allow, "an allow list", err));
    NDUP_TRY(add_list(reads, &s->allow_texts, "an allowed text", err));
    if (config != NULL)
        NDUP_TRY(ndup_reads_add(reads, config, "the configuration", err));
    /* A list may be a pipe, which can be read once only: any file may be on it. */
    reads->incomplete = s->files_from.count > 0;
    return NEARDUP_OK;
}

/* The report that is already written to this path; NULL: there is none. */
static const struct check_output *writes_to(const struct check_outputs *reports, const char *path)
{
    for (size_t i = 0; i < reports->count; i++) {
        const char *other = reports->outputs[i].file.path;
        if (ndup_path_is_same(other != NULL ? other : "-", path))
            return &reports->outputs[i];
    }
    return NULL;
}

/* The format of FORMAT:PATH, which the parser has checked, and its path. */
static const struct ndup_report_format *split_report(const char *text, const char **path)
{
    char name[64];
    size_t length = strcspn(text, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), text);
    *path = text[length] == ':' ? text + length + 1 : "";
    return ndup_check_format_find(name);
}

static bool open_one(struct check_outputs *reports, struct ndup_cli *cli, struct ndup_reads *reads, const char *text)
{
    struct check_output *output = &reports->outputs[reports->count];
    struct stat status;
    const char *path = NULL;
    output->format = split_report(text, &path);
    if (output->format == NULL)
        return false;
    bool standard = strcmp(path, "-") == 0, exists = !standard && stat(path, &status) == 0;
    const struct check_output *other = writes_to(reports, path);
    if (other != NULL && other->format == output->format)
        return true; /* given twice */
    if (other != NULL && (!exists || S_ISREG(status.st_mode))) {
        ndup_msg_error(&cli->msg, "cannot write two reports to %s%s%s", standard ? "standard output" : "'",
                       standard ? "" : path, standard ? "" : "'");
        return false;
    }
    const struct ndup_replace_rule rule = {.replace = true, .is_output = is_report, .context = output->format};
    if (!ndup_outfile_open(&output->file, path, reads, &rule, &cli->msg))
        return false;
    reports->count++;
    return true;
}

static bool open_all(struct check_outputs *reports, struct ndup_cli *cli, struct ndup_reads *reads,
                     const struct ndup_opt_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!open_one(reports, cli, reads, list->items[i]))
            return false;
    }
    return true;
}

static bool open_reports(struct check_outputs *reports, struct ndup_cli *cli, const struct ndup_check_splits *splits,
                         const char *config)
{
    const struct ndup_settings *s = &cli->settings;
    size_t most = s->reports.count + s->more_reports.count + 1;
    *reports = (struct check_outputs){.outputs = ndup_calloc(most, sizeof *reports->outputs)};
    if (reports->outputs == NULL) {
        ndup_msg_error(&cli->msg, "out of memory");
        return false;
    }
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    neardup_status status = collect_reads(&reads, cli, splits, config, &err);
    if (status == NEARDUP_OK && s->baseline != NULL)
        status = ndup_reads_add(&reads, s->baseline, "the baseline", &err);
    if (status != NEARDUP_OK)
        ndup_msg_error(&cli->msg, "%s", err.message);
    bool good = status == NEARDUP_OK && open_all(reports, cli, &reads, &s->reports) &&
                open_all(reports, cli, &reads, &s->more_reports) &&
                (writes_to(reports, "-") != NULL || open_one(reports, cli, &reads, "text:-"));
    ndup_reads_free(&reads);
    return good;
}

static int write_one(struct check_output *output, struct ndup_cli *cli, const struct ndup_check_result *result)
{
    errno = 0;
    bool good = output->format->write_check(output->file.stream, result);
    /* Now, while the reason of a failure is known. */
    if (good && output->file.path == NULL)
        good = fflush(output->file.stream) == 0;
    if (good)
        return ndup_outfile_commit(&output->file, &cli->msg) ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
    if (errno == EPIPE && output->file.path == NULL) {
        cli->broken_pipe = true;
        return NDUP_EXIT_DONE;
    }
    ndup_msg_error(&cli->msg, "cannot write the %s report: %s", output->format->name,
                   strerror(errno != 0 ? errno : ENOMEM));
    return NDUP_EXIT_TROUBLE;
}

static int write_reports(struct check_outputs *reports, struct ndup_cli *cli, const struct ndup_check_result *result)
{
    int status = NDUP_EXIT_DONE;
    for (size_t i = 0; i < reports->count; i++) {
        if (write_one(&reports->outputs[i], cli, result) != NDUP_EXIT_DONE)
            status = NDUP_EXIT_TROUBLE;
    }
    return status;
}

static void close_reports(struct check_outputs *reports)
{
    for (size_t i = 0; i < reports->count; i++)
        ndup_outfile_discard(&reports->outputs[i].file);
    free(reports->outputs);
    *reports = (struct check_outputs){NULL, 0};
}

/* ---- the command and its runs ----------------------------------------------------------------------------------- */

/* Splits of the main run, which does not need those of the dataset. */
static const char inputs_split[] = "inputs", allowed_split[] = "allowed texts";
enum { INPUTS, ALLOWED };

struct check_command {
    struct ndup_cli *cli;
    struct ndup_check check;
    struct check_plan plan;
    struct ndup_config config;
    struct ndup_check_paths paths;
    struct ndup_check_splits splits;
    struct check_outputs reports;
    struct ndup_runjob main, leaks;
    neardup_leak_options leaking;
    struct ndup_buf head; /* first line of the baseline */
};

static bool said(const struct check_command *c, neardup_status status, const neardup_error *err)
{
    if (status != NEARDUP_OK)
        ndup_msg_error(&c->cli->msg, "%s", err->message);
    return status == NEARDUP_OK;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_runjob *run = context;
    struct check_command *c = run->owner;
    return ndup_check_cluster(&c->check, cluster, neardup_job_summary(run->job));
}

static bool on_near_miss(void *context, const neardup_pair *pair)
{
    struct ndup_runjob *run = context;
    struct check_command *c = run->owner;
    return ndup_check_near_miss(&c->check, pair);
}

static bool on_leak(void *context, const neardup_leak *leak)
{
    return ndup_check_leak(context, leak);
}

static bool find_record(struct ndup_runjob *run, enum ndup_rule rule, const char *file, uint64_t line,
                        const char *message)
{
    struct check_command *c = run->owner;
    const char *path = neardup_job_path(run->job, file);
    bool named = path != NULL && strcmp(path, "-") != 0;
    if (!c->check.limits[rule].given)
        return true;
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_options_name_fields(&text, message, strlen(message));
    ndup_buf_append(&text, "", 1);
    bool good = !text.failed && ndup_check_bad_record(&c->check, rule, file, named ? path : file, line, text.data);
    c->check.failed = c->check.failed || text.failed;
    ndup_buf_free(&text);
    return good;
}

static bool on_bad_record(struct ndup_runjob *run, const char *file, uint64_t line, const char *message)
{
    return find_record(run, NDUP_RULE_INVALID, file, line, message);
}

static bool on_empty(void *context, const char *file, uint64_t line)
{
    struct ndup_runjob *run = context;
    /* An empty file has no line; annotations need one. */
    return run->again || find_record(run, NDUP_RULE_EMPTY, file, line > 0 ? line : 1, "its text has no word");
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

static neardup_status add_operands(struct check_command *c, neardup_job *job, neardup_error *err)
{
    const struct ndup_cli *cli = c->cli;
    const struct ndup_opt_list *lists = &cli->settings.files_from;
    neardup_status status = NEARDUP_OK;
    for (int i = 0; status == NEARDUP_OK && i < cli->operand_count; i++)
        status = neardup_job_add_input(job, cli->operands[i], err);
    for (size_t i = 0; status == NEARDUP_OK && i < lists->count; i++)
        status = neardup_job_add_list(job, lists->items[i], err);
    /* Without inputs of its own the run looks at those of all splits. */
    for (size_t i = 0; status == NEARDUP_OK && !c->plan.own_inputs && i < c->splits.path_count; i++)
        status = neardup_job_add_input(job, c->splits.paths[i].path, err);
    return status;
}

static neardup_status add_references(neardup_job *job, const char *split, const struct ndup_opt_list *list,
                                     neardup_error *err)
{
    neardup_status status = list->count > 0 ? neardup_job_begin_split(job, split, err) : NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < list->count; i++)
        status = neardup_job_add_reference(job, list->items[i], err);
    return status;
}

static neardup_status exclude_list(neardup_job *job, const struct ndup_opt_list *list, neardup_error *err)
{
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < list->count; i++)
        status = neardup_job_exclude(job, list->items[i], err);
    return status;
}

/* Earlier ones; what only has such a name is data. */
static neardup_status exclude_reports(neardup_job *job, const struct ndup_opt_list *list, neardup_error *err)
{
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < list->count; i++) {
        char name[16];
        const char *text = list->items[i];
        size_t length = strcspn(text, ":");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
        const struct ndup_report_format *format = ndup_check_format_find(name);
        if (format != NULL && text[length] == ':' && is_earlier_report(format, text + length + 1))
            status = neardup_job_exclude(job, text + length + 1, err);
    }
    return status;
}

/* What a check reads and writes besides its inputs does not belong to them, even if it is in the same folder. */
static neardup_status exclude_own(const struct check_command *c, neardup_job *job, neardup_error *err)
{
    const struct ndup_settings *s = &c->cli->settings;
    neardup_status status = s->baseline != NULL ? neardup_job_exclude(job, s->baseline, err) : NEARDUP_OK;
    if (status == NEARDUP_OK && c->config.path != NULL)
        status = neardup_job_exclude(job, c->config.path, err);
    if (status == NEARDUP_OK)
        status = exclude_reports(job, &s->reports, err);
    if (status == NEARDUP_OK)
        status = exclude_reports(job, &s->more_reports, err);
    if (status == NEARDUP_OK)
        status = exclude_list(job, &s->allow, err);
    if (status == NEARDUP_OK)
        status = exclude_list(job, &s->allow_texts, err);
    return status == NEARDUP_OK ? exclude_list(job, &s->reference, err) : status;
}

static bool add_inputs(struct ndup_runjob *run)
{
    struct check_command *c = run->owner;
    const struct ndup_settings *s = &c->cli->settings;
    neardup_error err = {.message = ""};
    neardup_status status = neardup_job_begin_split(run->job, inputs_split, &err);
    if (status == NEARDUP_OK)
        status = exclude_own(c, run->job, &err);
    if (status == NEARDUP_OK)
        status = add_operands(c, run->job, &err);
    /* Allowed texts before the reference: a text that is in both is allowed. */
    if (status == NEARDUP_OK)
        status = add_references(run->job, allowed_split, &s->allow_texts, &err);
    if (status == NEARDUP_OK)
        status = add_references(run->job, "reference", &s->reference, &err);
    return said(c, status, &err);
}

static bool add_splits(struct ndup_runjob *run)
{
    struct check_command *c = run->owner;
    neardup_error err = {.message = ""};
    return said(c, exclude_own(c, run->job, &err), &err) && ndup_check_splits_add(&c->splits, run->job, c->cli);
}

/* ---- preparations ------------------------------------------------------------------------------------------------ */

static bool read_allowed(struct check_command *c)
{
    const struct ndup_opt_list *list = &c->cli->settings.allow;
    neardup_error err = {.message = ""};
    for (size_t i = 0; i < list->count; i++) {
        if (!said(c, ndup_allow_read(&c->check.allowed, list->items[i], &err), &err))
            return false;
    }
    return true;
}

static bool read_baseline(struct check_command *c)
{
    const struct ndup_settings *s = &c->cli->settings;
    bool update = s->update_baseline != 0;
    neardup_error err = {.message = ""};
    if (s->baseline == NULL)
        return true;
    c->check.baseline = true;
    ndup_baseline_head(&c->head, &c->main.options);
    ndup_buf_append(&c->head, "", 1);
    if (c->head.failed) {
        ndup_msg_error(&c->cli->msg, "out of memory");
        return false;
    }
    neardup_status status = ndup_baseline_read(&c->check.contents, s->baseline, update ? NULL : c->head.data, &err);
    if (update && status == NEARDUP_E_IO && err.sys_errno == ENOENT)
        return true;
    if (said(c, status, &err))
        return true;
    if (status == NEARDUP_E_IO && err.sys_errno == ENOENT)
        ndup_msg_hint(&c->cli->msg, "add --update-baseline to write it: the duplicates of today are then known");
    else if (status == NEARDUP_E_ARG)
        ndup_msg_hint(&c->cli->msg, "use the options of the baseline, or write a new one with --update-baseline");
    else if (status == NEARDUP_E_FORMAT)
        ndup_msg_hint(&c->cli->msg,
                      "if it is a damaged baseline, delete it and write a new one with --update-baseline");
    return false;
}

static bool prepare(struct check_command *c)
{
    struct ndup_cli *cli = c->cli;
    const struct ndup_settings *s = &cli->settings;
    if (!ndup_check_paths_expand(&c->paths, cli, c->config.input_count > 0 ? c->config.path : NULL) ||
        !choose_rules(cli, &c->plan) || !ndup_check_splits_read(&c->splits, cli) ||
        (c->plan.main && !c->plan.own_inputs && !ndup_check_splits_reread(&c->splits, cli)) ||
        !ndup_runjob_init(&c->main, cli))
        return false;
    if (s->update_baseline != 0 && (was_typed(cli, "report") || was_typed(cli, "add-report")))
        ndup_msg_note(&cli->msg, "no report is written with --update-baseline");
    /* Then moved files change nothing. Of documents alone the report does not depend on which one is kept. */
    if (s->baseline != NULL && s->keep_given == 0 && c->main.options.units > NEARDUP_UNIT_DOCUMENT)
        c->main.options.keep = NEARDUP_KEEP_CONTENT;
    /* A stricter rule of the user's own gives a verdict, with the places of the records. */
    const struct ndup_limit *invalid = &s->limits[NDUP_RULE_INVALID];
    if (invalid->given && invalid->value <= (invalid->percent ? 100 * s->job.max_unreadable : 0))
        c->main.options.max_unreadable = 1;
    memcpy(c->check.limits, s->limits, sizeof c->check.limits);
    c->check.rate_of = (enum ndup_rate_of)s->rate_of;
    c->check.allow_split = s->allow_texts.count > 0 ? ALLOWED : UINT32_MAX;
    c->check.split_names = (const char *const *)c->splits.names;
    c->check.split_count = c->splits.count;
    c->main.options.contents = true;
    c->main.owner = c;
    c->main.bad_record = on_bad_record;
    c->main.callbacks.empty = s->limits[NDUP_RULE_EMPTY].given ? on_empty : NULL;
    c->leaks = c->main;
    c->leaks.command = (struct ndup_buf)NDUP_BUF_INIT; /* one of the two owns it */
    c->main.callbacks.cluster = on_cluster;
    c->main.callbacks.near_miss = s->baseline != NULL ? on_near_miss : NULL;
    c->main.add_inputs = add_inputs;
    c->leaks.add_inputs = add_splits;
    c->leaks.leaking = &c->leaking;
    c->leaking = (neardup_leak_options)NEARDUP_LEAK_OPTIONS_INIT;
    c->leaking.profile = (neardup_profile){c->main.options.profile.tokens, (unsigned)s->leak_ngram};
    c->leaking.containment = s->leak_containment;
    c->leaking.context = &c->check;
    c->leaking.leak = on_leak;
    return read_allowed(c) && read_baseline(c) &&
           (s->update_baseline != 0 || open_reports(&c->reports, cli, &c->splits, c->config.path));
}

/* ---- the runs ---------------------------------------------------------------------------------------------------- */

/* DONE or TROUBLE; *complete: there is a result. */
static int run_one(struct check_command *c, struct ndup_runjob *run, bool *complete)
{
    *complete = false;
    if (!ndup_runjob_open(run))
        return NDUP_EXIT_TROUBLE;
    int status = ndup_runjob_run(run, complete);
    if (c->check.failed)
        ndup_msg_error(&c->cli->msg, "out of memory");
    if (*complete && c->cli->msg.verbosity > 0)
        ndup_runjob_summary(run, true);
    return status;
}

static int run_leaks(struct check_command *c, bool *complete)
{
    c->leaks.again = c->plan.main && !c->plan.own_inputs;
    c->leaking.split_documents = ndup_calloc(c->splits.count, sizeof *c->leaking.split_documents);
    c->leaking.split_tokens = ndup_calloc(c->splits.count, sizeof *c->leaking.split_tokens);
    c->leaking.split_short = ndup_calloc(c->splits.count, sizeof *c->leaking.split_short);
    if (c->leaking.split_documents == NULL || c->leaking.split_tokens == NULL || c->leaking.split_short == NULL) {
        ndup_msg_error(&c->cli->msg, "out of memory");
        *complete = false;
        return NDUP_EXIT_TROUBLE;
    }
    return run_one(c, &c->leaks, complete);
}

/* All that is needed; *complete: a verdict can be given. */
static int run_all(struct check_command *c, bool *complete)
{
    int status = NDUP_EXIT_DONE;
    *complete = true;
    if (c->plan.main)
        status = run_one(c, &c->main, complete);
    if (status == NDUP_EXIT_DONE && *complete && c->plan.leaks && c->cli->settings.update_baseline == 0)
        status = run_leaks(c, complete);
    return status;
}

/* ---- what comes of it -------------------------------------------------------------------------------------------- */

static bool nothing_in(const struct check_command *c, const char *what, const char *name)
{
    ndup_msg_error(&c->cli->msg, "cannot check %s%.60s%s: no document was found", what, name, *name != '\0' ? "'" : "");
    return true;
}

/* A rule that saw no document is kept, and says nothing: a misspelt field or an empty folder would pass. */
static bool saw_nothing(const struct check_command *c)
{
    const neardup_summary *s = c->plan.main ? neardup_job_summary(c->main.job) : NULL;
    const neardup_summary *runs[] = {s, c->leaks.job != NULL ? neardup_job_summary(c->leaks.job) : NULL};
    for (size_t i = 0; i < 2; i++) {
        /* --max-invalid counts records, and one can hide most of a file. */
        const neardup_summary *run = runs[i];
        if (run != NULL && (double)run->garbled_bytes > c->cli->settings.job.max_unreadable * (double)run->text_bytes) {
            ndup_msg_error(&c->cli->msg, "cannot check the inputs: %s of %s could not be understood",
                           ndup_number_bytes(run->garbled_bytes).text, ndup_number_bytes(run->text_bytes).text);
            return true;
        }
    }
    if (s != NULL && s->documents == 0)
        return nothing_in(c, "the inputs", "");
    if (s != NULL && c->cli->settings.reference.count > 0 && s->reference_documents == 0)
        return nothing_in(c, "the reference", "");
    for (size_t i = 0; c->leaking.split_documents != NULL && i < c->splits.count; i++) {
        if (c->leaking.split_documents[i] == 0)
            return nothing_in(c, "split '", c->splits.names[i]);
    }
    return false;
}

static int give_verdict(struct check_command *c)
{
    struct ndup_cli *cli = c->cli;
    struct ndup_check_result result;
    neardup_error err = {.message = ""};
    const struct ndup_check_runs runs = {.main = c->plan.main ? neardup_job_summary(c->main.job) : NULL,
                                         .leaks = c->plan.leaks ? neardup_job_summary(c->leaks.job) : NULL,
                                         .apart = c->plan.own_inputs,
                                         .split_documents = c->leaking.split_documents,
                                         .split_short = c->leaking.split_short,
                                         .leak_ngram = c->leaking.profile.ngram,
                                         .options = &c->main.options};
    if (!said(c, ndup_check_finish(&c->check, &runs, &result, &err), &err))
        return NDUP_EXIT_TROUBLE;
    if (result.passed && saw_nothing(c)) {
        ndup_check_result_free(&result);
        return NDUP_EXIT_TROUBLE;
    }
    if (!result.passed && c->plan.by_default)
        ndup_msg_note(&cli->msg, "no rule was given, so no duplicate is allowed; %s 1%% allows some",
                      c->check.limits[NDUP_RULE_REPETITION].given ? "--max-repetition" : "--max-duplicate-rate");
    result.colour = (enum ndup_term_when)cli->settings.colour;
    if (!make_places_relative(&result)) {
        ndup_msg_error(&cli->msg, "out of memory");
        ndup_check_result_free(&result);
        return NDUP_EXIT_TROUBLE;
    }
    int status = write_reports(&c->reports, cli, &result);
    if (status == NDUP_EXIT_DONE && !result.passed && cli->settings.exit_zero == 0)
        status = NDUP_EXIT_VIOLATED;
    ndup_check_result_free(&result);
    return status;
}

/* One that exists was read as a baseline, so that it is an earlier output. */
static bool is_baseline(const void *context, const char *path)
{
    (void)context;
    (void)path;
    return true;
}

static bool open_baseline(const struct check_command *c, struct ndup_outfile *file, const char *path)
{
    const struct ndup_replace_rule rule = {.replace = true, .is_output = is_baseline};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (collect_reads(&reads, c->cli, &c->splits, c->config.path, &err) == NEARDUP_OK)
        good = ndup_outfile_open(file, path, &reads, &rule, &c->cli->msg);
    else
        ndup_msg_error(&c->cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

static int update_baseline(struct check_command *c)
{
    const struct ndup_cli *cli = c->cli;
    const char *path = cli->settings.baseline;
    struct ndup_outfile file;
    if (saw_nothing(c)) {
        ndup_msg_hint(&cli->msg, "the baseline was not changed");
        return NDUP_EXIT_TROUBLE;
    }
    if (!open_baseline(c, &file, path))
        return NDUP_EXIT_TROUBLE;
    struct ndup_buf text = NDUP_BUF_INIT;
    errno = 0;
    bool written = ndup_baseline_write(&text, &c->check.contents, c->head.data) &&
                   fwrite(text.data, 1, text.len, file.stream) == text.len;
    ndup_buf_free(&text);
    if (!written) {
        ndup_msg_error(&cli->msg, "cannot write baseline '%s': %s", path, strerror(errno != 0 ? errno : ENOMEM));
        ndup_outfile_discard(&file);
        return NDUP_EXIT_TROUBLE;
    }
    if (!ndup_outfile_commit(&file, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    const struct ndup_baseline_changes n = ndup_baseline_compare(&c->check.contents);
    uint64_t total = n.kept + n.added;
    printf("baseline written: %s duplicated text%s (%s added, %s removed, %s changed, %s unchanged)\n",
           ndup_number_group(total).text, total == 1 ? "" : "s", ndup_number_group(n.added).text,
           ndup_number_group(n.removed).text, ndup_number_group(n.changed).text,
           ndup_number_group(n.kept - n.changed).text);
    return NDUP_EXIT_DONE;
}

static bool skipping_helps(const struct check_command *c)
{
    const struct ndup_runjob *run = c->leaks.job != NULL ? &c->leaks : &c->main;
    return run->job != NULL && run->options.binary == NEARDUP_BINARY_ERROR_DATA &&
           neardup_job_summary(run->job)->unread_data_files > 0;
}

static int work(struct check_command *c)
{
    bool complete;
    int status = run_all(c, &complete);
    if (!complete)
        return status;
    /* Half of the files would pass where the whole fails, and what is in the others would be new tomorrow. */
    if (status != NDUP_EXIT_DONE && !c->cli->broken_pipe)
        ndup_msg_hint(&c->cli->msg, c->cli->settings.update_baseline != 0
                                        ? "the baseline was not changed"
                                        : "no verdict: some inputs could not be read");
    if (status != NDUP_EXIT_DONE && skipping_helps(c))
        ndup_msg_hint(&c->cli->msg, "--binary skip leaves such files out if they are in a folder that you name");
    if (status != NDUP_EXIT_DONE)
        return status;
    return c->cli->settings.update_baseline != 0 ? update_baseline(c) : give_verdict(c);
}

int ndup_cmd_check(struct ndup_cli *cli)
{
    struct check_command c = {.cli = cli};
    int status = NDUP_EXIT_TROUBLE;
    /* What was not read is not passed. The configuration may say otherwise. */
    if (!was_given(cli, "binary"))
        cli->settings.job.binary = NEARDUP_BINARY_ERROR_DATA;
    bool configured = ndup_config_read(&c.config, cli);
    ndup_check_init(&c.check, (size_t)cli->settings.max_findings);
    if (configured) {
        cli->msg.verbosity = cli->settings.verbosity;
        cli->msg.colour = ndup_term_colour(stderr, (enum ndup_term_when)cli->settings.colour);
        ndup_command_apply_preset(cli);
        if (cli->settings.print_config != 0) {
            bool good = ndup_config_print(stdout, cli);
            if (!good)
                ndup_msg_error(&cli->msg, "cannot print the settings: %s", strerror(errno));
            status = good ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
        } else if (prepare(&c))
            status = work(&c);
    }
    close_reports(&c.reports);
    ndup_runjob_close(&c.main);
    ndup_runjob_close(&c.leaks);
    ndup_check_free(&c.check);
    ndup_check_splits_free(&c.splits);
    free(c.leaking.split_documents);
    free(c.leaking.split_tokens);
    free(c.leaking.split_short);
    ndup_buf_free(&c.head);
    ndup_check_paths_free(&c.paths);
    ndup_config_free(&c.config);
    return status;
}
