/* SPDX-License-Identifier: MIT
 * From verdicts on units to items: fates, clusters, references. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- fates ---- */

static void document_fate(const struct ndup_level *level, const struct ndup_item *item, struct ndup_fate *fate)
{
    *fate = (struct ndup_fate){.kind = NDUP_FATE_NONE, .distance = NEARDUP_NO_DISTANCE, .keeper = NDUP_NO_ITEM};
    if (item->unit > NDUP_UNIT_MAX)
        return;
    fate->rank = level->rank_of[item->unit];
    if (ndup_level_is_reference(level, item->index)) {
        fate->kind = NDUP_FATE_KEPT;
        fate->keeper = item->index;
        return;
    }
    const struct ndup_verdict *v = &level->decided.verdicts[fate->rank];
    fate->kind = NDUP_FATE_REMOVED;
    if (v->keeper != UINT32_MAX) {
        fate->reason = NEARDUP_NEAR;
        fate->jaccard = v->jaccard;
        fate->distance = v->distance;
        fate->rank = v->keeper;
    } else if (level->rep[level->unit_at[fate->rank]] != item->index) {
        fate->reason = NEARDUP_EXACT;
        fate->jaccard = 1;
        fate->distance = ndup_level_no_bits(level);
    } else {
        fate->kind = NDUP_FATE_KEPT;
    }
    fate->keeper = level->rep[level->unit_at[fate->rank]];
}

neardup_status ndup_job_fate(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                             struct ndup_fate *fate, neardup_error *err)
{
    if (level->parts != NULL)
        return ndup_part_fate(job, level, item, fate, err);
    document_fate(level, item, fate);
    return NEARDUP_OK;
}

/* ---- clusters ---- */

struct counting {
    uint32_t *size;   /* [ranks] removed items */
    uint64_t *tokens; /* [ranks] of these */
    uint64_t removed;
    uint32_t changed; /* document counted last as changed; UINT32_MAX: none */
};

static void count_document(neardup_job *job, const struct ndup_item *item, const struct ndup_fate *fate)
{
    job->summary.removed_bytes += item->row->length;
    job->summary.removed_tokens += item->tokens;
    job->summary.exact += fate->reason == NEARDUP_EXACT;
    job->summary.near += fate->reason == NEARDUP_NEAR;
}

static void count_part(neardup_job *job, const struct ndup_item *item, const struct ndup_fate *fate, struct counting *c)
{
    neardup_parts *parts = &job->summary.parts;
    parts->exact += fate->reason == NEARDUP_EXACT;
    parts->near += fate->reason == NEARDUP_NEAR;
    parts->contained += fate->reason == NEARDUP_CONTAINED;
    parts->boilerplate += fate->reason == NEARDUP_BOILERPLATE;
    parts->cut_tokens += item->tokens;
    parts->cut_bytes += item->part->raw_length;
    parts->changed += c->changed != item->document;
    c->changed = item->document;
}

static neardup_status count_removed(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    struct counting *c = context;
    struct ndup_fate fate;
    NDUP_TRY(ndup_job_fate(job, level, item, &fate, err));
    if (fate.kind != NDUP_FATE_REMOVED)
        return NEARDUP_OK;
    level->removed[item->index / 64] |= (uint64_t)1 << item->index % 64;
    c->size[fate.rank]++;
    c->removed++;
    c->tokens[fate.rank] += item->tokens;
    if (item->part == NULL)
        count_document(job, item, &fate);
    else
        count_part(job, item, &fate, c);
    return NEARDUP_OK;
}

static neardup_status place_removed(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_level_is_removed(level, item->index))
        return NEARDUP_OK;
    struct ndup_fate fate;
    NDUP_TRY(ndup_job_fate(job, level, item, &fate, err));
    struct ndup_cluster_info *k = &level->clusters.clusters[level->clusters.number[fate.rank] - 1];
    level->clusters.members[k->first + k->count++] = (uint32_t)item->index;
    return NEARDUP_OK;
}

/* Of documents. */
static int largest_first(const void *left, const void *right)
{
    const struct ndup_cluster_info *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->keeper < b->keeper ? -1 : a->keeper > b->keeper;
}

/* Of parts. */
static int costliest_first(const void *left, const void *right)
{
    const struct ndup_cluster_info *a = left, *b = right;
    if (a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    return largest_first(left, right);
}

/* size[rank] removed items; becomes the numbers of the clusters. */
static neardup_status number_clusters(struct ndup_level *level, struct counting *c, neardup_error *err)
{
    struct ndup_member_list *m = &level->clusters;
    for (uint32_t r = 0; r < level->ranks; r++)
        m->cluster_count += c->size[r] > 0;
    m->clusters = ndup_calloc(m->cluster_count, sizeof *m->clusters);
    m->members = ndup_alloc(c->removed, sizeof *m->members);
    if (m->clusters == NULL || m->members == NULL)
        return ndup_fail_nomem(err);
    uint64_t n = 0;
    for (uint32_t r = 0; r < level->ranks; r++) {
        if (c->size[r] > 0)
            m->clusters[n++] = (struct ndup_cluster_info){
                .keeper = level->rep[level->unit_at[r]], .rank = r, .count = c->size[r], .tokens = c->tokens[r]};
    }
    if (n > 1)
        qsort(m->clusters, n, sizeof *m->clusters, level->parts != NULL ? costliest_first : largest_first);
    uint64_t first = 0;
    for (uint64_t i = 0; i < n; i++) {
        m->clusters[i].first = first;
        m->clusters[i].component = i + 1;
        first += m->clusters[i].count;
        m->clusters[i].count = 0; /* counted again while members are placed */
        c->size[m->clusters[i].rank] = (uint32_t)(i + 1);
    }
    return NEARDUP_OK;
}

static uint64_t root(struct ndup_member_list *m, uint64_t number)
{
    while (m->clusters[number - 1].component != number) {
        uint64_t *up = &m->clusters[number - 1].component;
        *up = m->clusters[*up - 1].component;
        number = *up;
    }
    return number;
}

/* Clusters whose items are similar to another cluster's keeper hang together: shown, never merged. Those of references
 * do not: how near references are to each other is not asked. */
static void join_components(struct ndup_level *level)
{
    struct ndup_member_list *m = &level->clusters;
    for (size_t i = 0; i < level->decided.edge_count; i++) {
        const struct ndup_edge *e = &level->decided.edges[i];
        uint32_t keeper = level->decided.verdicts[e->unit].keeper;
        uint32_t other = e->earlier;
        if (keeper == UINT32_MAX || level->decided.verdicts[other].keeper != UINT32_MAX || other == keeper)
            continue;
        if (keeper < level->references || other < level->references)
            continue;
        uint32_t a = m->number[keeper], b = m->number[other];
        if (a == 0 || b == 0)
            continue;
        uint64_t x = root(m, a), y = root(m, b);
        if (x < y)
            m->clusters[y - 1].component = x;
        else
            m->clusters[x - 1].component = y;
    }
    for (uint64_t i = 1; i <= m->cluster_count; i++)
        m->clusters[i - 1].component = root(m, i);
}

static void sum_up(neardup_job *job, struct ndup_level *level)
{
    neardup_summary *s = &job->summary;
    const struct ndup_member_list *m = &level->clusters;
    if (level->parts != NULL) {
        s->parts.clusters = m->cluster_count;
        s->parts.candidates = level->decided.candidates;
        s->parts.edges = level->decided.edges_found;
        s->parts.capped_buckets = level->capped_buckets;
        return;
    }
    s->clusters = m->cluster_count;
    s->largest_cluster = m->cluster_count > 0 ? m->clusters[0].count + 1 : 0;
    s->candidates = level->decided.candidates;
    s->edges = level->decided.edges_found;
    s->capped_buckets = level->capped_buckets;
    s->kept = s->documents - s->exact - s->near;
}

neardup_status ndup_job_cluster(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    struct counting c = {.changed = UINT32_MAX};
    if (level->removed != NULL) { /* clustered when spared ones were looked for; but for what was not counted yet */
        sum_up(job, level);
        return NEARDUP_OK;
    }
    if (level->parts != NULL)
        NDUP_TRY(ndup_part_policies(job, level, err));
    level->clusters.number = c.size = ndup_calloc(level->ranks, sizeof *c.size);
    level->removed = ndup_calloc((size_t)(level->items / 64 + 1), sizeof *level->removed);
    c.tokens = ndup_calloc(level->ranks, sizeof *c.tokens);
    if (c.size == NULL || level->removed == NULL || c.tokens == NULL) {
        free(c.tokens);
        return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_level_each(job, level, count_removed, &c, err);
    if (st == NEARDUP_OK)
        st = number_clusters(level, &c, err);
    free(c.tokens);
    NDUP_TRY(st);
    NDUP_TRY(ndup_level_each(job, level, place_removed, NULL, err));
    join_components(level);
    sum_up(job, level);
    return NEARDUP_OK;
}
