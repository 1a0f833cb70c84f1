/* SPDX-License-Identifier: MIT
 * Clusters get their numbers, and are joined into components. Used by a run, and by a run that is decided again.
 *
 * A cluster is a kept text with the items that are removed for it. Clusters are numbered from 1 by what they cost: of
 * documents the one with the most members comes first, of paragraphs the one with the most tokens, since a thousand copies
 * of "Read more" matter less than ten of a page. The place of the keeper in the input breaks ties, so numbers do not depend
 * on threads. */
#ifndef NDUP_NUMBERING_H
#define NDUP_NUMBERING_H

#include "base/platform.h"
#include "cluster/decide.h"
#include "match/text_numbers.h"
#include "neardup.h"

struct ndup_cluster_info {
    struct ndup_rank rank; /* of the keeper */
    uint64_t keeper;       /* item */
    uint64_t first, count; /* of members */
    uint64_t tokens;       /* of the members */
    uint64_t component;    /* number of its first cluster */
};

struct ndup_clusters {
    struct ndup_cluster_info *clusters; /* by number - 1 */
    uint64_t cluster_count;
    uint32_t *members; /* items, by cluster, then in the order in which they were placed */
    uint32_t *number;  /* [ranks]: from 1; 0 if the rank has no cluster */
};

/* Numbers the clusters and makes room for their members. number[rank] holds how many items were removed for the text, and
 * is taken over, also after a failure; tokens[rank] how many tokens these have; first_item(context, rank) is the text's
 * first item. The counts are 0 until members are placed. */
neardup_status ndup_clusters_number(struct ndup_clusters *clusters, uint32_t *number, const uint64_t *tokens,
                                    uint32_t ranks, bool paragraphs,
                                    uint64_t (*first_item)(const void *context, struct ndup_rank rank),
                                    const void *context, neardup_error *err) NDUP_MUST_CHECK;

/* Adds a removed item to the cluster of its keeper. */
NDUP_INLINE void ndup_clusters_place(struct ndup_clusters *clusters, struct ndup_rank keeper, uint32_t item)
{
    struct ndup_cluster_info *k = &clusters->clusters[clusters->number[keeper.value] - 1];
    clusters->members[k->first + k->count++] = item;
}

/* Joins the clusters of a removed text's keeper and of another kept text that it is similar to: they are shown as one
 * component, never merged. Not those of references, which are the first ranks: they are not compared with each other. */
void ndup_clusters_join(struct ndup_clusters *clusters, const struct ndup_text_decision *decisions, uint32_t references,
                        struct ndup_rank later, struct ndup_rank earlier);
/* After all joins. */
void ndup_clusters_name_components(struct ndup_clusters *clusters);

void ndup_clusters_free(struct ndup_clusters *clusters);

#endif
