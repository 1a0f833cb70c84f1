/* SPDX-License-Identifier: MIT
 * What the splitting pass leaves behind: a row a paragraph or line, in input order; those of a document are neighbours. */
#ifndef NDUP_PART_ROWS_H
#define NDUP_PART_ROWS_H

#include "base/platform.h"

enum ndup_paragraph_kind {
    NDUP_PARAGRAPH_PLAIN,     /* a paragraph or line; its unit is NDUP_UNIT_EMPTY if it has no token */
    NDUP_PARAGRAPH_CONTAINED, /* stands in the rest of its document; link leads to the part that holds most of it */
    NDUP_PARAGRAPH_ANCHOR,    /* a line of the paragraph before it (link), repeated by the echoes that follow */
    NDUP_PARAGRAPH_ECHO,      /* a line that repeats its anchor (link) */
};

struct ndup_paragraph_row {
    uint32_t document;              /* row of the document */
    uint32_t raw_begin, raw_length; /* bytes of the record; between them an escaped JSON string or plain text */
    uint32_t begin, length;         /* bytes of the document's text */
    uint32_t first_char, chars;     /* the same in code points */
    uint32_t tokens;                /* saturated */
    uint32_t unit;                  /* NDUP_UNIT_EMPTY without tokens */
    int32_t link;              /* to another row: index + link; for a plain part, to the first of the same unit in its
                                         document, 0 if it is that itself */
    uint32_t line;             /* of a plain text: newlines of the document before it */
    uint32_t shared, shingles; /* containment = shared / shingles */
    enum ndup_paragraph_kind kind;
};

#endif
