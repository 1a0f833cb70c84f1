/* SPDX-License-Identifier: MIT
 * Units and edges out of pairs.jsonl. */
#include "base/platform.h"

#include "run/rethreshold.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct neardup_run *run;
    struct ndup_greedy *greedy;
    double threshold;
    uint32_t *slots; /* items by index, open addressing: item + 1 */
    size_t size;
    uint64_t found; /* pairs */
};

static size_t place(const struct reading *r, uint64_t index)
{
    size_t i = (size_t)((index * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (r->size - 1);
    while (r->slots[i] != 0 && r->greedy->items[r->slots[i] - 1].ref.index != index)
        i = (i + 1) & (r->size - 1);
    return i;
}

static bool grow_slots(struct reading *r)
{
    if (2 * (r->greedy->item_count + 1) <= r->size)
        return true;
    uint32_t *old = r->slots;
    size_t size = r->size > 0 ? 2 * r->size : 1024;
    uint32_t *slots = ndup_calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    r->slots = slots;
    r->size = size;
    for (size_t i = 0; i < r->greedy->item_count; i++)
        slots[place(r, r->greedy->items[i].ref.index)] = (uint32_t)i + 1;
    free(old);
    return true;
}

static size_t keep(struct ndup_buf *strings, const char *bytes, size_t length)
{
    size_t at = strings->len;
    if (bytes != NULL)
        ndup_buf_append(strings, bytes, length);
    return at;
}

/* The item of this side. */
static neardup_status take(struct reading *r, const struct ndup_replay_place *side, uint32_t *item, neardup_error *err)
{
    struct ndup_greedy *g = r->greedy;
    if (!grow_slots(r))
        return ndup_fail_nomem(err);
    size_t at = place(r, side->ref.index);
    if (r->slots[at] != 0) {
        *item = r->slots[at] - 1;
        const struct ndup_redecided_item *known = &g->items[*item];
        if (known->ref.order != side->ref.order || known->leads != side->leads || known->ref.unit != side->ref.unit)
            return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: one text has two places in keeper order",
                             r->run->pairs_path);
        return NEARDUP_OK;
    }
    if (g->item_count >= NDUP_NO_UNIT || !ndup_grow(&g->items, &g->item_capacity, g->item_count + 1, sizeof *g->items))
        return ndup_fail_nomem(err);
    *item = (uint32_t)g->item_count++;
    struct ndup_redecided_item *new = &g->items[*item];
    *new = (struct ndup_redecided_item){.ref = side->ref, .stored = side->stored, .leads = side->leads};
    new->id_at = keep(&g->strings, side->ref.id, side->ref.id_length);
    new->group_at = keep(&g->strings, side->ref.group, side->ref.group_length);
    r->slots[at] = *item + 1;
    return g->strings.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status take_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                const struct ndup_replay_place *b, neardup_error *err)
{
    struct reading *r = context;
    struct ndup_greedy *g = r->greedy;
    uint32_t x, y;
    r->found++;
    if (ndup_redecided_frees(r->threshold, pair->reason, pair->jaccard))
        return NEARDUP_OK;
    g->pairs++;
    NDUP_TRY(take(r, a, &x, err));
    NDUP_TRY(take(r, b, &y, err));
    bool same = a->ref.order == b->ref.order;
    if (same != (pair->reason == NEARDUP_EXACT) || a->ref.index == b->ref.index)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: of a pair, reason and order say different things",
                         r->run->pairs_path);
    if (same || !a->leads || !b->leads) /* copies have the edges of the one that leads */
        return NEARDUP_OK;
    if (!ndup_grow(&g->edges, &g->edge_capacity, g->edge_count + 1, sizeof *g->edges))
        return ndup_fail_nomem(err);
    bool a_first = a->ref.order < b->ref.order;
    g->edges[g->edge_count++] =
        (struct ndup_redecided_edge){a_first ? y : x, a_first ? x : y, pair->jaccard, pair->distance};
    return NEARDUP_OK;
}

/* ---- in order ---- */

struct numbered {
    uint64_t key, second;
    uint32_t item;
};

static int by_key(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->second < b->second ? -1 : a->second > b->second;
}

/* Items get into input order; edges follow. */
static void sort_items(struct ndup_greedy *g, struct numbered *order, struct ndup_redecided_item *sorted,
                       uint32_t *new_number)
{
    for (size_t i = 0; i < g->item_count; i++)
        order[i] = (struct numbered){g->items[i].ref.index, 0, (uint32_t)i};
    if (g->item_count > 1)
        qsort(order, g->item_count, sizeof *order, by_key);
    for (size_t i = 0; i < g->item_count; i++) {
        sorted[i] = g->items[order[i].item];
        new_number[order[i].item] = (uint32_t)i;
        if (sorted[i].ref.id != NULL)
            sorted[i].ref.id = g->strings.data + sorted[i].id_at;
        if (sorted[i].ref.group != NULL)
            sorted[i].ref.group = g->strings.data + sorted[i].group_at;
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        g->edges[i].later = new_number[g->edges[i].later];
        g->edges[i].earlier = new_number[g->edges[i].earlier];
    }
}

/* Texts in keeper order, numbered without gaps; edges are then between texts. */
static neardup_status number_texts(struct neardup_run *run, struct ndup_greedy *g, struct numbered *order,
                                   neardup_error *err)
{
    for (size_t i = 0; i < g->item_count; i++)
        order[i] = (struct numbered){g->items[i].ref.order, i, (uint32_t)i};
    if (g->item_count > 1)
        qsort(order, g->item_count, sizeof *order, by_key);
    g->texts = ndup_alloc(g->item_count, sizeof *g->texts);
    if (g->texts == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < g->item_count; i++) {
        struct ndup_redecided_item *item = &g->items[order[i].item];
        if (i == 0 || order[i].key != order[i - 1].key)
            g->texts[g->text_count++] = (struct ndup_redecided_text){.leader = NDUP_NO_UNIT, .keeper = NDUP_NO_UNIT};
        item->text = (uint32_t)(g->text_count - 1);
        struct ndup_redecided_text *text = &g->texts[item->text];
        if (item->leads && text->leader == NDUP_NO_UNIT)
            text->leader = order[i].item;
    }
    for (size_t i = 0; i < g->text_count; i++) {
        if (g->texts[i].leader == NDUP_NO_UNIT)
            return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: none of the copies of a text leads", run->pairs_path);
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        g->edges[i].later = g->items[g->edges[i].later].text;
        g->edges[i].earlier = g->items[g->edges[i].earlier].text;
    }
    return NEARDUP_OK;
}

static neardup_status put_in_order(struct neardup_run *run, struct ndup_greedy *g, neardup_error *err)
{
    struct numbered *order = ndup_alloc(g->item_count, sizeof *order);
    struct ndup_redecided_item *sorted = ndup_alloc(g->item_count, sizeof *sorted);
    uint32_t *new_number = ndup_alloc(g->item_count, sizeof *new_number);
    neardup_status st = NEARDUP_OK;
    if (order == NULL || sorted == NULL || new_number == NULL) {
        st = ndup_fail_nomem(err);
    } else {
        sort_items(g, order, sorted, new_number);
        free(g->items);
        g->items = sorted;
        sorted = NULL;
        st = number_texts(run, g, order, err);
    }
    free(order);
    free(sorted);
    free(new_number);
    return st;
}

neardup_status ndup_greedy_make(struct neardup_run *run, struct ndup_redecided *redecided, neardup_error *err)
{
    struct ndup_greedy *g = &redecided->greedy;
    struct reading r = {.run = run, .greedy = g, .threshold = redecided->threshold};
    g->simhash = run->options.method == NEARDUP_METHOD_SIMHASH;
    neardup_status st = ndup_replay_pairs(run, take_pair, &r, err);
    free(r.slots);
    NDUP_TRY(st);
    NDUP_TRY(ndup_replay_check_pairs(run, r.found, err));
    NDUP_TRY(put_in_order(run, g, err));
    return ndup_greedy_decide(run, g, err);
}
