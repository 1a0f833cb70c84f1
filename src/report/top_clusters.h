/* SPDX-License-Identifier: MIT
 * The costliest clusters, copied. */
#ifndef NDUP_REPORT_KEPT_H
#define NDUP_REPORT_KEPT_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_kept_text { /* of a keeper or member; NULL: unknown */
    char *text;         /* its beginning */
    size_t text_length;
    bool more;  /* there is more of it */
    char *diff; /* against the keeper or first copy, JSON */
    size_t diff_length;
    bool changed; /* it is not the text of the run any more */
};

/* Members of one kind that are not in the copy of their cluster. */
struct ndup_rest {
    uint32_t source; /* row of the matrix */
    uint8_t bin;     /* of the histogram; one more for a score of 1 */
    neardup_reason reason;
    uint64_t count;
};

struct ndup_kept {           /* one allocation, but for texts */
    neardup_cluster cluster; /* member_count and members are those of the copy, the lowest scores first */
    uint64_t total;          /* members that there were */
    uint64_t size;
    double low;                   /* lowest score of all members */
    struct ndup_kept_text *texts; /* [0] of the keeper, [1 + i] of member i; NULL: none were read */
    struct ndup_rest *rest;       /* of the members that were left out; NULL: unknown */
    size_t rest_count;
    size_t keeper_text; /* while texts are read: number of the keeper's, from 1; 0: it is not read */
    size_t bytes;
};

struct ndup_kept_set {
    struct ndup_kept **items; /* a heap, the cheapest first; once sorted, the costliest first */
    size_t count, capacity;
    size_t bytes;
};

/* Keeps the cluster if it is among the `clusters` costliest, with its `members` lowest members. False: no memory. */
bool ndup_kept_offer(struct ndup_kept_set *set, const neardup_cluster *cluster, uint64_t clusters, uint64_t members);
/* Costliest first, of equals by number; then members are cut so that there are at most `units` in all, the same limit for
 * every cluster. */
void ndup_kept_sort(struct ndup_kept_set *set, uint64_t units);
void ndup_kept_free(struct ndup_kept_set *set);

struct ndup_member_order {
    double score;
    uint64_t index;
};
/* The members' indexes, the lowest score first, of equals in input order. malloc-ed; NULL: no memory. */
struct ndup_member_order *ndup_member_order(const neardup_cluster *cluster);
/* Whether a member of a cluster that keeps nothing is the first copy, which stands where the keeper would. */
bool ndup_is_first_copy(const neardup_cluster *cluster, const neardup_member *member);
/* What the cluster costs: tokens of its members. */
uint64_t ndup_cluster_tokens(const neardup_cluster *cluster);

#endif
