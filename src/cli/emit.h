/* SPDX-License-Identifier: MIT
 * Clusters and pairs as JSON Lines and as CSV (RFC 4180). doc/format.md has the schemas. */
#ifndef NDUP_EMIT_H
#define NDUP_EMIT_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

/* A JSON string; bytes that are not UTF-8 become U+FFFD. */
void ndup_emit_json_string(struct ndup_buf *buf, const char *bytes, size_t length);
/* A CSV field, quoted if it must be. */
void ndup_emit_csv_field(struct ndup_buf *buf, const char *bytes, size_t length);
/* The id as a person writes it: a JSON string without quotes and escapes, a number as it is, nothing if there is none. */
void ndup_emit_plain_id(struct ndup_buf *buf, const neardup_ref *ref);

const char *ndup_emit_reason(neardup_reason reason);

/* Each writes whole lines to the stream; false if it cannot (errno says why; 0 or ENOMEM: out of memory). */
bool ndup_emit_cluster_json(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster);
bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair);
bool ndup_emit_csv_header(FILE *out, bool pairs);
bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster);
bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair);

#endif
