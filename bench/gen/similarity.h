/* SPDX-License-Identifier: MIT
 * Exact Jaccard similarity of the word 5-gram sets of two documents, from their word numbers. */
#ifndef GEN_SIMILARITY_H
#define GEN_SIMILARITY_H

#include "gen/document.h"

struct entry {
    uint64_t key;
    uint64_t stamp; /* 2 * round: only in one of them; 2 * round + 1: in both */
};

struct shingle_set {
    struct entry *entry;
    size_t room; /* power of two */
    uint64_t round;
};

struct similarity {
    uint64_t shared, in_either;
};

struct similarity similarity_of(const struct corpus *c, struct shingle_set *set, const struct document *a,
                                const struct document *b);

static inline double jaccard(struct similarity s)
{
    return (double)s.shared / (double)s.in_either;
}

#endif
