/* SPDX-License-Identifier: MIT
 * What a report would replace: a slip in its path must not cost data. */
#ifndef NDUP_CHECK_REPLACED_H
#define NDUP_CHECK_REPLACED_H

#include "base/platform.h"
#include "report/reporter.h"
#include "cli/check/check_splits.h"
#include "cli/command.h"

/* Whether the file is an earlier report of this format, by its beginning, or empty. */
bool ndup_check_is_report(const struct ndup_reporter *reporter, const char *path);

/* Whether a report may be written to this path. config: the file that was read; NULL: none. Says what it would replace and
 * returns false. */
bool ndup_check_may_replace(const struct ndup_reporter *reporter, const char *path, const struct ndup_cli *cli,
                            const struct ndup_check_splits *splits, const char *config);

#endif
