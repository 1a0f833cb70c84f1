/* SPDX-License-Identifier: MIT
 * From decisions on units to items: fates, clusters, references. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- fates ---- */

static void decide_document(const struct ndup_texts *texts, const struct ndup_item *item,
                            struct ndup_item_decision *fate)
{
    *fate =
        (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .distance = NEARDUP_NO_DISTANCE, .keeper = NDUP_NO_ITEM};
    if (item->unit > NDUP_TEXT_MAX)
        return;
    fate->rank = texts->rank_of[item->unit];
    if (ndup_texts_is_reference(texts, item->index)) {
        fate->kind = NDUP_ITEM_KEPT;
        fate->keeper = item->index;
        return;
    }
    const struct ndup_text_decision *v = &texts->decided.decisions[fate->rank];
    fate->kind = NDUP_ITEM_REMOVED;
    if (v->keeper != UINT32_MAX) {
        fate->reason = NEARDUP_NEAR;
        fate->jaccard = v->jaccard;
        fate->distance = v->distance;
        fate->rank = v->keeper;
    } else if (texts->first_item[texts->text_at[fate->rank]] != item->index) {
        fate->reason = NEARDUP_EXACT;
        fate->jaccard = 1;
        fate->distance = ndup_texts_zero_distance(texts);
    } else {
        fate->kind = NDUP_ITEM_KEPT;
    }
    fate->keeper = texts->first_item[texts->text_at[fate->rank]];
}

neardup_status ndup_job_decide_item(const neardup_job *job, const struct ndup_texts *texts,
                                    const struct ndup_item *item, struct ndup_item_decision *fate, neardup_error *err)
{
    if (texts->paragraphs != NULL)
        return ndup_paragraph_decide(job, texts, item, fate, err);
    decide_document(texts, item, fate);
    return NEARDUP_OK;
}

/* ---- clusters ---- */

struct counting {
    uint32_t *size;   /* [ranks] removed items */
    uint64_t *tokens; /* [ranks] of these */
    uint64_t removed;
    uint32_t changed; /* document counted last as changed; UINT32_MAX: none */
};

static void count_document(neardup_job *job, const struct ndup_item *item, const struct ndup_item_decision *fate)
{
    job->summary.removed_bytes += item->row->length;
    job->summary.removed_tokens += item->tokens;
    job->summary.exact += fate->reason == NEARDUP_EXACT;
    job->summary.near += fate->reason == NEARDUP_NEAR;
}

static void count_part(neardup_job *job, const struct ndup_item *item, const struct ndup_item_decision *fate,
                       struct counting *c)
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

static neardup_status count_removed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    struct counting *c = context;
    struct ndup_item_decision fate;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &fate, err));
    if (fate.kind != NDUP_ITEM_REMOVED)
        return NEARDUP_OK;
    texts->removed[item->index / 64] |= (uint64_t)1 << item->index % 64;
    c->size[fate.rank]++;
    c->removed++;
    c->tokens[fate.rank] += item->tokens;
    if (item->part == NULL)
        count_document(job, item, &fate);
    else
        count_part(job, item, &fate, c);
    return NEARDUP_OK;
}

static neardup_status place_removed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    struct ndup_item_decision fate;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &fate, err));
    struct ndup_cluster_info *k = &texts->clusters.clusters[texts->clusters.number[fate.rank] - 1];
    texts->clusters.members[k->first + k->count++] = (uint32_t)item->index;
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
static neardup_status number_clusters(struct ndup_texts *texts, struct counting *c, neardup_error *err)
{
    struct ndup_member_list *m = &texts->clusters;
    for (uint32_t r = 0; r < texts->ranks; r++)
        m->cluster_count += c->size[r] > 0;
    m->clusters = ndup_calloc(m->cluster_count, sizeof *m->clusters);
    m->members = ndup_alloc(c->removed, sizeof *m->members);
    if (m->clusters == NULL || m->members == NULL)
        return ndup_fail_nomem(err);
    uint64_t n = 0;
    for (uint32_t r = 0; r < texts->ranks; r++) {
        if (c->size[r] > 0)
            m->clusters[n++] = (struct ndup_cluster_info){
                .keeper = texts->first_item[texts->text_at[r]], .rank = r, .count = c->size[r], .tokens = c->tokens[r]};
    }
    if (n > 1)
        qsort(m->clusters, n, sizeof *m->clusters, texts->paragraphs != NULL ? costliest_first : largest_first);
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
static void join_components(struct ndup_texts *texts)
{
    struct ndup_member_list *m = &texts->clusters;
    for (size_t i = 0; i < texts->decided.edge_count; i++) {
        const struct ndup_edge *e = &texts->decided.edges[i];
        uint32_t keeper = texts->decided.decisions[e->unit].keeper;
        uint32_t other = e->earlier;
        if (keeper == UINT32_MAX || texts->decided.decisions[other].keeper != UINT32_MAX || other == keeper)
            continue;
        if (keeper < texts->references || other < texts->references)
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

static void sum_up(neardup_job *job, struct ndup_texts *texts)
{
    neardup_summary *s = &job->summary;
    const struct ndup_member_list *m = &texts->clusters;
    if (texts->paragraphs != NULL) {
        s->parts.clusters = m->cluster_count;
        s->parts.candidates = texts->decided.candidates;
        s->parts.edges = texts->decided.edges_found;
        s->parts.capped_buckets = texts->capped_buckets;
        return;
    }
    s->clusters = m->cluster_count;
    s->largest_cluster = m->cluster_count > 0 ? m->clusters[0].count + 1 : 0;
    s->candidates = texts->decided.candidates;
    s->edges = texts->decided.edges_found;
    s->capped_buckets = texts->capped_buckets;
    s->kept = s->documents - s->exact - s->near;
}

neardup_status ndup_job_cluster(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct counting c = {.changed = UINT32_MAX};
    if (texts->removed != NULL) { /* clustered when spared ones were looked for; but for what was not counted yet */
        sum_up(job, texts);
        return NEARDUP_OK;
    }
    if (texts->paragraphs != NULL)
        NDUP_TRY(ndup_paragraph_rules(job, texts, err));
    texts->clusters.number = c.size = ndup_calloc(texts->ranks, sizeof *c.size);
    texts->removed = ndup_calloc((size_t)(texts->items / 64 + 1), sizeof *texts->removed);
    c.tokens = ndup_calloc(texts->ranks, sizeof *c.tokens);
    if (c.size == NULL || texts->removed == NULL || c.tokens == NULL) {
        free(c.tokens);
        return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_texts_each_item(job, texts, count_removed, &c, err);
    if (st == NEARDUP_OK)
        st = number_clusters(texts, &c, err);
    free(c.tokens);
    NDUP_TRY(st);
    NDUP_TRY(ndup_texts_each_item(job, texts, place_removed, NULL, err));
    join_components(texts);
    sum_up(job, texts);
    return NEARDUP_OK;
}
