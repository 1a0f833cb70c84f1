/* SPDX-License-Identifier: MIT
 * The tables of a configuration file, and which options stand in which. */
#ifndef NDUP_CHECK_TABLES_H
#define NDUP_CHECK_TABLES_H

#include "base/platform.h"
#include "cli/opt.h"

#define NDUP_CHECK_TABLES 7
extern const char *const ndup_check_tables[NDUP_CHECK_TABLES]; /* "check" first, "splits" last */

/* NULL: not an option of check, or one that a file cannot set. */
const char *ndup_check_table_of(const struct ndup_opt *opt);

#endif
