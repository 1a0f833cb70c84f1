/* SPDX-License-Identifier: MIT
 * What is read is sorted by device and inode, and a question is a binary search: no comparison of paths could see
 * through links and mounts. A file is below a folder if one of the folders above it has the identity of that folder. */
#include "base/platform.h"

#include "output/may_write.h"

#include "base/error.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is read ---- */

static bool is_standard(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

/* Standard error, as a path that the system knows. */
static const char messages[] = "/dev/stderr";

neardup_status ndup_reads_add(struct ndup_reads *reads, const char *path, const char *what, neardup_error *err)
{
    struct stat status;
    if ((is_standard(path) ? fstat(STDIN_FILENO, &status) : stat(path, &status)) != 0)
        return NEARDUP_OK;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return NEARDUP_OK; /* a pipe or device is not replaced by what is written into it */
    char *copy = strdup(is_standard(path) ? "-" : path);
    if (copy == NULL || !ndup_grow(&reads->items, &reads->capacity, reads->count + 1, sizeof *reads->items)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    reads->items[reads->count++] =
        (struct ndup_read_path){copy, what, status.st_dev, status.st_ino, S_ISDIR(status.st_mode)};
    free(reads->by_identity);
    reads->by_identity = NULL;
    return NEARDUP_OK;
}

void ndup_reads_free(struct ndup_reads *reads)
{
    for (size_t i = 0; i < reads->count; i++)
        free(reads->items[i].path);
    free(reads->items);
    free(reads->by_identity);
    *reads = (struct ndup_reads){0};
}

static int compare_identity(dev_t a_device, ino_t a_inode, const struct ndup_read_path *b)
{
    if (a_device != b->device)
        return a_device < b->device ? -1 : 1;
    return (a_inode > b->inode) - (a_inode < b->inode);
}

static int by_identity(const void *left, const void *right, void *items)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    const struct ndup_read_path *all = items;
    int order = compare_identity(all[a].device, all[a].inode, &all[b]);
    return order != 0 ? order : (a > b) - (a < b);
}

static bool sort(struct ndup_reads *reads)
{
    if (reads->by_identity != NULL || reads->count == 0)
        return true;
    reads->by_identity = ndup_alloc(reads->count, sizeof *reads->by_identity);
    if (reads->by_identity == NULL)
        return false;
    for (size_t i = 0; i < reads->count; i++)
        reads->by_identity[i] = i;
    qsort_r(reads->by_identity, reads->count, sizeof *reads->by_identity, by_identity, reads->items);
    return true;
}

/* The file among what is read, by the first name that was given for it; NULL: it is not. A million inputs work as well. */
static const struct ndup_read_path *find(const struct ndup_reads *reads, const struct stat *status)
{
    size_t low = 0, high = reads->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_identity(status->st_dev, status->st_ino, &reads->items[reads->by_identity[middle]]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == reads->count)
        return NULL;
    const struct ndup_read_path *read = &reads->items[reads->by_identity[low]];
    return compare_identity(status->st_dev, status->st_ino, read) == 0 ? read : NULL;
}

/* ---- files in folders ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether one of the folders above the resolved path is the folder. Each is looked at by its own identity: a prefix of the path
 * would miss a folder that is mounted in two places. */
static bool is_below(char *resolved, const struct stat *folder)
{
    struct stat status;
    for (size_t length = strlen(resolved); length > 1;) {
        while (length > 1 && resolved[length - 1] != '/')
            length--;
        if (length > 1)
            length--; /* the slash, but not that of the root */
        resolved[length] = '\0';
        if (stat(length > 0 ? resolved : "/", &status) == 0 && is_same(&status, folder))
            return true;
    }
    return false;
}

/* The same for a path, with its last component resolved or not. */
static bool leads_below(const char *path, bool last, const struct stat *folder)
{
    const char *slash = strrchr(path, '/');
    char *resolved;
    if (last) {
        resolved = realpath(path, NULL);
    } else {
        char *parent = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        char *real = parent != NULL ? realpath(parent, NULL) : NULL;
        resolved = NULL;
        if (real != NULL && asprintf(&resolved, "%s/x", strcmp(real, "/") == 0 ? "" : real) < 0)
            resolved = NULL;
        free(parent);
        free(real);
    }
    bool below = resolved != NULL && is_below(resolved, folder);
    free(resolved);
    return below;
}

bool ndup_path_is_in(const char *path, const char *folder)
{
    struct stat status, own;
    if (stat(folder, &status) != 0)
        return false;
    if (stat(path, &own) == 0 && is_same(&own, &status))
        return true;
    if (leads_below(path, true, &status))
        return true;
    /* A link in the folder is in it, wherever it leads, and so is a name that is not there yet. */
    return (lstat(path, &own) != 0 || S_ISLNK(own.st_mode)) && leads_below(path, false, &status);
}

static bool folder_of(const char *path, struct stat *status)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    bool found = folder != NULL && stat(folder, status) == 0;
    free(folder);
    return found;
}

bool ndup_path_is_same(const char *a, const char *b)
{
    struct stat in_a, in_b;
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    if (strcmp(a, b) == 0)
        return true;
    return !is_standard(a) && !is_standard(b) &&
           strcmp(slash_a != NULL ? slash_a + 1 : a, slash_b != NULL ? slash_b + 1 : b) == 0 && folder_of(a, &in_a) &&
           folder_of(b, &in_b) && is_same(&in_a, &in_b);
}

struct above { /* the folders on the way to where the search is */
    const struct above *up;
    const struct stat *status;
};

static bool is_above(const struct above *at, const struct stat *status)
{
    for (; at != NULL; at = at->up) {
        if (is_same(at->status, status))
            return true;
    }
    return false;
}

/* Whether the file is read with the folder: at any depth, also through links, but not under a hidden name. Only this finds a link
 * that leads out of the folder to the file. All of the folder is searched, so this is done only for a file that exists and is
 * no earlier output. For want of memory or descriptors it may be so. */
static bool is_read_with(const char *path, const struct stat *folder, const struct above *up, const struct stat *file)
{
    const struct above here = {up, folder};
    if (is_above(up, folder))
        return false;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno == ENOMEM || errno == EMFILE || errno == ENFILE;
    bool found = false;
    for (const struct dirent *entry; !found && (entry = readdir(dir)) != NULL;) {
        struct stat status;
        char *full;
        if (entry->d_name[0] == '.')
            continue;
        if (asprintf(&full, "%s/%s", path, entry->d_name) < 0) {
            found = true;
            break;
        }
        if (stat(full, &status) == 0)
            found = is_same(&status, file) || (S_ISDIR(status.st_mode) && is_read_with(full, &status, &here, file));
        free(full);
    }
    closedir(dir);
    return found;
}

/* ---- the answers ---- */

static const char hint_read[] = "choose another name: a file that is read is never overwritten, even with --force";
static const char hint_stream[] = "redirect it to another file: a file that is read is never written to";
static const char hint_folder[] = "choose another folder, or move that file out of it";

static neardup_status refuse(const char *path, const struct ndup_read_path *read, neardup_error *err)
{
    if (path != NULL && strcmp(path, messages) == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot write messages to standard error: it leads to '%.380s', %s",
                         read->path, read->what);
    if (!is_standard(path))
        return ndup_fail(err, NEARDUP_E_ARG, "cannot write '%.400s': it is %s", path, read->what);
    return ndup_fail(err, NEARDUP_E_ARG, "cannot write to standard output: it %s '%.380s', %s",
                     read->is_folder ? "is a file in" : "is", read->path, read->what);
}

neardup_status ndup_may_write_file(struct ndup_reads *reads, const char *path, const struct ndup_replace_rule *rule,
                                   neardup_error *err)
{
    struct stat status;
    if ((is_standard(path) ? fstat(STDOUT_FILENO, &status) : stat(path, &status)) != 0 || !S_ISREG(status.st_mode))
        return NEARDUP_OK;
    if (!sort(reads))
        return ndup_fail_nomem(err);
    const struct ndup_read_path *read = find(reads, &status);
    if (read != NULL)
        return refuse(path, read, err);
    /* The shell has opened it. A file in a folder that is read is what the user wants if it is new, and then it is not read
     * (ndup_runjob_open leaves it out). One with content is data, to which the shell would append. */
    bool stream = is_standard(path) || strcmp(path, messages) == 0;
    if (stream && status.st_size == 0)
        return NEARDUP_OK;
    bool own = !stream && rule->is_output != NULL && rule->is_output(rule->context, path);
    for (size_t i = 0; !own && i < reads->count; i++) {
        struct stat folder;
        read = &reads->items[i];
        if (read->is_folder && stat(read->path, &folder) == 0 && is_read_with(read->path, &folder, NULL, &status))
            return refuse(path, read, err);
    }
    if (stream)
        return NEARDUP_OK;
    if (!rule->replace)
        return ndup_fail(err, NEARDUP_E_EXISTS, "cannot write '%.400s': it exists", path);
    if (!own && reads->incomplete)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot write '%.400s': it may be an input", path);
    return NEARDUP_OK;
}

neardup_status ndup_may_write_folder(const struct ndup_reads *reads, const char *folder, neardup_error *err)
{
    struct stat status;
    if (stat(folder, &status) != 0)
        return NEARDUP_OK;
    for (size_t i = 0; i < reads->count; i++) {
        const struct ndup_read_path *read = &reads->items[i];
        if (read->device == status.st_dev && read->inode == status.st_ino)
            return ndup_fail(err, NEARDUP_E_ARG, "cannot write to '%.400s': it is %s", folder, read->what);
        if (!is_standard(read->path) && ndup_path_is_in(read->path, folder))
            return ndup_fail(err, NEARDUP_E_ARG, "cannot write to '%.200s': it contains '%.200s', which is %s", folder,
                             read->path, read->what);
    }
    return NEARDUP_OK;
}

const char *ndup_may_write_hint(const neardup_error *err, bool has_force)
{
    if (strncmp(err->message, "cannot write ", 13) != 0)
        return NULL;
    if (err->code == NEARDUP_E_EXISTS)
        return has_force ? "choose another name, or add --force to replace it"
                         : "choose another name, or remove it first";
    if (err->code != NEARDUP_E_ARG)
        return NULL;
    if (strncmp(err->message, "cannot write messages ", 22) == 0 ||
        strncmp(err->message, "cannot write to standard ", 25) == 0)
        return hint_stream;
    return strncmp(err->message, "cannot write to '", 17) == 0 ? hint_folder : hint_read;
}
