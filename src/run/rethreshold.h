/* SPDX-License-Identifier: MIT
 * A run decided again at a stricter threshold, in one of two ways:
 *
 *   filter   near-duplicates below the threshold stay, and nothing else changes: clusters lose members, vanish, and get
 *            other numbers. Reads clusters and decisions line by line.   redecide_filter.c
 *   greedy   from all pairs, as the run itself decided: what was kept since everything similar to it had gone can go now.
 *            Holds the units that have a pair in memory.                 redecide_pairs.c, redecide_greedy.c
 */
#ifndef NDUP_REDECIDE_H
#define NDUP_REDECIDE_H

#include "base/platform.h"
#include "run/open.h"

/* ---- filter ---- */

struct ndup_filtered_cluster {
    bool part;
    uint64_t old, number;      /* number 0: it has no member left */
    uint64_t members, tokens;  /* that are left */
    uint64_t component, least; /* old component; of the first cluster of one: the least number in it now */
    uint64_t offset, line;
    size_t length;
};

struct ndup_filter {
    struct ndup_filtered_cluster *clusters; /* by part and old number */
    size_t count, capacity;
    size_t *told; /* those that are left, as they are told: by part and number */
    size_t told_count;
};

/* ---- greedy ---- */

#define NDUP_NO_UNIT UINT32_MAX

struct ndup_redecided_item { /* a document, paragraph or line that is in a pair, in input order */
    neardup_ref ref;         /* its strings live in texts; the index and document are those of the run */
    uint64_t stored;
    bool leads;
    size_t id_at, group_at; /* in texts, while that grows */
    uint32_t text;          /* number in texts of struct ndup_greedy: its text's place in keeper order */
    bool removed;
    neardup_reason reason;
    uint32_t cluster; /* text of the keeper */
};

struct ndup_redecided_edge { /* between texts */
    uint32_t later, earlier;
    double jaccard;
    int distance;
};

struct ndup_redecided_text { /* all copies of it, in keeper order */
    uint32_t leader;         /* item */
    uint32_t keeper;         /* text; NDUP_NO_UNIT: kept */
    double jaccard;          /* to the keeper */
    int distance;
    uint64_t number; /* of its cluster; 0: none */
};

struct ndup_redecided_cluster {
    uint32_t text;
    uint64_t count, tokens, documents, component;
    size_t first; /* in members */
};

struct ndup_greedy {
    struct ndup_redecided_item *items; /* by index */
    size_t item_count, item_capacity;
    struct ndup_buf strings; /* ids and groups */
    struct ndup_redecided_edge *edges;
    size_t edge_count, edge_capacity;
    uint64_t pairs; /* that reach the threshold */
    struct ndup_redecided_text *texts;
    size_t text_count;
    struct ndup_redecided_cluster *clusters; /* by number - 1 */
    size_t cluster_count;
    uint32_t *members; /* items, by cluster, then input order */
    bool simhash;
};

struct ndup_redecided {
    double threshold;
    bool from_pairs;
    struct ndup_filter filter;
    struct ndup_greedy greedy;
};

/* Near-duplicates that stay now. */
NDUP_INLINE bool ndup_redecided_frees(double threshold, neardup_reason reason, double jaccard)
{
    return reason == NEARDUP_NEAR && jaccard < threshold;
}

/* Each fills its part, and the run's summary. */
neardup_status ndup_filter_make(struct neardup_run *run, struct ndup_redecided *redecided,
                                neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_greedy_make(struct neardup_run *run, struct ndup_redecided *redecided,
                                neardup_error *err) NDUP_MUST_CHECK;
/* The second half of that: from items and edges. */
neardup_status ndup_greedy_decide(struct neardup_run *run, struct ndup_greedy *greedy,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Decisions and clusters of each. */
neardup_status ndup_filter_tell(struct neardup_run *run, const struct ndup_redecided *redecided,
                                const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_greedy_tell(struct neardup_run *run, const struct ndup_greedy *greedy,
                                const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;

/* All that is told. */
neardup_status ndup_redecided_tell(struct neardup_run *run, const struct ndup_redecided *redecided,
                                   const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;

#endif
