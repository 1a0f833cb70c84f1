/* SPDX-License-Identifier: MIT
 * What the splitting pass stores: one row per paragraph or line, in input order; those of a document are neighbours. */
#ifndef NDUP_PART_ROWS_H
#define NDUP_PART_ROWS_H

#include "base/platform.h"
#include "match/text_numbers.h"

enum ndup_paragraph_kind {
    NDUP_PARAGRAPH_PLAIN,     /* a paragraph or line; its text is NDUP_TEXT_EMPTY if it has no token */
    NDUP_PARAGRAPH_CONTAINED, /* the rest of its document contains it; link leads to the paragraph that has most of it */
    NDUP_PARAGRAPH_ANCHOR,    /* a line of the paragraph before it (link), repeated by the echoes that follow */
    NDUP_PARAGRAPH_ECHO,      /* a line that repeats its anchor (link) */
};

struct ndup_paragraph_row {
    uint32_t document;              /* row of the document */
    uint32_t raw_begin, raw_length; /* bytes of the record; between them an escaped JSON string or plain text */
    uint32_t begin, length;         /* bytes of the document's text */
    uint32_t first_char, chars;     /* the same in code points */
    uint32_t tokens;                /* saturated */
    struct ndup_text_id text;       /* NDUP_TEXT_EMPTY without tokens */
    int32_t link;  /* to another row: index + link; for a plain paragraph, to the first one of the same text in its
                                         document, 0 if it is the first */
    uint32_t line; /* of a plain text: newlines of the document before it */
    uint32_t shared, shingles; /* containment = shared / shingles */
    enum ndup_paragraph_kind kind;
};

#endif
