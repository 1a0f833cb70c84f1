/* SPDX-License-Identifier: MIT
 * What simdjson refuses and we read all the same, put right in a copy of the record. */
#ifndef NDUP_JSON_REPAIR_H
#define NDUP_JSON_REPAIR_H

#include "base/buf.h"
#include "base/platform.h"

/* Appends text with U+FFFD for every maximal part of a sequence that is not UTF-8 (Unicode 15, section 3.9, table
 * 3-8). */
void ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len);

/* Turns every \u escape of a lone surrogate into \ufffd, in place. False if there is none. */
bool ndup_json_repair_surrogates(char *text, size_t len);

#endif
