/* SPDX-License-Identifier: MIT
 * The format of documents that have no bytes of their own: rows of a table, and documents of a caller. A record is its fields
 * after their lengths, so that nothing is escaped, parsed or named: JSON Lines of the same rows took .5 of 2.8 s to make and
 * to read (58 MB of text out of a Parquet file). It is in the scratch folder and in memory only. */
#ifndef NDUP_ROWS_H
#define NDUP_ROWS_H

#include "base/buf.h"
#include "base/platform.h"

struct ndup_row_value { /* bytes NULL: there is none */
    const char *bytes;
    size_t length;
    bool json; /* of a name: it is JSON, a string or number. Else it is a string, and becomes JSON */
};

struct ndup_row_names {
    struct ndup_row_value id, group, keep;
};

/* Appends the beginning of a record. Returns how many bytes of its text must follow: text_length, or 0 if it has none or it is too
 * long, so that the record cannot be read. Failures are in `to`. */
size_t ndup_rows_put(struct ndup_buf *to, const struct ndup_row_names *names, bool has_text, uint64_t text_length);

#endif
