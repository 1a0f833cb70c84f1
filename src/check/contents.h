/* SPDX-License-Identifier: MIT
 * Contents and how many copies of each there are: in the baseline, and now. */
#ifndef NDUP_CHECK_CONTENTS_H
#define NDUP_CHECK_CONTENTS_H

#include "base/platform.h"
#include "neardup.h"

#define NDUP_CONTENT_DIGITS 32

struct ndup_content_count {
    neardup_content content;
    unsigned unit;   /* neardup_unit; 0: the slot is free. NDUP_ANY_UNIT in a list of allowed contents */
    uint64_t before; /* copies in the baseline */
    uint64_t now;    /* copies found */
};

#define NDUP_ANY_UNIT 128u

struct ndup_contents {
    struct ndup_content_count *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* The entry of a content, made if it is not there; NULL for want of memory. Valid until the next call. */
struct ndup_content_count *ndup_contents_add(struct ndup_contents *contents, neardup_content content, unsigned unit);
/* NULL: it is not there. */
struct ndup_content_count *ndup_contents_find(const struct ndup_contents *contents, neardup_content content,
                                              unsigned unit);
/* All entries in the order of unit and content; malloc-ed, NULL for want of memory or if there is none. */
struct ndup_content_count *ndup_contents_sorted(const struct ndup_contents *contents);
void ndup_contents_free(struct ndup_contents *contents);

/* By value: high, then low. */
int ndup_content_compare(neardup_content a, neardup_content b);
/* 32 hexadecimal digits and a NUL. */
void ndup_content_print(char out[NDUP_CONTENT_DIGITS + 1], neardup_content content);
/* Reads 32 hexadecimal digits of either case; false if they are something else. */
bool ndup_content_parse(const char *digits, neardup_content *content);

#endif
