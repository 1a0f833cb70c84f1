/* SPDX-License-Identifier: MIT
 * Which texts are kept. Texts are visited in keeper order; one is removed exactly if it has an edge (exact Jaccard at or
 * above the threshold) to a kept one, and is then linked to the most similar kept one, the earlier of equals. A removed
 * text removes nothing: no chains. This is the greedy maximal independent set in keeper order, so the outcome does not
 * depend on threads.
 *
 * With fingerprints an edge is a distance of at most `distance` bits. Either that is all, and the keeper is the closest
 * kept text; then texts are read only for what is reported. Or the Jaccard must reach the threshold, too, and chooses the
 * keeper.
 *
 * Texts are visited in blocks, each in two steps that all threads share. First every text of the block meets the kept
 * texts before the block: whoever has an edge is removed. Then all meet the texts of the block that are still undecided,
 * and wait for those that another thread has not decided yet. In a mass of near-identical pages all but one are removed
 * after the first step, and none of the others is compared with them. */
#ifndef NDUP_DECIDE_H
#define NDUP_DECIDE_H

#include "base/platform.h"
#include "base/pool.h"
#include "match/buckets.h"
#include "match/loader.h"
#include "match/text_numbers.h"
#include "neardup.h"
#include "sketch/simhash.h"

#include <stdatomic.h>

struct ndup_edge { /* two similar texts */
    struct ndup_rank later, earlier;
    double jaccard;      /* 0 where the distance decides and pairs are not wanted */
    bool numbers_differ; /* the texts differ in numbers only (text/text.h) */
};

struct ndup_text_decision {
    double jaccard;          /* to the keeper; 0 for a kept text */
    struct ndup_rank keeper; /* NDUP_NO_NUMBER for a kept text */
    int16_t distance;        /* to the keeper; NEARDUP_NO_DISTANCE for a kept text, and without fingerprints */
    bool numbers_differ;     /* from the keeper */
};

/* A text that is kept, is nobody's keeper and no reference, but has an edge to a removed one: in another keeper order the
 * chain that it is in would be cut elsewhere. */
struct ndup_near_miss {
    struct ndup_rank kept, removed; /* removed: the most similar one, the earlier of equals */
    double jaccard;
    int16_t distance;
    bool numbers_differ;
};

struct ndup_decide_options {
    double threshold;
    const struct ndup_fingerprint *fingerprints; /* [ranks]; NULL: MinHash, and nothing below about distances applies */
    unsigned distance;
    bool verify; /* edges must also reach the threshold */
    /* Looks for near misses if it is not NULL. It is called by the calling thread when `out` is complete but for them
     * (context is the loader's). *removed gets a bit per rank: texts that were really removed; NULL: all that have a keeper. */
    neardup_status (*find_removed)(void *context, const uint64_t **removed, neardup_error *err);
    bool keep_numbers;  /* texts that differ in numbers only do not remove each other */
    bool pairs;         /* also verify candidates that are removed, and record all edges */
    size_t cache_bytes; /* for shingle sets */
    struct ndup_buckets *buckets;
    uint32_t ranks;
    uint32_t references; /* the first ranks: they are kept, and not compared with each other */
    /* With pairs: whether a reference is also an input, and so compared with all other references (context is the
     * loader's). From any thread. NULL: none is. */
    bool (*mixed)(void *context, struct ndup_rank rank);
    uint32_t block; /* texts in a block; 0: the default. Tests choose small ones */
    struct ndup_pool *pool;
    struct ndup_loader loader;
    /* Whether two texts must not be compared (context is the loader's). From any thread. May be NULL. */
    bool (*apart)(void *context, struct ndup_rank rank, struct ndup_rank earlier);
    void *context; /* of progress */
    /* Called now and then by the calling thread: texts done of those with candidates; false cancels. May be NULL. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    const atomic_bool *cancel; /* may be NULL */
};

struct ndup_decided {
    struct ndup_text_decision *decisions; /* [ranks] */
    struct ndup_edge
        *edges; /* with pairs: all, by (earlier, later). Without: those of a removed text to kept texts that
                                are not its keeper */
    size_t edge_count;
    struct ndup_near_miss *near_misses; /* by the kept one; only if find_removed is set */
    size_t near_miss_count;
    uint64_t candidates; /* pairs whose similarity was computed, or whose distance decided */
    uint64_t edges_found;
    uint64_t below; /* of the candidates: those below the threshold by at most 0.1, as far as they were intersected */
};

/* Finds the edges, as far as it needs them, and decides. */
neardup_status ndup_decide(const struct ndup_decide_options *options, struct ndup_decided *out,
                           neardup_error *err) NDUP_MUST_CHECK;
void ndup_decided_free(struct ndup_decided *decided);

struct ndup_known_edge {
    struct ndup_rank later, earlier;
    double jaccard;
    int16_t distance;
    bool numbers_differ;
};

/* Decides by the same rule from edges that are known (keep_numbers: without those of texts that differ in numbers only): fills
 * decisions[ranks]. The first `references` ranks are kept in any
 * case. Sorts the edges by (later, earlier); one that is there twice does no harm. */
void ndup_decide_edges(struct ndup_known_edge *edges, size_t count, uint32_t ranks, uint32_t references,
                       bool keep_numbers, struct ndup_text_decision *decisions);

/* Whether the text of this rank has a keeper. */
NDUP_INLINE bool ndup_decided_removed(const struct ndup_decided *decided, struct ndup_rank rank)
{
    return ndup_rank_exists(decided->decisions[rank.value].keeper);
}

#endif
