/* SPDX-License-Identifier: MIT
 * Where records end: shared by the reader, which cuts batches, and the iterator over their records. */
#ifndef NDUP_RECORDS_IMPL_H
#define NDUP_RECORDS_IMPL_H

#include "base/platform.h"
#include "neardup.h"

/* White space inside a line. */
NDUP_INLINE bool ndup_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/* Finds the last place in growing bytes where a record ends for sure, whatever follows. Looks at each byte once. */
struct ndup_cut {
    neardup_input_format format;
    size_t scanned;
    size_t end; /* the place; 0: none yet */
    /* paragraphs only */
    size_t line_start;
    bool in_text;   /* the current line has a byte that is not white space */
    bool seen_text; /* some line had */
    bool gap;       /* a blank line came after a line with text */
};

/* `data` holds a record's first byte at 0 and len bytes by now; the bytes before cut->scanned are as they were. */
size_t ndup_cut_scan(struct ndup_cut *cut, const char *data, size_t len);

#endif
