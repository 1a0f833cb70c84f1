/* SPDX-License-Identifier: MIT
 * What a check reads: paths with their patterns expanded, and the splits of a dataset. */
#ifndef NDUP_CHECK_INPUTS_H
#define NDUP_CHECK_INPUTS_H

#include "base/platform.h"
#include "cli/command.h"

struct ndup_check_paths {
    char **texts; /* which the lists below borrow */
    size_t count, capacity;
    struct ndup_opt_list inputs, reference, allow, allow_texts, files_from;
};

/* Puts what matches in the place of patterns, in the operands and in the settings. config: the file that named the inputs; NULL:
 * the command line did. Says what is wrong and returns false; the paths must be freed in any case, after the last use of cli. */
bool ndup_check_paths_expand(struct ndup_check_paths *paths, struct ndup_cli *cli, const char *config);

void ndup_check_paths_free(struct ndup_check_paths *paths);

/* ---- splits, as --split names them ---- */

struct ndup_split_path {
    char *path;
    size_t split; /* its number */
};

struct ndup_check_splits {
    char **names; /* in the order in which they were first named */
    size_t count;
    struct ndup_split_path *paths;
    size_t path_count, path_capacity;
};

/* Reads the settings and expands patterns. Says what is wrong and returns false; free it in any case. */
bool ndup_check_splits_read(struct ndup_check_splits *splits, const struct ndup_cli *cli);

/* Whether all can be read a second time. Says which one cannot and returns false. */
bool ndup_check_splits_reread(const struct ndup_check_splits *splits, const struct ndup_cli *cli);

/* Adds the paths to the job, each to its split. Says what is wrong and returns false. */
bool ndup_check_splits_add(const struct ndup_check_splits *splits, neardup_job *job, const struct ndup_cli *cli);

void ndup_check_splits_free(struct ndup_check_splits *splits);

#endif
