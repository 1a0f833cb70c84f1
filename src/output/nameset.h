/* SPDX-License-Identifier: MIT
 * The set of names that will exist in the output folder, so that a clash is found before anything is written. */
#ifndef NDUP_NAMESET_H
#define NDUP_NAMESET_H

#include "base/platform.h"

enum ndup_nameset_kind { NDUP_NAMESET_FILE, NDUP_NAMESET_FOLDER };

enum ndup_nameset_answer {
    NDUP_NAMESET_NEW,   /* added */
    NDUP_NAMESET_THERE, /* it was there, of this kind */
    NDUP_NAMESET_TAKEN, /* it was there, of the other kind */
    NDUP_NAMESET_NOMEM,
};

struct ndup_nameset {        /* zeros: empty */
    struct ndup_name *table; /* open addressing, a power of two */
    size_t capacity;
    size_t count;
};

enum ndup_nameset_answer ndup_nameset_add(struct ndup_nameset *set, const char *name, size_t length,
                                          enum ndup_nameset_kind kind);
void ndup_nameset_free(struct ndup_nameset *set);

#endif
