/* SPDX-License-Identifier: MIT
 * Paths as they stand in a repository: those who annotate files know no others. */
#ifndef NDUP_CHECK_RELATIVE_H
#define NDUP_CHECK_RELATIVE_H

#include "base/platform.h"
#include "check/result.h"

/* The path without ".", "a/.." and doubled slashes, and relative if it lies below one of the directories, which are absolute; the
 * first is the one that relative paths start from. By names alone: nothing is looked up. malloc-ed; NULL: no memory. */
char *ndup_relative_path(const char *path, const char *const *directories, size_t count);

/* Fills in `shown` of all places. False: no memory. */
bool ndup_relative_places(struct ndup_check_result *result, const char *const *directories, size_t count);

#endif
