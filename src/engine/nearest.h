/* SPDX-License-Identifier: MIT
 * The documents most similar to a text, as far as a search has come: the first by similarity, then by input order. */
#ifndef NDUP_NEAREST_H
#define NDUP_NEAREST_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_near {
    double jaccard;
    uint64_t order;        /* of the document: no two are equal */
    uint64_t line, shared; /* line: in the block, or in the file */
    uint64_t tokens;
    size_t id, id_length; /* of names, or (id a copy) of nobody */
    char *id_copy;        /* owned */
    uint32_t source;
    unsigned bands;
    int distance;
};

struct ndup_nearest {
    struct ndup_near *list;
    size_t count, capacity;
    size_t wanted;
    double floor; /* what is not above it cannot be among the wanted any more; negative: everything can */
};

/* Adds one, whose id_copy it takes. False: no memory, and the copy is freed. */
bool ndup_nearest_add(struct ndup_nearest *nearest, struct ndup_near near) NDUP_MUST_CHECK;
/* Sorts, and drops what is not wanted. */
void ndup_nearest_settle(struct ndup_nearest *nearest);
/* Empties it; all can be wanted again. */
void ndup_nearest_clear(struct ndup_nearest *nearest);
void ndup_nearest_free(struct ndup_nearest *nearest);

#endif
