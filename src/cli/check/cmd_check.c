/* SPDX-License-Identifier: MIT
 * check: the runs are made here, what they tell becomes a verdict in src/check. */
#include "base/platform.h"

#include "base/mem.h"
#include "check/baseline.h"
#include "check/check.h"
#include "cli/config.h"
#include "cli/check/check_paths.h"
#include "cli/check/check_policy.h"
#include "cli/check/check_relate.h"
#include "cli/check/check_reports.h"
#include "cli/check/check_splits.h"
#include "cli/command.h"
#include "cli/runjob.h"
#include "term/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits of the main run; of those of the dataset it needs nothing. */
static const char inputs_split[] = "inputs", allowed_split[] = "allowed texts";
enum { INPUTS, ALLOWED };

struct command {
    struct ndup_cli *cli;
    struct ndup_check check;
    struct ndup_check_plan plan;
    struct ndup_config config;
    struct ndup_check_paths paths;
    struct ndup_check_splits splits;
    struct ndup_check_reports reports;
    struct ndup_runjob main, leaks;
    neardup_leak_options leaking;
    struct ndup_buf head; /* first line of the baseline */
};

static bool said(const struct command *c, neardup_status status, const neardup_error *err)
{
    if (status != NEARDUP_OK)
        ndup_msg_error(&c->cli->msg, "%s", err->message);
    return status == NEARDUP_OK;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_runjob *run = context;
    struct command *c = run->owner;
    return ndup_check_cluster(&c->check, cluster, neardup_job_summary(run->job));
}

static bool on_spared(void *context, const neardup_pair *pair)
{
    struct ndup_runjob *run = context;
    struct command *c = run->owner;
    return ndup_check_spared(&c->check, pair);
}

static bool on_leak(void *context, const neardup_leak *leak)
{
    return ndup_check_leak(context, leak);
}

static bool find_record(struct ndup_runjob *run, enum ndup_rule rule, const char *file, uint64_t line,
                        const char *message)
{
    struct command *c = run->owner;
    const char *path = neardup_job_path(run->job, file);
    bool named = path != NULL && strcmp(path, "-") != 0;
    return !c->check.limits[rule].given || ndup_check_bad_record(&c->check, rule, named ? path : file, line, message);
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

static neardup_status add_operands(struct command *c, neardup_job *job, neardup_error *err)
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
        if (format != NULL && text[length] == ':' && ndup_check_is_report(format, text + length + 1))
            status = neardup_job_exclude(job, text + length + 1, err);
    }
    return status;
}

/* What a check reads and writes beside its inputs is no part of them, wherever it lies. */
static neardup_status exclude_own(const struct command *c, neardup_job *job, neardup_error *err)
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
    struct command *c = run->owner;
    const struct ndup_settings *s = &c->cli->settings;
    neardup_error err = {.message = ""};
    neardup_status status = neardup_job_begin_split(run->job, inputs_split, &err);
    if (status == NEARDUP_OK)
        status = exclude_own(c, run->job, &err);
    if (status == NEARDUP_OK)
        status = add_operands(c, run->job, &err);
    /* Allowed texts before the reference: where a text stands in both it is allowed. */
    if (status == NEARDUP_OK)
        status = add_references(run->job, allowed_split, &s->allow_texts, &err);
    if (status == NEARDUP_OK)
        status = add_references(run->job, "reference", &s->reference, &err);
    return said(c, status, &err);
}

static bool add_splits(struct ndup_runjob *run)
{
    struct command *c = run->owner;
    neardup_error err = {.message = ""};
    return said(c, exclude_own(c, run->job, &err), &err) && ndup_check_splits_add(&c->splits, run->job, c->cli);
}

/* ---- preparations ------------------------------------------------------------------------------------------------ */

static bool read_allowed(struct command *c)
{
    const struct ndup_opt_list *list = &c->cli->settings.allow;
    neardup_error err = {.message = ""};
    for (size_t i = 0; i < list->count; i++) {
        if (!said(c, ndup_allow_read(&c->check.allowed, list->items[i], &err), &err))
            return false;
    }
    return true;
}

static bool read_baseline(struct command *c)
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
        ndup_msg_hint(&c->cli->msg, "--update-baseline makes it, of the duplicates that are there now");
    else if (status == NEARDUP_E_ARG)
        ndup_msg_hint(&c->cli->msg, "check with the options of the baseline, or make it anew with --update-baseline");
    else if (status == NEARDUP_E_FORMAT)
        ndup_msg_hint(&c->cli->msg, "if it is one that was damaged, remove it and make it anew with --update-baseline");
    return false;
}

static bool prepare(struct command *c)
{
    struct ndup_cli *cli = c->cli;
    const struct ndup_settings *s = &cli->settings;
    if (!ndup_check_paths_expand(&c->paths, cli, c->config.input_count > 0 ? c->config.path : NULL) ||
        !ndup_check_policy(cli, &c->plan) || !ndup_check_splits_read(&c->splits, cli) ||
        (c->plan.main && !c->plan.own_inputs && !ndup_check_splits_reread(&c->splits, cli)) ||
        !ndup_runjob_init(&c->main, cli))
        return false;
    /* Then moved files change nothing; documents alone are told whoever stays. */
    if (s->baseline != NULL && s->keep_given == 0 && c->main.options.units > NEARDUP_UNIT_DOCUMENT)
        c->main.options.keep = NEARDUP_KEEP_CONTENT;
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
    c->main.callbacks.near_miss = s->baseline != NULL ? on_spared : NULL;
    c->main.add_inputs = add_inputs;
    c->leaks.add_inputs = add_splits;
    c->leaks.leaking = &c->leaking;
    c->leaking = (neardup_leak_options)NEARDUP_LEAK_OPTIONS_INIT;
    c->leaking.profile = (neardup_profile){c->main.options.profile.tokens, (unsigned)s->leak_ngram};
    c->leaking.containment = s->leak_containment;
    c->leaking.context = &c->check;
    c->leaking.leak = on_leak;
    return read_allowed(c) && read_baseline(c) &&
           (s->update_baseline != 0 || ndup_check_reports_open(&c->reports, cli, &c->splits, c->config.path));
}

/* ---- the runs ---------------------------------------------------------------------------------------------------- */

/* DONE or TROUBLE; *complete: there is a result. */
static int run_one(struct command *c, struct ndup_runjob *run, bool *complete)
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

static int run_leaks(struct command *c, bool *complete)
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
static int run_all(struct command *c, bool *complete)
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

static bool nothing_in(const struct command *c, const char *what, const char *name)
{
    ndup_msg_error(&c->cli->msg, "there is no document in %s%.60s%s: nothing was checked", what, name,
                   *name != '\0' ? "'" : "");
    return true;
}

/* A rule that saw no document is kept, and says nothing: a misspelt field or an empty folder would pass. */
static bool saw_nothing(const struct command *c)
{
    const neardup_summary *s = c->plan.main ? neardup_job_summary(c->main.job) : NULL;
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

static int give_verdict(struct command *c)
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
        ndup_msg_note(&cli->msg, "no rule was given, so that nothing may repeat; %s 1%% allows some",
                      c->check.limits[NDUP_RULE_REPETITION].given ? "--max-repetition" : "--max-duplicate-rate");
    result.colour = (enum ndup_term_when)cli->settings.colour;
    if (!ndup_check_relate(&result)) {
        ndup_msg_error(&cli->msg, "out of memory");
        ndup_check_result_free(&result);
        return NDUP_EXIT_TROUBLE;
    }
    int status = ndup_check_reports_write(&c->reports, cli, &result);
    if (status == NDUP_EXIT_DONE && !result.passed && cli->settings.exit_zero == 0)
        status = NDUP_EXIT_VIOLATED;
    ndup_check_result_free(&result);
    return status;
}

struct changes {
    uint64_t kept, added, removed, changed;
};

static struct changes compare(const struct ndup_contents *contents)
{
    struct changes n = {0, 0, 0, 0};
    for (size_t i = 0; i < contents->capacity; i++) {
        const struct ndup_content_count *entry = &contents->slots[i];
        n.kept += entry->before > 0 && entry->now > 0;
        n.added += entry->before == 0 && entry->now > 0;
        n.removed += entry->before > 0 && entry->now == 0;
        n.changed += entry->before > 0 && entry->now > 0 && entry->before != entry->now;
    }
    return n;
}

/* One that exists was read as a baseline, so that it is an earlier output. */
static bool is_baseline(const void *context, const char *path)
{
    (void)context;
    (void)path;
    return true;
}

static bool open_baseline(const struct command *c, struct ndup_outfile *file, const char *path)
{
    const struct ndup_replace_rule rule = {.replace = true, .is_output = is_baseline};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (ndup_check_reads(&reads, c->cli, &c->splits, c->config.path, &err) == NEARDUP_OK)
        good = ndup_outfile_open(file, path, &reads, &rule, &c->cli->msg);
    else
        ndup_msg_error(&c->cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

static int update_baseline(struct command *c)
{
    const struct ndup_cli *cli = c->cli;
    const char *path = cli->settings.baseline;
    struct ndup_outfile file;
    if (saw_nothing(c)) {
        ndup_msg_hint(&cli->msg, "the baseline is left as it was");
        return NDUP_EXIT_TROUBLE;
    }
    if (!open_baseline(c, &file, path))
        return NDUP_EXIT_TROUBLE;
    errno = 0;
    if (!ndup_baseline_write(file.stream, &c->check.contents, c->head.data)) {
        ndup_msg_error(&cli->msg, "cannot write baseline '%s': %s", path, strerror(errno != 0 ? errno : ENOMEM));
        ndup_outfile_discard(&file);
        return NDUP_EXIT_TROUBLE;
    }
    if (!ndup_outfile_commit(&file, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    struct changes n = compare(&c->check.contents);
    printf("baseline: %s contents that repeat; %s added, %s removed, %s with other counts, %s as before\n",
           ndup_number_group(n.kept + n.added).text, ndup_number_group(n.added).text, ndup_number_group(n.removed).text,
           ndup_number_group(n.changed).text, ndup_number_group(n.kept - n.changed).text);
    return NDUP_EXIT_DONE;
}

static int work(struct command *c)
{
    bool complete;
    int status = run_all(c, &complete);
    if (!complete)
        return status;
    /* Half of the files would pass where the whole fails, and what is in the others would be new tomorrow. */
    if (status != NDUP_EXIT_DONE && !c->cli->broken_pipe)
        ndup_msg_hint(&c->cli->msg, c->cli->settings.update_baseline != 0
                                        ? "the baseline is left as it was"
                                        : "there is no verdict on part of the inputs");
    if (status != NDUP_EXIT_DONE)
        return status;
    return c->cli->settings.update_baseline != 0 ? update_baseline(c) : give_verdict(c);
}

int ndup_cmd_check(struct ndup_cli *cli)
{
    struct command c = {.cli = cli};
    int status = NDUP_EXIT_TROUBLE;
    bool configured = ndup_config_read(&c.config, cli);
    ndup_check_init(&c.check, (size_t)cli->settings.max_findings);
    if (configured) {
        cli->msg.verbosity = cli->settings.verbosity;
        cli->msg.colour = ndup_term_colour(stderr, (enum ndup_term_when)cli->settings.colour);
        if (cli->settings.print_config != 0)
            status = ndup_config_print(stdout, cli) ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
        else if (prepare(&c))
            status = work(&c);
    }
    ndup_check_reports_close(&c.reports);
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
