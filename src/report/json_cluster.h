/* SPDX-License-Identifier: MIT
 * Clusters and their units as JSON (doc/report.md). */
#ifndef NDUP_REPORT_JSON_CLUSTER_H
#define NDUP_REPORT_JSON_CLUSTER_H

#include "base/platform.h"
#include "report/top_clusters.h"
#include "report/sink.h"

/* Appends raw JSON (a string or number out of a record) as a JSON value that every parser takes. */
void ndup_json_raw(struct ndup_buf *buf, const char *raw, size_t length);

/* A kept cluster, with its texts. */
bool ndup_json_kept(struct ndup_sink *sink, const struct ndup_kept *kept);
/* A cluster with all its members; kept: the copy of it that may have texts, or NULL. */
bool ndup_json_cluster(struct ndup_sink *sink, const neardup_cluster *cluster, const struct ndup_kept *kept);

#endif
