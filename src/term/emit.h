/* SPDX-License-Identifier: MIT
 * Writes clusters and pairs to a stream, as JSON Lines and as CSV. run/record.h has the records themselves. */
#ifndef NDUP_EMIT_H
#define NDUP_EMIT_H

#include "base/platform.h"
#include "run/record.h"

#include <stdio.h>

/* Each writes whole lines; false if it cannot (errno has the reason; 0 or ENOMEM: no memory). */
bool ndup_emit_cluster_json(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster);
bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair);
bool ndup_emit_group_json(FILE *out, struct ndup_buf *buf, const neardup_group_repeat *repeat);
bool ndup_emit_csv_header(FILE *out, bool pairs, struct ndup_csv_columns columns);
bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster,
                           struct ndup_csv_columns columns);
bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv_columns columns);

#endif
