/* SPDX-License-Identifier: MIT
 * Two texts laid side by side, as one paragraph on a terminal: what is only here, what is only there, and around that what
 * both have, abbreviated. */
#ifndef NDUP_DIFFTEXT_H
#define NDUP_DIFFTEXT_H

#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

struct ndup_difftext {
    FILE *out;
    size_t width; /* of the terminal */
    size_t indent;
    bool colour;
    size_t lines; /* at most */
};

/* Prints the differences; false: no memory. *left_out gets those that there was no room for. */
bool ndup_difftext_differences(const struct ndup_difftext *flow, const char *a, const char *b,
                               const neardup_segment *segments, size_t count, size_t *left_out);

/* The begin and the end of a text on one line; false: no memory. */
bool ndup_difftext_excerpt(const struct ndup_difftext *flow, const char *text, size_t length);

#endif
