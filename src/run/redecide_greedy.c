/* SPDX-License-Identifier: MIT
 * From texts and edges to keepers and clusters, by the rules of src/cluster and of a job: a text goes if it has an edge to
 * a kept one that comes before it, and its keeper is the most similar of these. */
#include "base/platform.h"

#include "run/rethreshold.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

/* ---- keepers ---- */

static bool is_reference(const struct ndup_greedy *g, uint32_t text)
{
    return g->items[g->texts[text].leader].ref.reference;
}

static int by_later(const void *left, const void *right)
{
    const struct ndup_redecided_edge *a = left, *b = right;
    if (a->later != b->later)
        return a->later < b->later ? -1 : 1;
    return a->earlier < b->earlier ? -1 : a->earlier > b->earlier;
}

static void choose_keepers(struct ndup_greedy *g)
{
    if (g->edge_count > 1)
        qsort(g->edges, g->edge_count, sizeof *g->edges, by_later);
    for (size_t i = 0; i < g->edge_count; i++) {
        const struct ndup_redecided_edge *e = &g->edges[i];
        struct ndup_redecided_text *text = &g->texts[e->later];
        if (is_reference(g, e->later) || g->texts[e->earlier].keeper != NDUP_NO_UNIT ||
            (text->keeper != NDUP_NO_UNIT && e->jaccard <= text->jaccard))
            continue;
        text->keeper = e->earlier;
        text->jaccard = e->jaccard;
        text->distance = e->distance;
    }
}

/* ---- fates ---- */

struct policies {
    uint64_t *documents; /* [texts]: documents in which a short text stands; NULL: nothing is short */
    uint64_t *last;      /* the one counted last, + 1 */
};

static uint32_t keeper_text(const struct ndup_greedy *g, uint32_t text)
{
    return g->texts[text].keeper != NDUP_NO_UNIT ? g->texts[text].keeper : text;
}

static neardup_status count_documents(const struct ndup_greedy *g, struct policies *p, neardup_error *err)
{
    p->documents = ndup_calloc(g->text_count, sizeof *p->documents);
    p->last = ndup_calloc(g->text_count, sizeof *p->last);
    if (p->documents == NULL || p->last == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < g->item_count; i++) {
        uint32_t text = keeper_text(g, g->items[i].text);
        p->documents[text] += p->last[text] != g->items[i].ref.document + 1;
        p->last[text] = g->items[i].ref.document + 1;
    }
    return NEARDUP_OK;
}

/* Paragraphs that stay though they have a copy: short ones, and those of the keeper's document if repeats inside a
 * document are not wanted. */
static bool part_stays(const struct neardup_run *run, const struct ndup_greedy *g, const struct policies *p,
                       const struct ndup_redecided_item *item, const struct ndup_redecided_item *keeper)
{
    const neardup_job_options *o = &run->options;
    bool is_short = keeper->ref.tokens < o->min_tokens;
    if (is_short && (o->short_min_documents == 0 || p->documents[keeper_text(g, item->text)] < o->short_min_documents))
        return true;
    return !o->inside_documents && item->ref.document == keeper->ref.document;
}

static void decide_items(const struct neardup_run *run, struct ndup_greedy *g, const struct policies *p)
{
    for (size_t i = 0; i < g->item_count; i++) {
        struct ndup_redecided_item *item = &g->items[i];
        uint32_t text = keeper_text(g, item->text), leader = g->texts[text].leader;
        item->cluster = text;
        item->reason = text != item->text ? NEARDUP_NEAR : NEARDUP_EXACT;
        item->removed = i != leader && !item->ref.reference;
        if (item->removed && ndup_is_part(&item->ref) && part_stays(run, g, p, item, &g->items[leader]))
            item->removed = false;
    }
}

/* ---- clusters ---- */

struct weighed {
    const struct ndup_greedy *greedy;
    uint64_t count, tokens;
    uint32_t text, keeper;
    bool part;
};

static int by_number(const void *left, const void *right)
{
    const struct weighed *a = left, *b = right;
    if (a->part && a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->keeper < b->keeper ? -1 : a->keeper > b->keeper;
}

static neardup_status number_clusters(struct ndup_greedy *g, struct weighed *weighed, neardup_error *err)
{
    size_t n = 0, removed = 0;
    for (size_t i = 0; i < g->text_count; i++) {
        uint32_t leader = g->texts[i].leader;
        weighed[i] = (struct weighed){g, 0, 0, (uint32_t)i, leader, ndup_is_part(&g->items[leader].ref)};
    }
    for (size_t i = 0; i < g->item_count; i++) {
        if (!g->items[i].removed)
            continue;
        weighed[g->items[i].cluster].count++;
        weighed[g->items[i].cluster].tokens += g->items[i].ref.tokens;
        removed++;
    }
    for (size_t i = 0; i < g->text_count; i++) {
        if (weighed[i].count > 0)
            weighed[n++] = weighed[i];
    }
    if (n > 1)
        qsort(weighed, n, sizeof *weighed, by_number);
    g->clusters = ndup_calloc(n, sizeof *g->clusters);
    g->members = ndup_alloc(removed, sizeof *g->members);
    if (g->clusters == NULL || g->members == NULL)
        return ndup_fail_nomem(err);
    size_t first = 0;
    for (size_t i = 0; i < n; i++) {
        g->clusters[i] = (struct ndup_redecided_cluster){
            .text = weighed[i].text, .tokens = weighed[i].tokens, .first = first, .component = i + 1};
        g->texts[weighed[i].text].number = i + 1;
        first += weighed[i].count;
    }
    g->cluster_count = n;
    return NEARDUP_OK;
}

static void place_members(struct ndup_greedy *g)
{
    for (size_t i = 0; i < g->item_count; i++) {
        if (!g->items[i].removed)
            continue;
        struct ndup_redecided_cluster *k = &g->clusters[g->texts[g->items[i].cluster].number - 1];
        g->members[k->first + k->count++] = (uint32_t)i;
    }
    for (size_t i = 0; i < g->cluster_count; i++) {
        struct ndup_redecided_cluster *k = &g->clusters[i];
        const neardup_ref *keeper = &g->items[g->texts[k->text].leader].ref;
        bool part = ndup_is_part(keeper), keeper_met = false;
        uint64_t last = UINT64_MAX;
        k->documents = part ? 0 : k->count + 1;
        for (uint64_t m = 0; part && m < k->count; m++) {
            uint64_t document = g->items[g->members[k->first + m]].ref.document;
            keeper_met = keeper_met || document == keeper->document;
            k->documents += document != last;
            last = document;
        }
        k->documents += part && !keeper_met;
    }
}

static uint64_t root(struct ndup_greedy *g, uint64_t number)
{
    while (g->clusters[number - 1].component != number) {
        uint64_t *up = &g->clusters[number - 1].component;
        *up = g->clusters[*up - 1].component;
        number = *up;
    }
    return number;
}

/* Clusters hang together through what goes and is similar to another kept text too. Those of references do not: how near
 * references are to each other is not asked. */
static void join_components(struct ndup_greedy *g)
{
    for (size_t i = 0; i < g->edge_count; i++) {
        const struct ndup_redecided_edge *e = &g->edges[i];
        uint32_t keeper = g->texts[e->later].keeper;
        if (keeper == NDUP_NO_UNIT || g->texts[e->earlier].keeper != NDUP_NO_UNIT || e->earlier == keeper)
            continue;
        if (is_reference(g, keeper) || is_reference(g, e->earlier))
            continue;
        uint64_t a = g->texts[keeper].number, b = g->texts[e->earlier].number;
        if (a == 0 || b == 0)
            continue;
        uint64_t x = root(g, a), y = root(g, b);
        if (x < y)
            g->clusters[y - 1].component = x;
        else
            g->clusters[x - 1].component = y;
    }
    for (uint64_t i = 1; i <= g->cluster_count; i++)
        g->clusters[i - 1].component = root(g, i);
}

/* ---- the summary ---- */

static void sum_up_documents(neardup_summary *s, const struct ndup_greedy *g)
{
    s->exact = s->near = s->removed_bytes = s->removed_tokens = 0;
    for (size_t i = 0; i < g->item_count; i++) {
        const struct ndup_redecided_item *item = &g->items[i];
        if (!item->removed)
            continue;
        s->exact += item->reason == NEARDUP_EXACT;
        s->near += item->reason == NEARDUP_NEAR;
        s->removed_bytes += item->stored;
        s->removed_tokens += item->ref.tokens;
    }
    s->kept = s->documents - s->exact - s->near;
    s->clusters = g->cluster_count;
    s->largest_cluster = g->cluster_count > 0 ? g->clusters[0].count + 1 : 0;
    s->edges = g->edge_count;
    s->pairs = g->pairs;
}

static void sum_up_parts(neardup_paragraph_summary *p, const struct ndup_greedy *g)
{
    uint64_t last = UINT64_MAX;
    p->exact = p->near = p->cut_bytes = p->cut_tokens = p->changed = 0;
    for (size_t i = 0; i < g->item_count; i++) {
        const struct ndup_redecided_item *item = &g->items[i];
        if (!item->removed)
            continue;
        p->exact += item->reason == NEARDUP_EXACT;
        p->near += item->reason == NEARDUP_NEAR;
        p->cut_bytes += item->stored;
        p->cut_tokens += item->ref.tokens;
        p->changed += item->ref.document != last;
        last = item->ref.document;
    }
    p->clusters = g->cluster_count;
    p->edges = g->edge_count;
    p->pairs = g->pairs;
}

neardup_status ndup_greedy_decide(struct neardup_run *run, struct ndup_greedy *g, neardup_error *err)
{
    struct policies p = {NULL, NULL};
    choose_keepers(g);
    neardup_status st = count_documents(g, &p, err);
    if (st == NEARDUP_OK)
        decide_items(run, g, &p);
    free(p.documents);
    free(p.last);
    NDUP_TRY(st);
    struct weighed *weighed = ndup_alloc(g->text_count, sizeof *weighed);
    st = weighed == NULL ? ndup_fail_nomem(err) : number_clusters(g, weighed, err);
    free(weighed);
    NDUP_TRY(st);
    place_members(g);
    join_components(g);
    if (run->options.units == NEARDUP_UNIT_DOCUMENT)
        sum_up_documents(&run->summary, g);
    else
        sum_up_parts(&run->summary.paragraphs, g);
    return NEARDUP_OK;
}

/* ---- telling ---- */

/* As callbacks have it: without places in the input and in keeper order. */
static neardup_ref told_ref(const struct ndup_redecided_item *item)
{
    neardup_ref ref = item->ref;
    ref.index = ref.document = ref.order = 0;
    return ref;
}

static double score_of(const struct ndup_greedy *g, const struct ndup_redecided_item *item)
{
    return item->reason == NEARDUP_NEAR ? g->texts[item->text].jaccard : 1;
}

static int distance_of(const struct ndup_greedy *g, const struct ndup_redecided_item *item)
{
    if (item->reason == NEARDUP_NEAR)
        return g->texts[item->text].distance;
    return g->simhash ? 0 : NEARDUP_NO_DISTANCE;
}

static neardup_status tell_decisions(const struct ndup_greedy *g, const neardup_callbacks *callbacks,
                                     neardup_error *err)
{
    for (size_t i = 0; i < g->item_count; i++) {
        const struct ndup_redecided_item *item = &g->items[i];
        if (!item->removed)
            continue;
        const struct ndup_redecided_text *text = &g->texts[item->cluster];
        neardup_decision d = {.document = told_ref(item),
                              .reason = item->reason,
                              .jaccard = score_of(g, item),
                              .distance = distance_of(g, item),
                              .keeper = told_ref(&g->items[text->leader]),
                              .cut = item->ref.bytes,
                              .cluster = text->number};
        if (!callbacks->decision(callbacks->context, &d))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell_clusters(struct neardup_run *run, const struct ndup_greedy *g,
                                    const neardup_callbacks *callbacks, neardup_error *err)
{
    for (size_t i = 0; i < g->cluster_count; i++) {
        const struct ndup_redecided_cluster *k = &g->clusters[i];
        if (!ndup_grow(&run->members, &run->member_capacity, (size_t)k->count, sizeof *run->members))
            return ndup_fail_nomem(err);
        for (uint64_t m = 0; m < k->count; m++) {
            const struct ndup_redecided_item *item = &g->items[g->members[k->first + m]];
            run->members[m] = (neardup_member){.document = told_ref(item),
                                               .reason = item->reason,
                                               .jaccard = score_of(g, item),
                                               .distance = distance_of(g, item)};
        }
        neardup_cluster cluster = {.number = i + 1,
                                   .keeper = told_ref(&g->items[g->texts[k->text].leader]),
                                   .documents = k->documents,
                                   .tokens = k->tokens,
                                   .member_count = k->count,
                                   .members = run->members,
                                   .component = k->component};
        if (!callbacks->cluster(callbacks->context, &cluster))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

neardup_status ndup_greedy_tell(struct neardup_run *run, const struct ndup_greedy *g,
                                const neardup_callbacks *callbacks, neardup_error *err)
{
    if (callbacks->decision != NULL)
        NDUP_TRY(tell_decisions(g, callbacks, err));
    return callbacks->cluster != NULL ? tell_clusters(run, g, callbacks, err) : NEARDUP_OK;
}
