/* SPDX-License-Identifier: MIT
 * What the members are of which a page holds the cluster, but not them: by source, reason and score, so that its filter
 * finds clusters by them, too. */
#ifndef NDUP_REPORT_REST_H
#define NDUP_REPORT_REST_H

#include "base/platform.h"
#include "report/report.h"

/* Kinds of members told of the clusters of a level, the costliest first; of clusters beyond these nothing is told. A
 * dozen bytes each: less than a megabyte of the page. */
#define NDUP_REST_TOLD 60000

/* Of the kept clusters of a settled report, from another replay if any of them was cut off. */
neardup_status ndup_rest_collect(struct ndup_report *report, const struct ndup_report_run *run,
                                 neardup_error *err) NDUP_MUST_CHECK;

#endif
