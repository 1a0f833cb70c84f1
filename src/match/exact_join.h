/* SPDX-License-Identifier: MIT
 * Exact candidates (--candidates all), recall 1: prefix filtering (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007).
 *
 * Order all shingles by how many texts hold them, rare ones first. If J(x, y) >= t then |x n y| >= t * max(|x|, |y|), so
 * x and y share a shingle among the first |x| - ceil(t|x|) + 1 of x and the first |y| - ceil(t|y|) + 1 of y. Those
 * shingles serve as bucket keys: from there on they are treated like the keys of bands. Every text
 * is read two times more than with bands, so this is for audits and small corpora, not the default. */
#ifndef NDUP_EXACT_JOIN_H
#define NDUP_EXACT_JOIN_H

#include "base/platform.h"
#include "base/pool.h"
#include "match/group.h"
#include "match/loader.h"
#include "neardup.h"

#include <stdatomic.h>

struct ndup_exact_join_options {
    double threshold;
    uint32_t ranks;
    uint64_t shingles;   /* about how many in all, for the size of the frequency table */
    size_t memory_bytes; /* for the frequency table and the keys; 0: unlimited. LIMIT if the keys need more */
    struct ndup_pool *pool;
    struct ndup_loader loader; /* every text is loaded twice */
    const atomic_bool *cancel; /* may be NULL */
};

/* Adds an entry (item is the rank) for every prefix shingle that more than one text has in its prefix. */
neardup_status ndup_exact_join(const struct ndup_exact_join_options *options, struct ndup_entries *entries,
                               neardup_error *err) NDUP_MUST_CHECK;

#endif
