/* SPDX-License-Identifier: MIT
 * Where the reports of a check go: --report FORMAT:PATH. */
#ifndef NDUP_CHECK_REPORTS_H
#define NDUP_CHECK_REPORTS_H

#include "base/platform.h"
#include "report/formats.h"
#include "cli/check/check_splits.h"
#include "cli/command.h"
#include "cli/outfile.h"

struct ndup_check_output {
    const struct ndup_report_format *format;
    struct ndup_outfile file;
};

struct ndup_check_reports {
    struct ndup_check_output *outputs; /* the text on standard output among them, unless another one goes there */
    size_t count;
};

/* Whether the file is an earlier report of this format, by its beginning, or empty. */
bool ndup_check_is_report(const struct ndup_report_format *format, const char *path);

/* Everything that a check reads but the baseline. config: the file that was read; NULL: none. */
neardup_status ndup_check_reads(struct ndup_reads *reads, const struct ndup_cli *cli,
                                const struct ndup_check_splits *splits, const char *config,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Opens them all, so that what cannot be written is known before the run. config: the file that was read; NULL: none. Says what
 * is wrong and returns false; close it in any case. */
bool ndup_check_reports_open(struct ndup_check_reports *reports, struct ndup_cli *cli,
                             const struct ndup_check_splits *splits, const char *config);

/* Writes them all; DONE or TROUBLE. Says what went wrong. */
int ndup_check_reports_write(struct ndup_check_reports *reports, struct ndup_cli *cli,
                             const struct ndup_check_result *result);

/* Removes what was not written. */
void ndup_check_reports_close(struct ndup_check_reports *reports);

#endif
