/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_replaced.h"

#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- earlier reports --------------------------------------------------------------------------------------------- */

bool ndup_check_is_report(const struct ndup_reporter *reporter, const char *path)
{
    /* Not from the heap: for want of memory an earlier report would be read as an input. */
    static char head[NDUP_REPORTER_HEAD];
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
    return good && ndup_reporter_wrote(reporter, head, length);
}

/* ---- files of the check ------------------------------------------------------------------------------------------ */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

struct folder { /* on the way to where the search is */
    const struct folder *up;
    const struct stat *status;
};

static bool lies_in(const char *path, const struct stat *status, const struct folder *up, const struct stat *report);

static bool is_above(const struct folder *folder, const struct stat *status)
{
    for (; folder != NULL; folder = folder->up) {
        if (is_same(folder->status, status))
            return true;
    }
    return false;
}

static bool entry_holds(const char *path, const char *name, const struct folder *at, const struct stat *report)
{
    struct ndup_buf full = NDUP_BUF_INIT;
    struct stat status;
    ndup_buf_printf(&full, "%s/%s", path, name);
    bool found = full.failed; /* for want of memory: it may be so */
    if (!found && stat(full.data, &status) == 0)
        found = is_same(&status, report) || (S_ISDIR(status.st_mode) && lies_in(full.data, &status, at, report));
    ndup_buf_free(&full);
    return found;
}

/* Whether the report is a file at any depth of the folder, also behind links. All of it is searched, so this is asked only
 * about a file that is no earlier report. */
static bool lies_in(const char *path, const struct stat *status, const struct folder *up, const struct stat *report)
{
    const struct folder here = {up, status};
    bool found = false;
    if (is_above(up, status))
        return false;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno == ENOMEM || errno == EMFILE || errno == ENFILE; /* it may be so */
    for (const struct dirent *entry; !found && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            found = entry_holds(path, entry->d_name, &here, report);
    }
    closedir(dir);
    return found;
}

static bool is_file(const char *path, const struct stat *report)
{
    struct stat status;
    return path != NULL && stat(path, &status) == 0 && is_same(&status, report);
}

static bool holds_file(const char *path, const struct stat *report)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) && lies_in(path, &status, NULL, report);
}

typedef bool looks(const char *path, const struct stat *report);

/* What the report is for the check, as `looks` sees it: one of its paths, or a file in one. NULL: nothing. */
static const char *what_it_is(looks *at, const struct ndup_cli *cli, const struct ndup_check_splits *splits,
                              const struct stat *report)
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
        if (at(cli->operands[i], report))
            return "an input";
    }
    for (size_t i = 0; i < splits->path_count; i++) {
        if (at(splits->paths[i].path, report))
            return "an input";
    }
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        for (size_t i = 0; i < lists[l].list->count; i++) {
            if (at(lists[l].list->items[i], report))
                return lists[l].what;
        }
    }
    return NULL;
}

/* What is named by itself is none of the check's to write, whatever is in it. */
static const char *what_is_named(const struct ndup_cli *cli, const struct ndup_check_splits *splits, const char *config,
                                 const struct stat *report)
{
    const char *what = what_it_is(is_file, cli, splits, report);
    if (what != NULL)
        return what;
    if (is_file(config, report))
        return "the configuration";
    return is_file(cli->settings.baseline, report) ? "the baseline" : NULL;
}

bool ndup_check_may_replace(const struct ndup_reporter *reporter, const char *path, const struct ndup_cli *cli,
                            const struct ndup_check_splits *splits, const char *config)
{
    struct stat status;
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    const char *what = what_is_named(cli, splits, config, &status);
    bool named = what != NULL;
    if (!named && ndup_check_is_report(reporter, path))
        return true;
    /* A list of inputs may be a pipe that can be read once only: any file may be on it. */
    if (!named)
        what = cli->settings.files_from.count > 0 ? "a file that may be an input"
                                                  : what_it_is(holds_file, cli, splits, &status);
    if (what == NULL)
        return true;
    ndup_msg_error(&cli->msg, "report '%s' would replace %s", path, what);
    if (!named)
        ndup_msg_hint(&cli->msg, "it is no earlier %s report: choose another name, or remove it first", reporter->name);
    return false;
}
