/* SPDX-License-Identifier: MIT
 * The page: one HTML file with its style, script and data. It opens from disk and loads nothing. Its parts are the
 * files in page/; page/embed.sh puts them into the program at build time. */
#ifndef NDUP_PAGE_H
#define NDUP_PAGE_H

#include "base/platform.h"

#include <stdio.h>

enum ndup_page_kind { NDUP_PAGE_REPORT, NDUP_PAGE_COMPARE, NDUP_PAGE_CHECK, NDUP_PAGE_REVIEW };

/* Write the page up to its data, and what follows the data. Between them, write one JSON object through
 * ndup_page_data, in pieces. False if the stream failed; errno has the reason. title: any bytes. */
bool ndup_page_begin(FILE *out, enum ndup_page_kind kind, const char *title);
bool ndup_page_end(FILE *out);
/* Writes '<', '>', '&', U+2028 and U+2029 as \u escapes, so that no text of a corpus can end the block of data. JSON
 * has these characters only in strings. A piece ends at the end of a character. */
bool ndup_page_data(FILE *out, const char *json, size_t length);

/* The fixed parts: before the title, from title to kind, from kind to data, after the data. */
enum { NDUP_PAGE_TO_TITLE, NDUP_PAGE_TO_KIND, NDUP_PAGE_TO_DATA, NDUP_PAGE_TO_END, NDUP_PAGE_PART_COUNT };
struct ndup_page_part {
    const unsigned char *bytes;
    size_t length;
};
extern const struct ndup_page_part ndup_page_parts[NDUP_PAGE_PART_COUNT];

#endif
