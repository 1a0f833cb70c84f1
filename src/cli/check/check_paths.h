/* SPDX-License-Identifier: MIT
 * The paths of a check, with their patterns expanded. */
#ifndef NDUP_CHECK_PATHS_H
#define NDUP_CHECK_PATHS_H

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

#endif
