/* SPDX-License-Identifier: MIT
 * JSON onto the end of a byte buffer. Writing only: a few lines, where a generator library would build objects first. */
#ifndef NDUP_JSON_WRITE_H
#define NDUP_JSON_WRITE_H

#include "base/buf.h"

/* A string with quotes and escapes; bytes that are not UTF-8 become U+FFFD. */
void ndup_json_write_string(struct ndup_buf *buf, const char *bytes, size_t length);

/* A Jaccard similarity or ratio: shortest of up to six decimals ("0.913", "1", "0.7"), rounded down so that it never
 * claims to reach a threshold that it does not. */
void ndup_json_write_score(struct ndup_buf *buf, double score);

/* A finite number with as few digits as read back as the same double. */
void ndup_json_write_double(struct ndup_buf *buf, double number);

/* A finite number with so many decimals, 0 to 20; beyond 1e30 it is 1e30. */
void ndup_json_write_fixed(struct ndup_buf *buf, double number, int decimals);

void ndup_json_write_u64(struct ndup_buf *buf, uint64_t number);

#endif
