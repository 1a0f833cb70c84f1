/* SPDX-License-Identifier: MIT
 * Public function: decisions for edges that the caller found. The rule is ndup_decide_edges, as for jobs. */
#include "base/platform.h"

#include "cluster/decide.h"

#include "base/error.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct known { /* one call */
    uint64_t count;
    const uint64_t *order; /* by rank: number; NULL: the same */
    uint32_t *rank;        /* by number */
    struct ndup_known_edge *edges;
    size_t edge_count;
    struct ndup_text_decision *decisions; /* by rank */
};

static uint64_t number_of(const struct known *k, uint32_t rank)
{
    return k->order != NULL ? k->order[rank] : rank;
}

static neardup_status take_order(struct known *k, neardup_error *err)
{
    for (uint64_t i = 0; i < k->count; i++)
        k->rank[i] = UINT32_MAX;
    for (uint64_t r = 0; r < k->count; r++) {
        uint64_t number = number_of(k, (uint32_t)r);
        if (number >= k->count || k->rank[number] != UINT32_MAX)
            return ndup_fail(err, NEARDUP_E_ARG,
                             "order is not a permutation of 0 to %" PRIu64 ": %" PRIu64 " is out of range or repeated",
                             k->count - 1, number);
        k->rank[number] = (uint32_t)r;
    }
    return NEARDUP_OK;
}

static neardup_status take_edges(struct known *k, const neardup_edge *edges, size_t count, neardup_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const neardup_edge *e = &edges[i];
        if (e->a >= k->count || e->b >= k->count)
            return ndup_fail(err, NEARDUP_E_ARG, "edge %zu has document %" PRIu64 ", but there are only %" PRIu64, i,
                             e->a >= k->count ? e->a : e->b, k->count);
        if (isnan(e->similarity))
            return ndup_fail(err, NEARDUP_E_ARG, "the similarity of edge %zu is not a number", i);
        if (e->a == e->b)
            continue;
        struct ndup_rank a = {k->rank[e->a]}, b = {k->rank[e->b]};
        bool later = a.value > b.value;
        k->edges[k->edge_count++] = (struct ndup_known_edge){.later = later ? a : b,
                                                             .earlier = later ? b : a,
                                                             .jaccard = e->similarity,
                                                             .distance = NEARDUP_NO_DISTANCE};
    }
    return NEARDUP_OK;
}

struct sized { /* a cluster */
    uint64_t keeper, size;
};

static int largest_first(const void *left, const void *right)
{
    const struct sized *a = left, *b = right;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return a->keeper < b->keeper ? -1 : a->keeper > b->keeper;
}

/* cluster[] is scratch for the sizes first. */
static neardup_status number_clusters(const struct known *k, uint64_t *cluster, uint64_t *clusters, neardup_error *err)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < k->count; i++)
        cluster[i] = 0;
    for (uint32_t r = 0; r < k->count; r++) {
        struct ndup_rank keeper = k->decisions[r].keeper;
        if (ndup_rank_exists(keeper))
            n += cluster[number_of(k, keeper.value)]++ == 0;
    }
    struct sized *list = ndup_alloc(n, sizeof *list);
    if (list == NULL)
        return ndup_fail_nomem(err);
    n = 0;
    for (uint64_t i = 0; i < k->count; i++) {
        if (cluster[i] > 0)
            list[n++] = (struct sized){i, cluster[i]};
    }
    if (n > 1)
        qsort(list, n, sizeof *list, largest_first);
    for (uint64_t i = 0; i < n; i++)
        cluster[list[i].keeper] = i + 1;
    free(list);
    for (uint32_t r = 0; r < k->count; r++) {
        struct ndup_rank keeper = k->decisions[r].keeper;
        if (ndup_rank_exists(keeper))
            cluster[number_of(k, r)] = cluster[number_of(k, keeper.value)];
    }
    *clusters = n;
    return NEARDUP_OK;
}

static neardup_status decide(struct known *k, const neardup_edge *edges, size_t edge_count, uint64_t *keeper,
                             double *similarity, uint64_t *cluster, uint64_t *clusters, neardup_error *err)
{
    uint64_t *own = NULL, found = 0;
    NDUP_TRY(take_order(k, err));
    NDUP_TRY(take_edges(k, edges, edge_count, err));
    ndup_decide_edges(k->edges, k->edge_count, (uint32_t)k->count, 0, false, k->decisions);
    for (uint32_t r = 0; r < k->count; r++) {
        const struct ndup_text_decision *d = &k->decisions[r];
        bool removed = ndup_rank_exists(d->keeper);
        if (keeper != NULL)
            keeper[number_of(k, r)] = removed ? number_of(k, d->keeper.value) : NEARDUP_NONE;
        if (similarity != NULL)
            similarity[number_of(k, r)] = removed ? d->jaccard : 0;
    }
    if (cluster == NULL && clusters == NULL)
        return NEARDUP_OK;
    if (cluster == NULL && (own = ndup_alloc(k->count, sizeof *own)) == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = number_clusters(k, cluster != NULL ? cluster : own, &found, err);
    free(own);
    if (clusters != NULL)
        *clusters = found;
    return st;
}

neardup_status neardup_decide(uint64_t count, const uint64_t *order, const neardup_edge *edges, size_t edge_count,
                              uint64_t *keeper, double *similarity, uint64_t *cluster, uint64_t *clusters,
                              neardup_error *err)
{
    struct known k = {.count = count, .order = order};
    if (count >= UINT32_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than %" PRIu32 " documents", UINT32_MAX - 1);
    k.rank = ndup_alloc(count, sizeof *k.rank);
    k.edges = ndup_alloc(edge_count, sizeof *k.edges);
    k.decisions = ndup_alloc(count, sizeof *k.decisions);
    neardup_status st = k.rank == NULL || k.edges == NULL || k.decisions == NULL
                            ? ndup_fail_nomem(err)
                            : decide(&k, edges, edge_count, keeper, similarity, cluster, clusters, err);
    free(k.rank);
    free(k.edges);
    free(k.decisions);
    return st;
}
