/* SPDX-License-Identifier: MIT
 * What simdjson refuses and we read all the same, put right in a copy of the record: `to` is emptied first, and gets
 * zeros behind its len. False for want of memory. */
#ifndef NDUP_JSON_REPAIR_H
#define NDUP_JSON_REPAIR_H

#include "base/buf.h"
#include "base/platform.h"

/* U+FFFD for every maximal part of a sequence that is not UTF-8 (Unicode 15, section 3.9, table 3-8). */
bool ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len, size_t zeros);

/* \ufffd for every escape of a lone surrogate: len stays as it is. */
bool ndup_json_repair_surrogates(struct ndup_buf *to, const char *text, size_t len, size_t zeros);

#endif
