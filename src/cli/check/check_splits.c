/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_splits.h"

#include "base/mem.h"
#include "cli/check/check_expand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool no_memory(const struct ndup_cli *cli)
{
    ndup_msg_error(&cli->msg, "out of memory");
    return false;
}

/* The number of the split with this name, made if it is not there; SIZE_MAX for want of memory. */
static size_t number_of(struct ndup_check_splits *splits, const char *name, size_t length)
{
    for (size_t i = 0; i < splits->count; i++) {
        if (strlen(splits->names[i]) == length && memcmp(splits->names[i], name, length) == 0)
            return i;
    }
    char *copy = strndup(name, length);
    if (copy == NULL || !ndup_resize(&splits->names, splits->count + 1, sizeof *splits->names)) {
        free(copy);
        return SIZE_MAX;
    }
    splits->names[splits->count] = copy;
    return splits->count++;
}

static bool add_path(struct ndup_check_splits *splits, size_t split, const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL ||
        !ndup_grow(&splits->paths, &splits->path_capacity, splits->path_count + 1, sizeof *splits->paths)) {
        free(copy);
        return false;
    }
    splits->paths[splits->path_count++] = (struct ndup_split_path){copy, split};
    return true;
}

struct adding {
    struct ndup_check_splits *splits;
    size_t split;
    const struct ndup_cli *cli;
};

static bool add_match(void *context, const char *path)
{
    const struct adding *adding = context;
    return add_path(adding->splits, adding->split, path) || no_memory(adding->cli);
}

bool ndup_check_split_is_named(const char *text, const struct ndup_cli *cli)
{
    size_t length = strcspn(text, "=");
    if (length > 0 && text[length] != '\0' && text[length + 1] != '\0')
        return true;
    ndup_msg_error(&cli->msg, "option '--split' needs NAME=PATH, not '%.60s'", text);
    ndup_msg_hint(&cli->msg, "for instance --split train=train.jsonl --split test=test.jsonl");
    return false;
}

static bool read_one(struct ndup_check_splits *splits, const char *text, const struct ndup_cli *cli)
{
    size_t length = strcspn(text, "=");
    if (!ndup_check_split_is_named(text, cli))
        return false;
    size_t split = number_of(splits, text, length);
    if (split == SIZE_MAX)
        return no_memory(cli);
    char of[80];
    snprintf(of, sizeof of, "split '%.60s'", splits->names[split]);
    struct adding adding = {splits, split, cli};
    return ndup_check_expand(text + length + 1, of, add_match, &adding, &cli->msg);
}

/* ---- the same file in two splits --------------------------------------------------------------------------------- */

struct known_file {
    dev_t device;
    ino_t inode;
    size_t path; /* its number */
};

static int by_file(const void *left, const void *right)
{
    const struct known_file *a = left, *b = right;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->path < b->path ? -1 : a->path > b->path;
}

/* A run reads a file once: it would be missing from its second split, and every leak with it. */
static bool check_disjoint(const struct ndup_check_splits *splits, const struct ndup_cli *cli)
{
    struct known_file *files = ndup_alloc(splits->path_count, sizeof *files);
    struct stat status;
    size_t count = 0;
    bool good = true;
    if (files == NULL)
        return splits->path_count == 0 || no_memory(cli);
    for (size_t i = 0; i < splits->path_count; i++) {
        if (stat(splits->paths[i].path, &status) == 0)
            files[count++] = (struct known_file){status.st_dev, status.st_ino, i};
    }
    if (count > 1)
        qsort(files, count, sizeof *files, by_file);
    for (size_t i = 1; i < count && good; i++) {
        const struct ndup_split_path *a = &splits->paths[files[i - 1].path], *b = &splits->paths[files[i].path];
        if (files[i - 1].device != files[i].device || files[i - 1].inode != files[i].inode || a->split == b->split)
            continue;
        ndup_msg_error(&cli->msg, "'%s' is in split '%.60s' and in split '%.60s'", b->path, splits->names[a->split],
                       splits->names[b->split]);
        good = false;
    }
    free(files);
    return good;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

bool ndup_check_splits_read(struct ndup_check_splits *splits, const struct ndup_cli *cli)
{
    const struct ndup_opt_list *list = &cli->settings.splits;
    *splits = (struct ndup_check_splits){.names = NULL};
    for (size_t i = 0; i < list->count; i++) {
        if (!read_one(splits, list->items[i], cli))
            return false;
    }
    if (list->count > 0 && splits->count < 2) {
        ndup_msg_error(&cli->msg, "there is only one split, '%.60s': texts leak from one split into another",
                       splits->names[0]);
        ndup_msg_hint(&cli->msg, "name a second one with --split NAME=PATH");
        return false;
    }
    return check_disjoint(splits, cli);
}

bool ndup_check_splits_reread(const struct ndup_check_splits *splits, const struct ndup_cli *cli)
{
    struct stat status;
    for (size_t i = 0; i < splits->path_count; i++) {
        const char *path = splits->paths[i].path;
        bool standard = strcmp(path, "-") == 0;
        if (!standard && (stat(path, &status) != 0 || !S_ISFIFO(status.st_mode)))
            continue;
        ndup_msg_error(&cli->msg, "%s%s%s can be read once only: leaks and duplicates are looked for in two runs",
                       standard ? "standard input" : "'", standard ? "" : path, standard ? "" : "'");
        ndup_msg_hint(&cli->msg, "put it into a file, or check one after the other");
        return false;
    }
    return true;
}

bool ndup_check_splits_add(const struct ndup_check_splits *splits, neardup_job *job, const struct ndup_cli *cli)
{
    neardup_error err = {.message = ""};
    neardup_status status = NEARDUP_OK;
    for (size_t s = 0; s < splits->count; s++) {
        status = neardup_job_begin_split(job, splits->names[s], &err);
        for (size_t i = 0; status == NEARDUP_OK && i < splits->path_count; i++) {
            if (splits->paths[i].split == s)
                status = neardup_job_add_input(job, splits->paths[i].path, &err);
        }
        if (status != NEARDUP_OK) {
            ndup_msg_error(&cli->msg, "%s", err.message);
            return false;
        }
    }
    return true;
}

void ndup_check_splits_free(struct ndup_check_splits *splits)
{
    for (size_t i = 0; i < splits->count; i++)
        free(splits->names[i]);
    for (size_t i = 0; i < splits->path_count; i++)
        free(splits->paths[i].path);
    free(splits->names);
    free(splits->paths);
    *splits = (struct ndup_check_splits){.names = NULL};
}
