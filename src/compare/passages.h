/* SPDX-License-Identifier: MIT
 * Where two texts share: maximal runs of equal shingles. */
#ifndef NDUP_PASSAGES_H
#define NDUP_PASSAGES_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_run { /* shingles a[a_first .. a_first+count) equal b[b_first .. b_first+count) */
    size_t a_first, b_first, count;
};

/* Runs in the order of a, not overlapping in a; where a shingle stands several times in b, the longest run wins (among
 * the first 64 places). *runs is malloc-ed. */
neardup_status ndup_passages_find(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                                  struct ndup_run **runs, size_t *run_count, neardup_error *err);

#endif
