/* SPDX-License-Identifier: MIT
 * The splits of a dataset, as --split names them. */
#ifndef NDUP_CHECK_SPLITS_H
#define NDUP_CHECK_SPLITS_H

#include "base/platform.h"
#include "cli/command.h"

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

/* Whether it is NAME=PATH. Says what is wrong and returns false. */
bool ndup_check_split_is_named(const char *text, const struct ndup_cli *cli);

/* Reads the settings and expands patterns. Says what is wrong and returns false; free it in any case. */
bool ndup_check_splits_read(struct ndup_check_splits *splits, const struct ndup_cli *cli);

/* Whether all can be read a second time. Says which one cannot and returns false. */
bool ndup_check_splits_reread(const struct ndup_check_splits *splits, const struct ndup_cli *cli);

/* Adds the paths to the job, each to its split. Says what is wrong and returns false. */
bool ndup_check_splits_add(const struct ndup_check_splits *splits, neardup_job *job, const struct ndup_cli *cli);

void ndup_check_splits_free(struct ndup_check_splits *splits);

#endif
