/* SPDX-License-Identifier: MIT
 * What a run leaves beside the cleaned corpus: no corpus itself. */
#ifndef NDUP_OWN_REPORTS_H
#define NDUP_OWN_REPORTS_H

#include "base/platform.h"

/* decisions.jsonl, clusters.jsonl, pairs.jsonl, summary.json */
bool ndup_own_reports_name(const char *name);

/* Is this summary.json, a regular file, one that a run of neardup has left? Read no further than its first bytes. */
bool ndup_own_reports_summary(const char *path);

#endif
