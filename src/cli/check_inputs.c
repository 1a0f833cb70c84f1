/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "cli/check_inputs.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- patterns --------------------------------------------------------------------------------------------------- */

static bool no_memory(const struct ndup_cli *cli)
{
    ndup_msg_error(&cli->msg, "out of memory");
    return false;
}

/* A path with exactly this name is not a pattern, whatever its characters. */
static bool is_pattern(const char *path)
{
    struct stat status;
    return strpbrk(path, "*?[") != NULL && lstat(path, &status) != 0;
}

/* "a/" two stars "/b": elsewhere that means any depth, here and in sh one folder. */
static bool spans_folders(const char *pattern)
{
    for (const char *at = pattern; (at = strstr(at, "**")) != NULL; at += 2) {
        if ((at == pattern || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
            return true;
    }
    return false;
}

static int stops_at_folder(const char *path, int code)
{
    /* A link that leads nowhere is as good as not there. */
    return code != ENOENT && code != ELOOP && path != NULL;
}

/* Hands what matches the pattern to `add`, or the path itself if it is not a pattern. of: what has it, for messages. */
static bool expand_pattern(const char *path, const char *of, bool (*add)(void *context, const char *path),
                           void *context, const struct ndup_msg *msg)
{
    if (!is_pattern(path))
        return add(context, path);
    if (spans_folders(path)) {
        ndup_msg_error(msg, "cannot expand '%s' of %s: ** is not supported", path, of);
        ndup_msg_hint(msg, "name the folder instead: all files below it are read");
        return false;
    }
    glob_t found = {.gl_pathc = 0};
    errno = 0;
    int failure = glob(path, 0, stops_at_folder, &found);
    int reason = errno;
    bool good = failure == 0;
    for (size_t i = 0; good && i < found.gl_pathc; i++)
        good = add(context, found.gl_pathv[i]);
    globfree(&found);
    if (failure == GLOB_NOMATCH)
        ndup_msg_error(msg, "no file matches '%s' of %s", path, of);
    else if (failure != 0)
        ndup_msg_error(msg, "cannot expand '%s' of %s: %s", path, of,
                       strerror(failure == GLOB_NOSPACE ? ENOMEM
                                : reason != 0           ? reason
                                                        : EIO));
    return good;
}

/* ---- paths with patterns, in place of the operands and of options ----------------------------------------------- */

struct list_adding {
    struct ndup_check_paths *paths;
    struct ndup_opt_list *to;
    size_t capacity;
    const struct ndup_cli *cli;
};

static bool add_to_list(void *context, const char *path)
{
    struct list_adding *a = context;
    struct ndup_check_paths *p = a->paths;
    char *copy = strdup(path);
    if (copy == NULL || !ndup_grow(&p->texts, &p->capacity, p->count + 1, sizeof *p->texts)) {
        free(copy);
        ndup_msg_error(&a->cli->msg, "out of memory");
        return false;
    }
    p->texts[p->count++] = copy;
    if (!ndup_grow(&a->to->items, &a->capacity, a->to->count + 1, sizeof *a->to->items)) {
        ndup_msg_error(&a->cli->msg, "out of memory");
        return false;
    }
    a->to->items[a->to->count++] = copy;
    return true;
}

static bool expand(struct ndup_check_paths *paths, struct ndup_opt_list *to, const char *const *from, size_t count,
                   const char *of, const struct ndup_cli *cli)
{
    struct list_adding list_adding = {paths, to, 0, cli};
    for (size_t i = 0; i < count; i++) {
        if (!expand_pattern(from[i], of, add_to_list, &list_adding, &cli->msg))
            return false;
    }
    return true;
}

/* The paths take over the list of the settings, which get the one with the matches. */
static bool expand_option(struct ndup_check_paths *paths, struct ndup_opt_list *own, struct ndup_opt_list *list,
                          const char *of, const struct ndup_cli *cli)
{
    if (!expand(paths, own, list->items, list->count, of, cli))
        return false;
    struct ndup_opt_list given = *list;
    *list = *own;
    *own = given;
    return true;
}

bool ndup_check_paths_expand(struct ndup_check_paths *paths, struct ndup_cli *cli, const char *config)
{
    struct ndup_settings *s = &cli->settings;
    char inputs[4200] = "the inputs";
    *paths = (struct ndup_check_paths){.texts = NULL};
    if (config != NULL)
        snprintf(inputs, sizeof inputs, "'inputs' in %s", config);
    if (!expand(paths, &paths->inputs, cli->operands, (size_t)cli->operand_count, inputs, cli) ||
        !expand_option(paths, &paths->reference, &s->reference, "option '--reference'", cli) ||
        !expand_option(paths, &paths->allow, &s->allow, "option '--allow'", cli) ||
        !expand_option(paths, &paths->allow_texts, &s->allow_texts, "option '--allow-texts'", cli) ||
        !expand_option(paths, &paths->files_from, &s->files_from, "option '--files-from'", cli))
        return false;
    cli->operands = paths->inputs.items;
    cli->operand_count = (int)paths->inputs.count;
    return true;
}

void ndup_check_paths_free(struct ndup_check_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->texts[i]);
    free(paths->texts);
    free(paths->inputs.items);
    free(paths->reference.items);
    free(paths->allow.items);
    free(paths->allow_texts.items);
    free(paths->files_from.items);
    *paths = (struct ndup_check_paths){.texts = NULL};
}

/* ---- splits ----------------------------------------------------------------------------------------------------- */

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

struct split_adding {
    struct ndup_check_splits *splits;
    size_t split;
    const struct ndup_cli *cli;
};

static bool add_to_split(void *context, const char *path)
{
    const struct split_adding *adding = context;
    return add_path(adding->splits, adding->split, path) || no_memory(adding->cli);
}

static bool read_one(struct ndup_check_splits *splits, const char *text, const struct ndup_cli *cli)
{
    size_t length = strcspn(text, "="); /* the parser has let only NAME=PATH pass */
    size_t split = number_of(splits, text, length);
    if (split == SIZE_MAX)
        return no_memory(cli);
    char of[80];
    snprintf(of, sizeof of, "split '%.60s'", splits->names[split]);
    struct split_adding adding = {splits, split, cli};
    return expand_pattern(text + length + 1, of, add_to_split, &adding, &cli->msg);
}

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

/* Two paths to one file. Hard links are files of their own: one in each of two splits is a leak. */
static bool is_one_file(const char *a, const char *b)
{
    struct stat status;
    if (stat(a, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink < 2)
        return true;
    char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
    bool one = real_a == NULL || real_b == NULL || strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return one;
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
        if (files[i - 1].device != files[i].device || files[i - 1].inode != files[i].inode || a->split == b->split ||
            !is_one_file(a->path, b->path))
            continue;
        ndup_msg_error(&cli->msg, "'%s' is in two splits, '%.60s' and '%.60s'", b->path, splits->names[a->split],
                       splits->names[b->split]);
        good = false;
    }
    free(files);
    return good;
}

bool ndup_check_splits_read(struct ndup_check_splits *splits, const struct ndup_cli *cli)
{
    const struct ndup_opt_list *list = &cli->settings.splits;
    *splits = (struct ndup_check_splits){.names = NULL};
    for (size_t i = 0; i < list->count; i++) {
        if (!read_one(splits, list->items[i], cli))
            return false;
    }
    if (list->count > 0 && splits->count < 2) {
        ndup_msg_error(&cli->msg, "cannot look for leaks: there is only one split, '%.60s'", splits->names[0]);
        ndup_msg_hint(&cli->msg, "add a second one with --split NAME=PATH");
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
        ndup_msg_error(&cli->msg, "cannot read %s%s%s twice, once for leaks and once for duplicates",
                       standard ? "standard input" : "'", standard ? "" : path, standard ? "" : "'");
        ndup_msg_hint(&cli->msg, "write it to a file, or check for one of the two at a time");
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
