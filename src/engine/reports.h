/* SPDX-License-Identifier: MIT
 * The report files of the output folder, which grow line by line while results are told. */
#ifndef NDUP_REPORTS_H
#define NDUP_REPORTS_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"
#include "output/outdir.h"

struct ndup_report_file {
    int descriptor; /* -1: not wanted */
    const char *name;
    struct ndup_buf text; /* lines that are not written yet */
};

struct ndup_reports {
    struct ndup_report_file decisions, clusters, pairs;
};

/* outdir NULL: nothing is written. */
neardup_status ndup_reports_open(struct ndup_reports *reports, struct ndup_outdir *outdir, bool pairs,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* After lines were appended to the text: writes them, now and then. */
neardup_status ndup_report_flush(struct ndup_report_file *report, neardup_error *err) NDUP_MUST_CHECK;
/* Writes the rest and closes. */
neardup_status ndup_reports_close(struct ndup_reports *reports, neardup_error *err) NDUP_MUST_CHECK;
/* Closes whatever is open, after a failure or never opened. */
void ndup_reports_abandon(struct ndup_reports *reports);

#endif
