/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_reports.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ndup_check_is_report(const struct ndup_report_format *format, const char *path)
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
    return ndup_check_is_report(context, path);
}

/* ---- what is read, and so not replaced ---- */

static neardup_status add_list(struct ndup_reads *reads, const struct ndup_opt_list *list, const char *what,
                               neardup_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        NDUP_TRY(ndup_reads_add(reads, list->items[i], what, err));
    return NEARDUP_OK;
}

neardup_status ndup_check_reads(struct ndup_reads *reads, const struct ndup_cli *cli,
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

/* ---- opening ---- */

/* The report that goes to this path already; NULL: none does. */
static const struct ndup_check_output *writes_to(const struct ndup_check_reports *reports, const char *path)
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

static bool open_one(struct ndup_check_reports *reports, struct ndup_cli *cli, struct ndup_reads *reads,
                     const char *text)
{
    struct ndup_check_output *output = &reports->outputs[reports->count];
    struct stat status;
    const char *path = NULL;
    output->format = split_report(text, &path);
    if (output->format == NULL)
        return false;
    bool standard = strcmp(path, "-") == 0, exists = !standard && stat(path, &status) == 0;
    const struct ndup_check_output *other = writes_to(reports, path);
    if (other != NULL && other->format == output->format)
        return true; /* asked for twice */
    if (other != NULL && (!exists || S_ISREG(status.st_mode))) {
        ndup_msg_error(&cli->msg, "two reports would go to %s%s%s", standard ? "standard output" : "'",
                       standard ? "" : path, standard ? "" : "'");
        return false;
    }
    const struct ndup_replace_rule rule = {.replace = true, .is_output = is_report, .context = output->format};
    if (!ndup_outfile_open(&output->file, path, reads, &rule, &cli->msg))
        return false;
    reports->count++;
    return true;
}

static bool open_all(struct ndup_check_reports *reports, struct ndup_cli *cli, struct ndup_reads *reads,
                     const struct ndup_opt_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!open_one(reports, cli, reads, list->items[i]))
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
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    neardup_status status = ndup_check_reads(&reads, cli, splits, config, &err);
    if (status == NEARDUP_OK && s->baseline != NULL)
        status = ndup_reads_add(&reads, s->baseline, "the baseline", &err);
    if (status != NEARDUP_OK)
        ndup_msg_error(&cli->msg, "%s", err.message);
    bool good = status == NEARDUP_OK && open_all(reports, cli, &reads, &s->reports) &&
                open_all(reports, cli, &reads, &s->more_reports);
    ndup_reads_free(&reads);
    if (!good)
        return false;
    if (writes_to(reports, "-") == NULL)
        reports->outputs[reports->count++] = (struct ndup_check_output){&ndup_format_text, {.stream = stdout}};
    return true;
}

static int write_one(struct ndup_check_output *output, struct ndup_cli *cli, const struct ndup_check_result *result)
{
    errno = 0;
    bool good = output->format->write_check(output->file.stream, result);
    /* Now, while the reason of a failure is at hand. */
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
