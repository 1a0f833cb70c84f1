/* SPDX-License-Identifier: MIT
 * Where two texts agree: which tokens are beside each other when the texts are laid side by side, and which runs of shingles
 * they share.
 *
 * A longest common subsequence by Myers' divide and conquer in linear space (An O(ND) difference algorithm and its
 * variations, Algorithmica 1986), as long as the texts are near to each other or small. Where they are far apart, what
 * they share in one order and nowhere twice is fixed first (as patience diff does it), and between these anchors a search
 * that has become too wide is cut at the furthest point that it reached. So the cost is bounded by a constant for each
 * token, whatever the texts. */
#ifndef NDUP_ALIGN_H
#define NDUP_ALIGN_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_run { /* elements a[a_first .. a_first+count) equal b[b_first .. b_first+count) */
    size_t a_first, b_first, count;
};

/* Maximal runs of equal shingles, in the order of a, not overlapping in a; where b has a shingle several times, the longest run wins (among
 * the first 64 places). *runs is malloc-ed. */
neardup_status ndup_passages_find(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                                  struct ndup_run **runs, size_t *run_count, neardup_error *err);

/* Runs of equal tokens, in order in both texts, none overlapping; neighbours that touch on both sides are one run. Tokens
 * are equal where their hashes are. *runs is malloc-ed. NOMEM is the only failure. */
neardup_status ndup_align(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, struct ndup_run **runs,
                          size_t *run_count, neardup_error *err) NDUP_MUST_CHECK;

#endif
