/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/guard.h"

#include "base/mem.h"
#include "report/reporter.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_BYTES 4096

/* ---- earlier reports ---- */

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

static bool is_report(const char *path)
{
    char head[HEAD_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0)
        close(fd);
    return length >= 0 && looks_like_report(head, (size_t)length);
}

/* ---- places ---- */

/* The path with its folder resolved; the name itself may be a link. NULL: it cannot be told. */
static char *place_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    char *real = folder != NULL ? realpath(folder, NULL) : NULL, *place = NULL;
    if (real != NULL && asprintf(&place, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name) < 0)
        place = NULL;
    free(folder);
    free(real);
    return place;
}

/* Names that begin with a dot are passed over below a folder. */
static bool is_below(const char *place, const char *folder)
{
    size_t length = strlen(folder);
    if (place == NULL || strncmp(place, folder, length) != 0)
        return false;
    const char *rest = place + length;
    if (length > 0 && folder[length - 1] == '/')
        rest--; /* the root */
    return *rest == '/' && strstr(rest, "/.") == NULL;
}

bool ndup_guard_init(struct ndup_guard *guard, const char *output)
{
    *guard = (struct ndup_guard){.report = false};
    if (output == NULL || strcmp(output, "-") == 0 || stat(output, &guard->file) != 0 || !S_ISREG(guard->file.st_mode))
        return false;
    guard->place = place_of(output);
    guard->resolved = realpath(output, NULL);
    guard->report = is_report(output);
    return true;
}

void ndup_guard_free(struct ndup_guard *guard)
{
    free(guard->place);
    free(guard->resolved);
    *guard = (struct ndup_guard){.report = false};
}

bool ndup_guard_refuse(const char *output, const char *what, const struct ndup_msg *msg)
{
    ndup_msg_error(msg, "output file '%s' would replace %s", output, what);
    ndup_msg_hint(msg, "choose another name: what is read is not replaced, not even with --force");
    return false;
}

bool ndup_guard_is(const struct ndup_guard *guard, const char *path)
{
    struct stat status;
    return path != NULL && stat(path, &status) == 0 && status.st_dev == guard->file.st_dev &&
           status.st_ino == guard->file.st_ino;
}

bool ndup_guard_reads(const struct ndup_guard *guard, const char *path)
{
    struct stat status;
    if (ndup_guard_is(guard, path))
        return true;
    if (guard->report || path == NULL || stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return false;
    char *folder = realpath(path, NULL);
    bool below = folder != NULL && (is_below(guard->place, folder) || is_below(guard->resolved, folder));
    free(folder);
    return below;
}
