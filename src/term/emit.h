/* SPDX-License-Identifier: MIT
 * Clusters and pairs as JSON Lines and as CSV, written to a stream. run/record.h has the records themselves. */
#ifndef NDUP_EMIT_H
#define NDUP_EMIT_H

#include "base/platform.h"
#include "run/record.h"

#include <stdio.h>

/* Each writes whole lines to the stream; false if it cannot (errno says why; 0 or ENOMEM: out of memory). */
bool ndup_emit_cluster_json(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster);
bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair);
bool ndup_emit_group_json(FILE *out, struct ndup_buf *buf, const neardup_group_repeat *repeat);
bool ndup_emit_csv_header(FILE *out, bool pairs, struct ndup_csv_columns columns);
bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster,
                           struct ndup_csv_columns columns);
bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv_columns columns);

/* Earlier names of run/json_write.h and run/csv_write.h; use those. */
#define ndup_csv        ndup_csv_columns
#define ndup_emit_plain ndup_json_write_plain

NDUP_INLINE void ndup_emit_csv_field(struct ndup_buf *buf, const char *bytes, size_t length)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_bytes(&csv, bytes, length);
}

NDUP_INLINE void ndup_emit_csv_text(struct ndup_buf *buf, const char *bytes, size_t length)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_text(&csv, bytes, length);
}

NDUP_INLINE void ndup_emit_csv_value(struct ndup_buf *buf, const char *raw, size_t length)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_value(&csv, raw, length);
}

#endif
