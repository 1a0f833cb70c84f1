/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_reports.h"

#include "base/mem.h"
#include "cli/guard.h"
#include "cli/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_FORMATS 16

static void unknown_format(const struct ndup_cli *cli, const char *name)
{
    const char *names[MOST_FORMATS];
    char all[200] = "";
    size_t count = 0, used = 0;
    for (const struct ndup_reporter *r = ndup_reporters; r->name != NULL && count < MOST_FORMATS; r++) {
        names[count++] = r->name;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", used == 0 ? "" : ", ", r->name);
    }
    const char *nearest = ndup_suggest_nearest(name, names, count);
    ndup_msg_error(&cli->msg, "option '--report' does not know the format '%.60s'", name);
    ndup_msg_hint(&cli->msg, "%s%s%sit takes FORMAT:PATH with one of %s", nearest != NULL ? "did you mean '" : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "'? " : "", all);
}

/* A report that replaces what the check reads is a slip: the formats look like data. NULL: it does not. What lies below an
 * input is one unless it is an earlier report, as check leaves those out. */
static const char *what_it_replaces(const struct ndup_cli *cli, const struct ndup_check_splits *splits,
                                    const char *config, const struct ndup_guard *report)
{
    const struct ndup_settings *s = &cli->settings;
    const struct {
        const struct ndup_opt_list *list;
        const char *what;
    } lists[] = {{&s->files_from, "a list of inputs"},
                 {&s->reference, "the reference"},
                 {&s->allow, "an allow list"},
                 {&s->allow_texts, "allowed texts"}};
    for (int i = 0; i < cli->operand_count; i++) {
        if (ndup_guard_reads(report, cli->operands[i]))
            return "an input";
    }
    for (size_t i = 0; i < splits->path_count; i++) {
        if (ndup_guard_reads(report, splits->paths[i].path))
            return "an input";
    }
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        for (size_t i = 0; i < lists[l].list->count; i++) {
            if (ndup_guard_reads(report, lists[l].list->items[i]))
                return lists[l].what;
        }
    }
    if (ndup_guard_is(report, config))
        return "the configuration";
    if (ndup_guard_is(report, s->baseline))
        return "the baseline";
    /* What the lists name is known later. */
    return s->files_from.count > 0 && !report->report ? "a file that is no report, and may be an input" : NULL;
}

static bool is_written_twice(const struct ndup_check_reports *reports, const char *path)
{
    for (size_t i = 0; i < reports->count; i++) {
        const char *other = reports->outputs[i].file.path;
        if (other != NULL && strcmp(other, path) == 0)
            return true;
    }
    return false;
}

const struct ndup_reporter *ndup_check_report_format(const char *text, const char **path, const struct ndup_cli *cli)
{
    char name[64];
    size_t length = strcspn(text, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), text);
    const struct ndup_reporter *reporter = ndup_reporter_find(name);
    if (reporter == NULL) {
        unknown_format(cli, name);
        return NULL;
    }
    *path = text[length] == ':' ? text + length + 1 : "";
    if (**path != '\0')
        return reporter;
    ndup_msg_error(&cli->msg, "option '--report' needs FORMAT:PATH, not '%.60s'", text);
    ndup_msg_hint(&cli->msg, "%s:- is standard output", name);
    return NULL;
}

static bool open_one(const struct ndup_check_reports *reports, struct ndup_check_output *output, struct ndup_cli *cli,
                     const struct ndup_check_splits *splits, const char *config, const char *text)
{
    struct ndup_guard guard;
    struct stat status;
    const char *path = NULL;
    output->reporter = ndup_check_report_format(text, &path, cli);
    if (output->reporter == NULL)
        return false;
    bool exists = strcmp(path, "-") != 0 && stat(path, &status) == 0;
    const char *replaced = ndup_guard_init(&guard, path) ? what_it_replaces(cli, splits, config, &guard) : NULL;
    ndup_guard_free(&guard);
    if (replaced != NULL) {
        ndup_msg_error(&cli->msg, "report '%s' would replace %s", path, replaced);
        return false;
    }
    if ((!exists || S_ISREG(status.st_mode)) && is_written_twice(reports, path)) {
        ndup_msg_error(&cli->msg, "two reports would go to '%s'", path);
        return false;
    }
    return ndup_outfile_replace(&output->file, path, &cli->msg);
}

bool ndup_check_reports_open(struct ndup_check_reports *reports, struct ndup_cli *cli,
                             const struct ndup_check_splits *splits, const char *config)
{
    const struct ndup_opt_list *list = &cli->settings.reports;
    bool taken = false;
    *reports = (struct ndup_check_reports){.outputs = ndup_calloc(list->count + 1, sizeof *reports->outputs)};
    if (reports->outputs == NULL) {
        ndup_msg_error(&cli->msg, "out of memory");
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct ndup_check_output *output = &reports->outputs[reports->count];
        if (!open_one(reports, output, cli, splits, config, list->items[i]))
            return false;
        reports->count++;
        if (output->file.path == NULL && taken) {
            ndup_msg_error(&cli->msg, "two reports would go to standard output");
            return false;
        }
        taken = taken || output->file.path == NULL;
    }
    if (!taken)
        reports->outputs[reports->count++] = (struct ndup_check_output){ndup_reporter_find("text"), {.stream = stdout}};
    return true;
}

static int write_one(struct ndup_check_output *output, struct ndup_cli *cli, const struct ndup_check_result *result)
{
    errno = 0;
    bool good = output->reporter->write(output->file.stream, result);
    /* Now, while the reason of a failure is at hand. */
    if (good && output->file.path == NULL)
        good = fflush(output->file.stream) == 0;
    if (good)
        return ndup_outfile_commit(&output->file, &cli->msg) ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
    if (errno == EPIPE && output->file.path == NULL) {
        cli->broken_pipe = true;
        return NDUP_EXIT_DONE;
    }
    ndup_msg_error(&cli->msg, "cannot write the %s report: %s", output->reporter->name,
                   strerror(errno != 0 ? errno : ENOMEM));
    return NDUP_EXIT_TROUBLE;
}

int ndup_check_reports_write(struct ndup_check_reports *reports, struct ndup_cli *cli,
                             const struct ndup_check_result *result)
{
    int status = NDUP_EXIT_DONE;
    for (size_t i = 0; i < reports->count; i++) {
        if (write_one(&reports->outputs[i], cli, result) != NDUP_EXIT_DONE)
            status = NDUP_EXIT_TROUBLE;
    }
    return status;
}

void ndup_check_reports_close(struct ndup_check_reports *reports)
{
    for (size_t i = 0; i < reports->count; i++)
        ndup_outfile_discard(&reports->outputs[i].file);
    free(reports->outputs);
    *reports = (struct ndup_check_reports){NULL, 0};
}
