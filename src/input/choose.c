/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/choose.h"

#include "base/error.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- .gitignore files ---- */

/* Git does not read longer ones either. */
#define IGNORE_BYTES ((off_t)100 << 20)

/* Reads the whole file into `to`. Status OK and *found false: there is none. Like git, no link is followed. */
static neardup_status read_file(const char *path, struct ndup_buf *to, bool *found, neardup_error *err)
{
    struct stat info;
    *found = false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR))
        return NEARDUP_OK;
    if (fd < 0)
        return ndup_fail_errno(err, errno, "cannot read '%.300s'", path);
    neardup_status status = NEARDUP_OK;
    size_t got = 0;
    int reason = 0;
    if (fstat(fd, &info) != 0)
        reason = errno;
    else if (!S_ISREG(info.st_mode))
        info.st_size = -1;
    else if (info.st_size > IGNORE_BYTES)
        status = ndup_fail(err, NEARDUP_E_LIMIT, "cannot read '%.300s': it is longer than 100 MB", path);
    else if (!ndup_buf_reserve(to, (size_t)info.st_size + 1))
        status = ndup_fail_nomem(err);
    else
        reason = ndup_io_pread(fd, to->data, (size_t)info.st_size, 0, &got);
    close(fd);
    if (reason != 0)
        return ndup_fail_errno(err, reason, "cannot read '%.300s'", path);
    to->len = got;
    *found = status == NEARDUP_OK && info.st_size >= 0;
    return status;
}

static neardup_status read_ignore(struct ndup_ignore *ignore, const char *folder, bool *found, neardup_error *err)
{
    char *path;
    struct ndup_buf bytes = NDUP_BUF_INIT;
    if (asprintf(&path, "%s/.gitignore", folder) < 0)
        return ndup_fail_nomem(err);
    neardup_status status = read_file(path, &bytes, found, err);
    if (*found && !ndup_patterns_read(&ignore->patterns, bytes.data, bytes.len))
        status = ndup_fail_nomem(err);
    ndup_buf_free(&bytes);
    free(path);
    return status;
}

neardup_status ndup_ignore_read(struct ndup_ignore **out, struct ndup_ignore *up, const char *folder, size_t skip,
                                neardup_error *err)
{
    bool found;
    *out = up;
    struct ndup_ignore *ignore = ndup_calloc(1, sizeof *ignore);
    if (ignore == NULL)
        return ndup_fail_nomem(err);
    ignore->up = up;
    ignore->skip = skip;
    neardup_status status = read_ignore(ignore, folder, &found, err);
    if (status == NEARDUP_OK && found)
        *out = ignore;
    else
        ndup_ignore_free(ignore, up);
    return status;
}

static neardup_status look_for_git(const char *folder, bool *found, neardup_error *err)
{
    char *path;
    if (asprintf(&path, "%s/.git", folder) < 0)
        return ndup_fail_nomem(err);
    *found = access(path, F_OK) == 0;
    free(path);
    return NEARDUP_OK;
}

/* Adds the .gitignore files of the folders from root[0 .. length) down to the one before `end` of the path. */
static neardup_status read_outer(struct ndup_ignore **out, const char *path, size_t length, neardup_error *err)
{
    while (path[length] != '\0') {
        char *folder = strndup(path, length), *prefix = strdup(path + length + 1);
        struct ndup_ignore *up = *out;
        neardup_status status =
            folder != NULL && prefix != NULL ? ndup_ignore_read(out, up, folder, 0, err) : ndup_fail_nomem(err);
        free(folder);
        if (status != NEARDUP_OK || *out == up)
            free(prefix);
        else
            (*out)->prefix = prefix;
        NDUP_TRY(status);
        length += 1 + strcspn(path + length + 1, "/");
    }
    return NEARDUP_OK;
}

neardup_status ndup_ignore_find_outer(struct ndup_ignore **out, const char *folder, neardup_error *err)
{
    *out = NULL;
    char *path = realpath(folder, NULL);
    if (path == NULL)
        return ndup_fail_errno(err, errno, "cannot look for .gitignore files around '%.300s'", folder);
    char *part = strdup(path);
    size_t length = strlen(path);
    bool found = false;
    neardup_status status = part != NULL ? look_for_git(part, &found, err) : ndup_fail_nomem(err);
    while (status == NEARDUP_OK && !found && length > 0) {
        while (length > 0 && path[length - 1] != '/')
            length--;
        length -= length > 0;
        part[length] = '\0';
        status = look_for_git(part, &found, err);
    }
    free(part);
    if (found)
        status = read_outer(out, path, length, err);
    free(path);
    if (status != NEARDUP_OK) {
        ndup_ignore_free(*out, NULL);
        *out = NULL;
    }
    return status;
}

void ndup_ignore_free(struct ndup_ignore *ignore, const struct ndup_ignore *until)
{
    while (ignore != until && ignore != NULL) {
        struct ndup_ignore *up = ignore->up;
        ndup_patterns_free(&ignore->patterns);
        free(ignore->prefix);
        free(ignore);
        ignore = up;
    }
}

/* ---- choosing ---- */

void ndup_chooser_free(struct ndup_chooser *chooser)
{
    ndup_patterns_free(&chooser->include);
    ndup_patterns_free(&chooser->exclude);
}

bool ndup_chooser_is_needed(const struct ndup_chooser *chooser)
{
    return chooser->include.count > 0 || chooser->exclude.count > 0 || chooser->gitignore;
}

/* The innermost file with a pattern that matches decides, and in it the last pattern. */
static neardup_status is_ignored(const struct ndup_ignore *ignore, const char *path, bool is_folder, bool *yes,
                                 neardup_error *err)
{
    const struct ndup_pattern *found = NULL;
    for (; ignore != NULL && found == NULL; ignore = ignore->up) {
        char *whole = NULL;
        if (ignore->prefix != NULL && asprintf(&whole, "%s/%s", ignore->prefix, path) < 0)
            return ndup_fail_nomem(err);
        found = ndup_patterns_match(&ignore->patterns, whole != NULL ? whole : path + ignore->skip, is_folder);
        free(whole);
    }
    *yes = found != NULL && !found->negative;
    return NEARDUP_OK;
}

neardup_status ndup_choose(const struct ndup_chooser *chooser, const struct ndup_ignore *ignore, const char *path,
                           bool is_folder, bool is_link, enum ndup_choice *choice, neardup_error *err)
{
    bool ignored = false;
    *choice = NDUP_CHOSEN;
    if (chooser->gitignore)
        NDUP_TRY(is_ignored(ignore, path, is_folder && !is_link, &ignored, err));
    if (ignored)
        *choice = NDUP_IGNORED;
    else if (ndup_patterns_match(&chooser->exclude, path, is_folder) != NULL)
        *choice = NDUP_EXCLUDED;
    if (*choice != NDUP_CHOSEN || is_folder || chooser->include.count == 0)
        return NEARDUP_OK;
    if (ndup_patterns_match_file(&chooser->include, path) == NULL)
        *choice = NDUP_NOT_INCLUDED;
    return NEARDUP_OK;
}
