/* SPDX-License-Identifier: MIT
 * The fixed parts of the page, made from page/ by page/embed.sh when the program is built. */
#ifndef NDUP_PAGE_PARTS_H
#define NDUP_PAGE_PARTS_H

#include "base/platform.h"

struct ndup_page_part {
    const unsigned char *bytes;
    size_t length;
};

/* What stands before the title, between title and kind, between kind and data, and behind the data. */
enum { NDUP_PAGE_TO_TITLE, NDUP_PAGE_TO_KIND, NDUP_PAGE_TO_DATA, NDUP_PAGE_TO_END, NDUP_PAGE_PART_COUNT };
extern const struct ndup_page_part ndup_page_parts[NDUP_PAGE_PART_COUNT];

#endif
