/* SPDX-License-Identifier: MIT
 * Capabilities of the terminal: whether it is one, its width, colours, UTF-8. */
#ifndef NDUP_TERM_H
#define NDUP_TERM_H

#include "base/platform.h"

#include <stdio.h>

enum ndup_term_when { NDUP_TERM_AUTO, NDUP_TERM_ALWAYS, NDUP_TERM_NEVER };

enum ndup_term_style {
    NDUP_TERM_PLAIN,
    NDUP_TERM_BOLD,
    NDUP_TERM_DIM,
    NDUP_TERM_RED,
    NDUP_TERM_YELLOW,
    NDUP_TERM_GREEN,
    NDUP_TERM_CYAN
};

/* Takes character widths from the user's locale, or from UTF-8 if the environment has none. Call once, in main. */
void ndup_term_set_locale(void);

bool ndup_term_is_tty(FILE *stream);
/* AUTO: on a terminal that is not "dumb", unless NO_COLOR is set and not empty. */
bool ndup_term_colour(FILE *stream, enum ndup_term_when when);
/* Columns of the terminal, else of COLUMNS, else `otherwise`; at least 20. */
size_t ndup_term_width(FILE *stream, size_t otherwise);
bool ndup_term_utf8(void);

/* The escape sequences; empty texts without colour. */
const char *ndup_term_begin(bool colour, enum ndup_term_style style);
const char *ndup_term_end(bool colour, enum ndup_term_style style);

#endif
