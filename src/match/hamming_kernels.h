/* SPDX-License-Identifier: MIT
 * Comparing rows of fingerprints with columns: the part of the search for near fingerprints that has a kernel for each
 * instruction set. */
#ifndef NDUP_HAMMING_KERNELS_H
#define NDUP_HAMMING_KERNELS_H

#include "base/platform.h"

/* Fingerprints as columns, so that vectors load them; high is NULL for 64 bits. */
struct ndup_hamming_view {
    const uint64_t *low, *high;
};

/* Rows against columns. A triangle compares a view with itself: columns after the row only. */
struct ndup_hamming_compare {
    struct ndup_hamming_view rows, columns;
    size_t row_begin, row_end, column_begin, column_end;
    bool triangle;
    unsigned distance;
    bool (*hit)(void *context, size_t row, size_t column); /* false: stop */
    void *context;
};

/* Every row calls hit() for the same pairs; the order inside means nothing. */
struct ndup_hamming_kernels {
    bool (*compare64)(const struct ndup_hamming_compare *c);
    bool (*compare128)(const struct ndup_hamming_compare *c);
    /* Elements for each split that would be needed, from which on splitting is faster than comparing all of them. */
    unsigned worth_splitting;
};

extern const struct ndup_hamming_kernels ndup_hamming_scalar;
#if NDUP_X86
extern const struct ndup_hamming_kernels ndup_hamming_avx2;
extern const struct ndup_hamming_kernels ndup_hamming_avx512;
#endif

#endif
