/* SPDX-License-Identifier: MIT
 * Clusters and pairs as JSON Lines and as CSV (RFC 4180). doc/outputs.md has the schemas. */
#ifndef NDUP_EMIT_H
#define NDUP_EMIT_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

/* A CSV field, quoted if it must be. */
void ndup_emit_csv_field(struct ndup_buf *buf, const char *bytes, size_t length);
/* The same for text out of a corpus: a cell that a spreadsheet would run as a formula (it begins with = + - @, a tab or a
 * carriage return) gets an apostrophe in front, which spreadsheets take for "text". */
void ndup_emit_csv_text(struct ndup_buf *buf, const char *bytes, size_t length);
/* Id (a string without quotes and escapes, a number as it is; NULL: nothing), or another value of a record. */
void ndup_emit_csv_value(struct ndup_buf *buf, const char *raw, size_t length);
/* A JSON value as a person writes it: a string without quotes and escapes, anything else as it is. NULL: nothing. */
void ndup_emit_plain(struct ndup_buf *buf, const char *value, size_t length);

struct ndup_csv {  /* columns of all rows, besides the usual ones: */
    bool parts;    /* the run looks at paragraphs or lines */
    bool distance; /* it uses SimHash */
};

/* Each writes whole lines to the stream; false if it cannot (errno says why; 0 or ENOMEM: out of memory). */
bool ndup_emit_cluster_json(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster);
bool ndup_emit_pair_json(FILE *out, struct ndup_buf *buf, const neardup_pair *pair);
bool ndup_emit_group_json(FILE *out, struct ndup_buf *buf, const neardup_group_repeat *repeat);
bool ndup_emit_csv_header(FILE *out, bool pairs, struct ndup_csv csv);
bool ndup_emit_cluster_csv(FILE *out, struct ndup_buf *buf, const neardup_cluster *cluster, struct ndup_csv csv);
bool ndup_emit_pair_csv(FILE *out, struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv csv);

#endif
