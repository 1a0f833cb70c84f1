/* SPDX-License-Identifier: MIT
 * The JSON report; the page holds the same object. doc/check_reports.md has the schema. */
#ifndef NDUP_REPORT_JSON_H
#define NDUP_REPORT_JSON_H

#include "base/platform.h"
#include "report/report_write.h"
#include "check/findings.h"

/* Appends the object and a newline, passing it on as it grows. findings, places: at most so many
 * in it, places of each finding; what is left out is counted. */
void ndup_report_json_object(struct ndup_report_writer *writer, const struct ndup_check_result *result, size_t findings,
                             size_t places);

#endif
