/* SPDX-License-Identifier: MIT
 * What a reader of a report should know before trusting it, and what to do about it. */
#ifndef NDUP_REPORT_WARNINGS_H
#define NDUP_REPORT_WARNINGS_H

#include "base/platform.h"
#include "report/report.h"

#define NDUP_WARNINGS_MOST    32
#define NDUP_WARNING_CLUSTERS 20

struct ndup_warning {
    const char *kind;
    char message[512];
    int level;                                /* index as in the report, or -1 */
    uint64_t clusters[NDUP_WARNING_CLUSTERS]; /* numbers */
    size_t cluster_count;
};

struct ndup_warnings {
    struct ndup_warning items[NDUP_WARNINGS_MOST];
    size_t count;
};

void ndup_warnings_collect(struct ndup_report *report, const struct ndup_report_run *run,
                           struct ndup_warnings *warnings);

#endif
