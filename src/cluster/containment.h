/* SPDX-License-Identifier: MIT
 * Which of the kept texts are contained in longer kept ones. Exact, from the sets of shingles that the Jaccard similarity is
 * computed from, too; candidates come from samples (match/contained.h).
 *
 * A text is longer than another if it has more different shingles, or as many and an earlier rank: so no two are longer than
 * each other. After the decisions of decide.h, the texts that are kept are visited from the longest to the shortest. One is
 * removed if at least the share S of its shingles is in a longer text that is kept, and linked to the one that has most of it,
 * the earlier of equals. A text to which near-duplicates are linked is removed only if each of these is contained in that
 * longer text, too; then they are linked to it as well. Else the next best is tried. So what a removed document says is, but
 * for a share of 1 - S, in its keeper, and a keeper is never removed: longer texts are decided first, and a text that is
 * linked to has been decided to be kept. */
#ifndef NDUP_CONTAINMENT_H
#define NDUP_CONTAINMENT_H

#include "base/platform.h"
#include "base/pool.h"
#include "cluster/decide.h"
#include "match/contained.h"
#include "match/loader.h"
#include "match/text_numbers.h"
#include "neardup.h"

#include <stdatomic.h>

/* A text with at least the share S of its shingles in another one, which is longer. */
struct ndup_contained_pair {
    struct ndup_rank text, holder;
    uint32_t shared, text_count, holder_count; /* different shingles */
    bool decides;                              /* both were kept, and the holder is among the first candidates */
};

struct ndup_contained_decision { /* of a removed text */
    struct ndup_rank rank;
    double
        in_keeper; /* share of its shingles that are in the keeper; for a near-duplicate that moves with its keeper, too */
    double of_keeper; /* share of the keeper's shingles that are in it */
};

struct ndup_containment_options {
    double share;
    uint32_t ranks;
    uint32_t references; /* the first ranks: they are never removed */
    bool keep_numbers;   /* texts that differ in numbers only do not remove each other (text/text.h) */
    uint32_t deciding;   /* candidates of a text that decide: the first of those that are kept */
    size_t cache_bytes;  /* for shingle sets */
    struct ndup_pool *pool;
    struct ndup_loader loader;
    const atomic_bool *cancel;                                      /* may be NULL */
    void *context;                                                  /* of progress */
    bool (*progress)(void *context, uint64_t done, uint64_t total); /* by the calling thread; false cancels */
};

struct ndup_containment {
    struct ndup_contained_pair *pairs; /* by (text, holder) when all are decided */
    size_t pair_count, pair_capacity;
    struct ndup_contained_decision *decisions; /* by rank */
    size_t decision_count, decision_capacity;
    uint64_t candidates; /* pairs whose containment was computed */
};

/* Computes the containment of texts in their candidates and adds the pairs. Called once per block. */
neardup_status ndup_containment_verify(const struct ndup_containment_options *options,
                                       const struct ndup_text_decision *decisions,
                                       const struct ndup_contained_text *texts, size_t count,
                                       struct ndup_containment *out, neardup_error *err) NDUP_MUST_CHECK;
/* Decides when all pairs are there: changes the decisions of texts that are removed, or move to another keeper. */
neardup_status ndup_containment_decide(const struct ndup_containment_options *options,
                                       struct ndup_text_decision *decisions, struct ndup_containment *out,
                                       neardup_error *err) NDUP_MUST_CHECK;
void ndup_containment_free(struct ndup_containment *containment);

/* The decision on a text that was removed as contained; NULL if it was not. */
const struct ndup_contained_decision *ndup_containment_of(const struct ndup_containment *containment,
                                                          struct ndup_rank rank);

#endif
