/* SPDX-License-Identifier: MIT
 * The page: one HTML file with its style, its script and its data, that opens from disk and loads nothing. The files it is
 * made of stand in page/ and are put into the program when it is built. */
#ifndef NDUP_PAGE_H
#define NDUP_PAGE_H

#include "base/buf.h"
#include "base/platform.h"

#include <stdio.h>

enum ndup_page_kind { NDUP_PAGE_REPORT, NDUP_PAGE_COMPARE, NDUP_PAGE_CHECK };

/* Writes the page up to its data, and what follows the data. Between the two the caller writes one JSON object with
 * ndup_page_data, in pieces. False if the stream failed (errno says why). title: any bytes. */
bool ndup_page_begin(FILE *out, enum ndup_page_kind kind, const char *title);
/* Data of the page: '<', '>', '&' and the line separators U+2028 and U+2029 become \u escapes, so that no text of a corpus can
 * end the block. Only ever inside of JSON strings these characters occur. A piece ends where a character ends. */
bool ndup_page_data(FILE *out, const char *json, size_t length);
bool ndup_page_end(FILE *out);

#endif
