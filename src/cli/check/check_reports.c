/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_reports.h"

#include "base/mem.h"
#include "cli/check/check_replaced.h"
#include "cli/opt.h"

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

/* The status of the folder that the path stands in. */
static bool folder_of(const char *path, struct stat *status)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    bool found = folder != NULL && stat(folder, status) == 0;
    free(folder);
    return found;
}

/* One name in one folder, however the folder is written. The file need not be there yet. */
static bool same_place(const char *a, const char *b)
{
    struct stat in_a, in_b;
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    if (strcmp(a, b) == 0)
        return true;
    return strcmp(a, "-") != 0 && strcmp(b, "-") != 0 &&
           strcmp(slash_a != NULL ? slash_a + 1 : a, slash_b != NULL ? slash_b + 1 : b) == 0 && folder_of(a, &in_a) &&
           folder_of(b, &in_b) && in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino;
}

/* The report that goes to this path already; NULL: none does. */
static const struct ndup_check_output *writes_to(const struct ndup_check_reports *reports, const char *path)
{
    for (size_t i = 0; i < reports->count; i++) {
        const char *other = reports->outputs[i].file.path;
        if (same_place(other != NULL ? other : "-", path))
            return &reports->outputs[i];
    }
    return NULL;
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

static bool open_one(struct ndup_check_reports *reports, struct ndup_cli *cli, const struct ndup_check_splits *splits,
                     const char *config, const char *text)
{
    struct ndup_check_output *output = &reports->outputs[reports->count];
    struct stat status;
    const char *path = NULL;
    output->reporter = ndup_check_report_format(text, &path, cli);
    if (output->reporter == NULL || !ndup_check_may_replace(output->reporter, path, cli, splits, config))
        return false;
    bool standard = strcmp(path, "-") == 0, exists = !standard && stat(path, &status) == 0;
    const struct ndup_check_output *other = writes_to(reports, path);
    if (other != NULL && other->reporter == output->reporter)
        return true; /* asked for twice */
    if (other != NULL && (!exists || S_ISREG(status.st_mode))) {
        ndup_msg_error(&cli->msg, "two reports would go to %s%s%s", standard ? "standard output" : "'",
                       standard ? "" : path, standard ? "" : "'");
        return false;
    }
    if (!ndup_outfile_replace(&output->file, path, &cli->msg))
        return false;
    reports->count++;
    return true;
}

static bool open_all(struct ndup_check_reports *reports, struct ndup_cli *cli, const struct ndup_check_splits *splits,
                     const char *config, const struct ndup_opt_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!open_one(reports, cli, splits, config, list->items[i]))
            return false;
    }
    return true;
}

bool ndup_check_reports_open(struct ndup_check_reports *reports, struct ndup_cli *cli,
                             const struct ndup_check_splits *splits, const char *config)
{
    const struct ndup_settings *s = &cli->settings;
    size_t most = s->reports.count + s->more_reports.count + 1;
    *reports = (struct ndup_check_reports){.outputs = ndup_calloc(most, sizeof *reports->outputs)};
    if (reports->outputs == NULL) {
        ndup_msg_error(&cli->msg, "out of memory");
        return false;
    }
    if (!open_all(reports, cli, splits, config, &s->reports) ||
        !open_all(reports, cli, splits, config, &s->more_reports))
        return false;
    if (writes_to(reports, "-") == NULL)
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
