/* SPDX-License-Identifier: MIT
 * What the searches within a Hamming distance share: the rows of comparing kernels, and the workers that collect pairs.
 * Private to the hamming_*.c files. */
#ifndef NDUP_HAMMING_IMPL_H
#define NDUP_HAMMING_IMPL_H

#include "base/platform.h"
#include "match/hamming/hamming.h"

/* Fingerprints as columns, so that vectors load them; high is NULL for 64 bits. */
struct ndup_hamming_view {
    const uint64_t *low, *high;
};

/* Rows against columns. A triangle compares a view with itself: columns behind the row only. */
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

/* Comparisons go by tiles of so many rows and columns: they stay in the second-level cache, and between two of them is
 * time to look whether somebody wants to stop. */
#define NDUP_HAMMING_TILE 4096u
/* Elements that a worker can move at a time. */
#define NDUP_HAMMING_ROOM 65536u

/* Bytes of an element, and the fewest of them that the working memory holds */
#define NDUP_HAMMING_ELEMENT_BYTES(bits) ((bits) / 8 + sizeof(uint32_t))
#define NDUP_HAMMING_CAPACITY_MIN        16384u

struct ndup_hamming_elements {
    uint64_t *low, *high; /* high NULL for 64 bits */
    uint32_t *id;
};

NDUP_INLINE struct ndup_hamming_elements ndup_hamming_at(struct ndup_hamming_elements e, size_t begin)
{
    return (struct ndup_hamming_elements){e.low + begin, e.high != NULL ? e.high + begin : NULL, e.id + begin};
}

struct ndup_hamming_worker {
    struct ndup_hamming_search *search;
    struct ndup_hamming_elements room; /* NDUP_HAMMING_ROOM elements, or as many as there are */
    uint16_t *keys;                    /* one for each of them */
    struct ndup_hamming_pair *pairs;
    size_t count, capacity;
    uint64_t passed; /* pairs of references met and not listed */
    neardup_status status;
};

struct ndup_hamming_search {
    unsigned bits, distance, blocks, matching;
    const struct ndup_fingerprint *fingerprints;
    uint32_t count;
    uint64_t max_pairs;
    const struct ndup_hamming_kernels *kernels;
    struct ndup_pool *pool;
    unsigned threads;
    const atomic_bool *cancel;
    atomic_bool stop; /* somebody failed */
    _Atomic uint64_t found;
    struct ndup_hamming_worker *workers;
    size_t capacity;     /* elements that fit the working memory */
    uint32_t references; /* so many first ones have no pairs with each other ... */
    uint64_t max_passed; /* ... of which more than so many show that there are masses */
    _Atomic uint64_t passed;
    /* Of pairs on one side of `boundary`, those below it count if report[0], the others if report[1]. */
    uint32_t boundary;
    bool report[2];
};

/* What is compared, and which of the pairs found count. */
struct ndup_hamming_block {
    struct ndup_hamming_elements rows, columns;
    const struct ndup_hamming_node *node; /* hamming_tables.h; tables */
};

void ndup_hamming_fail(struct ndup_hamming_worker *w, neardup_status status);
/* True when there is no point in going on; notes a cancellation. */
bool ndup_hamming_stopped(struct ndup_hamming_worker *w);

/* Compares and collects; false when stopped. Up to a tile of rows and of columns. */
bool ndup_hamming_compare_block(struct ndup_hamming_worker *w, const struct ndup_hamming_block *block, size_t rows,
                                size_t columns, bool triangle);

/* Failures are in the workers. */
void ndup_hamming_run_scan(struct ndup_hamming_search *s);
void ndup_hamming_run_tables(struct ndup_hamming_search *s);

#endif
