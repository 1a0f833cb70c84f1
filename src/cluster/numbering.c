/* SPDX-License-Identifier: MIT
 * A counting pass gives every cluster its room, a sort its number, and members are then placed without another sort.
 * Components are found by union-find with path halving, without ranks: the root must be the cluster with the least
 * number, which is what is reported. */
#include "base/platform.h"

#include "cluster/numbering.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

static int largest_first(const void *left, const void *right)
{
    const struct ndup_cluster_info *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->keeper < b->keeper ? -1 : a->keeper > b->keeper;
}

static int costliest_first(const void *left, const void *right)
{
    const struct ndup_cluster_info *a = left, *b = right;
    if (a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    return largest_first(left, right);
}

neardup_status ndup_clusters_number(struct ndup_clusters *clusters, uint32_t *number, const uint64_t *tokens,
                                    uint32_t ranks, bool paragraphs,
                                    uint64_t (*first_item)(const void *context, struct ndup_rank rank),
                                    const void *context, neardup_error *err)
{
    struct ndup_cluster_info *next;
    uint64_t removed = 0, first = 0;
    clusters->number = number;
    clusters->cluster_count = 0;
    for (uint32_t r = 0; r < ranks; r++) {
        clusters->cluster_count += number[r] > 0;
        removed += number[r];
    }
    clusters->clusters = next = ndup_calloc(clusters->cluster_count, sizeof *clusters->clusters);
    clusters->members = ndup_alloc(removed, sizeof *clusters->members);
    if (clusters->clusters == NULL || clusters->members == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = 0; r < ranks; r++) {
        struct ndup_rank rank = {r};
        if (number[r] > 0)
            *next++ = (struct ndup_cluster_info){
                .rank = rank, .keeper = first_item(context, rank), .count = number[r], .tokens = tokens[r]};
    }
    if (clusters->cluster_count > 1)
        qsort(clusters->clusters, clusters->cluster_count, sizeof *clusters->clusters,
              paragraphs ? costliest_first : largest_first);
    for (uint64_t i = 0; i < clusters->cluster_count; i++) {
        struct ndup_cluster_info *k = &clusters->clusters[i];
        k->first = first;
        k->component = i + 1;
        first += k->count;
        k->count = 0;
        number[k->rank.value] = (uint32_t)(i + 1);
    }
    return NEARDUP_OK;
}

/* ---- components: union-find, the least number is the root ---- */

static uint64_t root(struct ndup_clusters *c, uint64_t number)
{
    while (c->clusters[number - 1].component != number) {
        uint64_t *up = &c->clusters[number - 1].component;
        *up = c->clusters[*up - 1].component;
        number = *up;
    }
    return number;
}

void ndup_clusters_join(struct ndup_clusters *c, const struct ndup_text_decision *decisions, uint32_t references,
                        struct ndup_rank later, struct ndup_rank earlier)
{
    struct ndup_rank keeper = decisions[later.value].keeper;
    if (!ndup_rank_exists(keeper) || ndup_rank_exists(decisions[earlier.value].keeper) || earlier.value == keeper.value)
        return;
    if (keeper.value < references || earlier.value < references)
        return;
    uint32_t a = c->number[keeper.value], b = c->number[earlier.value];
    if (a == 0 || b == 0)
        return;
    uint64_t x = root(c, a), y = root(c, b);
    if (x < y)
        c->clusters[y - 1].component = x;
    else
        c->clusters[x - 1].component = y;
}

void ndup_clusters_name_components(struct ndup_clusters *c)
{
    for (uint64_t i = 1; i <= c->cluster_count; i++)
        c->clusters[i - 1].component = root(c, i);
}

void ndup_clusters_free(struct ndup_clusters *clusters)
{
    free(clusters->clusters);
    free(clusters->members);
    free(clusters->number);
    *clusters = (struct ndup_clusters){0};
}
