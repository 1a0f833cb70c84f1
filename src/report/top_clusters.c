/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/top_clusters.h"

#include "base/mem.h"
#include "report/model.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

#define SET_BYTES ((size_t)96 << 20) /* of all copies of a set */

/* ---- members in order -------------------------------------------------------------------------------------------- */

static int lowest_first(const void *left, const void *right)
{
    const struct ndup_member_order *a = left;
    const struct ndup_member_order *b = right;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

struct ndup_member_order *ndup_member_order(const neardup_cluster *cluster)
{
    struct ndup_member_order *order = ndup_alloc(cluster->member_count + 1, sizeof *order);
    if (order == NULL)
        return NULL;
    for (uint64_t i = 0; i < cluster->member_count; i++)
        order[i] = (struct ndup_member_order){ndup_member_score(&cluster->members[i]), i};
    qsort(order, cluster->member_count, sizeof *order, lowest_first);
    return order;
}

bool ndup_is_first_copy(const neardup_cluster *cluster, const neardup_member *member)
{
    const neardup_ref *first = &cluster->keeper, *ref = &member->document;
    return cluster->all_removed && first->line == ref->line && first->bytes.begin == ref->bytes.begin &&
           first->bytes.end == ref->bytes.end && strcmp(first->file, ref->file) == 0;
}

uint64_t ndup_cluster_tokens(const neardup_cluster *cluster)
{
    uint64_t tokens = cluster->tokens;
    for (uint64_t i = 0; cluster->tokens == 0 && i < cluster->member_count; i++)
        tokens += cluster->members[i].document.tokens;
    return tokens;
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

struct strings { /* where the strings of a copy go; a first round only measures */
    char *data;  /* NULL: measure */
    size_t used;
    const char *file, *file_copy; /* the last ones: neighbours often share them */
};

static const char *copy_bytes(struct strings *strings, const char *bytes, size_t length)
{
    if (bytes == NULL)
        return NULL;
    char *copy = strings->data != NULL ? strings->data + strings->used : NULL;
    strings->used += length + 1;
    if (copy == NULL)
        return bytes;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void copy_ref(struct strings *strings, neardup_ref *to, const neardup_ref *from)
{
    *to = *from;
    to->id = copy_bytes(strings, from->id, from->id_length);
    to->group = copy_bytes(strings, from->group, from->group_length);
    if (from->file == NULL)
        return;
    if (strings->file == NULL || strcmp(strings->file, from->file) != 0) {
        strings->file_copy = copy_bytes(strings, from->file, strlen(from->file));
        strings->file = from->file;
    }
    to->file = strings->file_copy;
}

static void copy_refs(struct strings *strings, neardup_cluster *to, neardup_member *members,
                      const neardup_cluster *from, const struct ndup_member_order *order, uint64_t count)
{
    neardup_ref spare;
    copy_ref(strings, to != NULL ? &to->keeper : &spare, &from->keeper);
    for (uint64_t i = 0; i < count; i++) {
        const neardup_member *member = &from->members[order[i].index];
        if (members != NULL)
            members[i] = *member;
        copy_ref(strings, members != NULL ? &members[i].document : &spare, &member->document);
    }
}

static struct ndup_kept *copy_cluster(const neardup_cluster *cluster, uint64_t most)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    uint64_t count = cluster->member_count < most ? cluster->member_count : most;
    if (order == NULL)
        return NULL;
    struct strings strings = {NULL, 0, NULL, NULL};
    copy_refs(&strings, NULL, NULL, cluster, order, count);
    size_t head = sizeof(struct ndup_kept) + count * sizeof(neardup_member);
    struct ndup_kept *kept = ndup_alloc(head + strings.used, 1);
    if (kept != NULL) {
        neardup_member *members = (neardup_member *)(void *)(kept + 1);
        *kept = (struct ndup_kept){
            .cluster = *cluster,
            .total = cluster->member_count,
            .size = ndup_cluster_size(cluster),
            .low = cluster->member_count > 0 ? order[0].score : 0,
            .bytes = head + strings.used,
        };
        kept->cluster.tokens = ndup_cluster_tokens(cluster);
        kept->cluster.member_count = count;
        kept->cluster.members = members;
        strings = (struct strings){(char *)kept + head, 0, NULL, NULL};
        copy_refs(&strings, &kept->cluster, members, cluster, order, count);
    }
    free(order);
    return kept;
}

static void free_kept(struct ndup_kept *kept)
{
    for (uint64_t i = 0; kept->texts != NULL && i <= kept->cluster.member_count; i++) {
        free(kept->texts[i].text);
        free(kept->texts[i].diff);
    }
    free(kept->texts);
    free(kept->rest);
    free(kept);
}

/* ---- the heap ---------------------------------------------------------------------------------------------------- */

static bool costlier(uint64_t tokens, uint64_t number, const neardup_cluster *than)
{
    return tokens != than->tokens ? tokens > than->tokens : number < than->number;
}

static bool above(const struct ndup_kept *a, const struct ndup_kept *b)
{
    return costlier(a->cluster.tokens, a->cluster.number, &b->cluster);
}

static void sift_up(struct ndup_kept_set *set, size_t at)
{
    struct ndup_kept *item = set->items[at];
    for (size_t parent; at > 0 && above(set->items[parent = (at - 1) / 2], item); at = parent)
        set->items[at] = set->items[parent];
    set->items[at] = item;
}

static void sift_down(struct ndup_kept_set *set, size_t at)
{
    struct ndup_kept *item = set->items[at];
    for (size_t child; (child = 2 * at + 1) < set->count; at = child) {
        if (child + 1 < set->count && above(set->items[child], set->items[child + 1]))
            child++;
        if (!above(item, set->items[child]))
            break;
        set->items[at] = set->items[child];
    }
    set->items[at] = item;
}

static void drop_cheapest(struct ndup_kept_set *set)
{
    struct ndup_kept *cheapest = set->items[0];
    set->bytes -= cheapest->bytes;
    set->items[0] = set->items[--set->count];
    if (set->count > 0)
        sift_down(set, 0);
    free_kept(cheapest);
}

bool ndup_kept_offer(struct ndup_kept_set *set, const neardup_cluster *cluster, uint64_t clusters, uint64_t members)
{
    bool full = set->count >= clusters || set->bytes >= SET_BYTES;
    uint64_t tokens = ndup_cluster_tokens(cluster);
    if (clusters == 0 || (full && set->count > 0 && !costlier(tokens, cluster->number, &set->items[0]->cluster)))
        return true;
    struct ndup_kept *kept = copy_cluster(cluster, members);
    if (kept == NULL || !ndup_grow(&set->items, &set->capacity, set->count + 1, sizeof(struct ndup_kept *))) {
        free(kept);
        return false;
    }
    set->items[set->count++] = kept;
    set->bytes += kept->bytes;
    sift_up(set, set->count - 1);
    while (set->count > clusters || (set->bytes > SET_BYTES && set->count > 1))
        drop_cheapest(set);
    return true;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static int costliest_first(const void *left, const void *right)
{
    const struct ndup_kept *a = *(struct ndup_kept *const *)left;
    const struct ndup_kept *b = *(struct ndup_kept *const *)right;
    return above(a, b) ? -1 : above(b, a) ? 1 : 0;
}

static uint64_t units_within(const struct ndup_kept_set *set, uint64_t limit)
{
    uint64_t units = 0;
    for (size_t i = 0; i < set->count; i++) {
        uint64_t count = set->items[i]->cluster.member_count;
        units += count < limit ? count : limit;
    }
    return units;
}

void ndup_kept_sort(struct ndup_kept_set *set, uint64_t units)
{
    uint64_t limit = 1;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->cluster.member_count > limit)
            limit = set->items[i]->cluster.member_count;
    }
    while (limit > 1 && units_within(set, limit) > units)
        limit -= 1 + limit / 16;
    for (size_t i = 0; i < set->count; i++) {
        neardup_cluster *cluster = &set->items[i]->cluster;
        if (cluster->member_count > limit)
            cluster->member_count = limit;
    }
    if (set->count > 0)
        qsort(set->items, set->count, sizeof(struct ndup_kept *), costliest_first);
}

void ndup_kept_free(struct ndup_kept_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free_kept(set->items[i]);
    free(set->items);
    *set = (struct ndup_kept_set){NULL, 0, 0, 0};
}
