/* SPDX-License-Identifier: MIT
 * A level of a report as JSON (doc/report.md). */
#ifndef NDUP_REPORT_JSON_LEVEL_H
#define NDUP_REPORT_JSON_LEVEL_H

#include "base/buf.h"
#include "base/platform.h"
#include "report/report.h"

/* Numbers, histograms and sources, up to the "[" of the clusters. all: all clusters follow, not only the kept ones. */
void ndup_json_level(struct ndup_buf *buf, const struct ndup_report *report, size_t which,
                     const struct ndup_report_run *run, bool all);

#endif
