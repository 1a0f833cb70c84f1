/* SPDX-License-Identifier: MIT
 * pairs.jsonl holds all that the decisions of a run depend on: which items are copies of one text, the rank of each text,
 * and all similar texts with their similarity. So a stricter threshold needs neither the corpus nor its texts: pairs below
 * it are left out, and the rest is decided by the rule of all runs (cluster/decide.h) and numbered like all clusters
 * (cluster/numbering.h). Items that are in a pair are held in memory.
 *
 * Without pairs the answer would be a guess: texts that are kept at the stricter threshold were never compared with each
 * other. The same is true of runs that remove items for more than a pair; can_redecide() lists them. */
#include "base/platform.h"

#include "run/open.h"

#include "base/error.h"
#include "base/mem.h"
#include "cluster/cluster_rule.h"
#include "cluster/numbering.h"
#include "run/names.h"

#include <stdlib.h>

struct redecided_item { /* a document, paragraph or line that is in a pair */
    neardup_ref ref;    /* its strings are in redecided.strings; index and document are those of the run */
    uint64_t stored;
    bool leads;             /* first item of its text */
    bool reworded;          /* a copy of it that is not exact */
    size_t id_at, group_at; /* in strings, while these grow */
    struct ndup_rank rank;  /* of its text */
    bool removed;
};

struct ndup_redecided {
    double threshold;
    bool simhash, paragraphs;
    bool keep_numbers;            /* of documents */
    struct redecided_item *items; /* in input order */
    size_t item_count, item_capacity;
    struct ndup_buf strings; /* ids and groups */
    struct ndup_known_edge *edges;
    size_t edge_count, edge_capacity;
    uint64_t pairs;                       /* that reach the threshold */
    uint32_t *first_item;                 /* [ranks] */
    struct ndup_text_decision *decisions; /* [ranks] */
    uint32_t ranks, references;
    struct ndup_clusters clusters;
};

void ndup_redecided_free(struct ndup_redecided *r)
{
    if (r == NULL)
        return;
    free(r->items);
    free(r->edges);
    free(r->first_item);
    free(r->decisions);
    ndup_clusters_free(&r->clusters);
    ndup_buf_free(&r->strings);
    free(r);
}

/* Whether the pair is not similar enough any more. Copies of a text always are. */
static bool is_below(double threshold, const neardup_pair *pair)
{
    return pair->reason == NEARDUP_NEAR && pair->jaccard < threshold;
}

/* Which documents longer ones contain depends on which are kept, and these were never looked for in each other. */
static const char contained_run[] =
    "cannot change the threshold of this run: it looked for documents that longer ones contain (`contained`)";

/* ---- reading pairs ------------------------------------------------------------------------------------------------ */

struct pair_reading {
    struct neardup_run *run;
    struct ndup_redecided *r;
    uint32_t *slots; /* items by index, open addressing: item + 1 */
    size_t size;
    uint64_t found; /* pairs */
};

static size_t find_slot(const struct pair_reading *p, uint64_t index)
{
    size_t i = (size_t)((index * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (p->size - 1);
    while (p->slots[i] != 0 && p->r->items[p->slots[i] - 1].ref.index != index)
        i = (i + 1) & (p->size - 1);
    return i;
}

static bool grow_slots(struct pair_reading *p)
{
    if (2 * (p->r->item_count + 1) <= p->size)
        return true;
    uint32_t *old = p->slots;
    size_t size = p->size > 0 ? 2 * p->size : 1024;
    uint32_t *slots = ndup_calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    p->slots = slots;
    p->size = size;
    for (size_t i = 0; i < p->r->item_count; i++)
        slots[find_slot(p, p->r->items[i].ref.index)] = (uint32_t)i + 1;
    free(old);
    return true;
}

static size_t keep_string(struct ndup_buf *strings, const char *bytes, size_t length)
{
    size_t at = strings->len;
    if (bytes != NULL)
        ndup_buf_append(strings, bytes, length);
    return at;
}

static neardup_status take_side(struct pair_reading *p, const struct ndup_replay_place *side, uint32_t *item,
                                neardup_error *err)
{
    struct ndup_redecided *r = p->r;
    if (!grow_slots(p))
        return ndup_fail_nomem(err);
    size_t at = find_slot(p, side->ref.index);
    if (p->slots[at] != 0) {
        *item = p->slots[at] - 1;
        const struct redecided_item *known = &r->items[*item];
        if (known->ref.order != side->ref.order || known->leads != side->leads || known->ref.unit != side->ref.unit)
            return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: one text has two ranks", p->run->pairs_path);
        return NEARDUP_OK;
    }
    if (r->item_count >= NDUP_NO_NUMBER ||
        !ndup_grow(&r->items, &r->item_capacity, r->item_count + 1, sizeof *r->items))
        return ndup_fail_nomem(err);
    *item = (uint32_t)r->item_count++;
    struct redecided_item *new = &r->items[*item];
    *new = (struct redecided_item){.ref = side->ref, .stored = side->stored, .leads = side->leads};
    new->id_at = keep_string(&r->strings, side->ref.id, side->ref.id_length);
    new->group_at = keep_string(&r->strings, side->ref.group, side->ref.group_length);
    p->slots[at] = *item + 1;
    return r->strings.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* Until the items are in order, an edge holds items instead of ranks. */
static neardup_status take_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                const struct ndup_replay_place *b, neardup_error *err)
{
    struct pair_reading *p = context;
    struct ndup_redecided *r = p->r;
    uint32_t x, y;
    p->found++;
    if (pair->reason == NEARDUP_CONTAINED)
        return ndup_fail(err, NEARDUP_E_ARG, contained_run);
    if (is_below(r->threshold, pair))
        return NEARDUP_OK;
    r->pairs++;
    NDUP_TRY(take_side(p, a, &x, err));
    NDUP_TRY(take_side(p, b, &y, err));
    bool same = a->ref.order == b->ref.order;
    bool exact = pair->reason == NEARDUP_EXACT;
    if ((exact && !same) || (same && pair->jaccard != 1) || a->ref.index == b->ref.index)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: reason and order of a pair contradict each other",
                         p->run->pairs_path);
    if (same && a->leads != b->leads)
        r->items[a->leads ? y : x].reworded = !exact;
    if (same || !a->leads || !b->leads) /* copies have the edges of their text's first item */
        return NEARDUP_OK;
    if (!ndup_grow(&r->edges, &r->edge_capacity, r->edge_count + 1, sizeof *r->edges))
        return ndup_fail_nomem(err);
    bool a_first = a->ref.order < b->ref.order;
    r->edges[r->edge_count++] = (struct ndup_known_edge){
        {a_first ? y : x}, {a_first ? x : y}, pair->jaccard, (int16_t)pair->distance, pair->numbers_differ};
    return NEARDUP_OK;
}

/* ---- input order and keeper order --------------------------------------------------------------------------------- */

struct ordered_item {
    uint64_t key, second;
    uint32_t item;
};

static int by_key(const void *left, const void *right)
{
    const struct ordered_item *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->second < b->second ? -1 : a->second > b->second;
}

/* Items get into input order; edges follow. */
static void sort_items(struct ndup_redecided *r, struct ordered_item *order, struct redecided_item *sorted,
                       uint32_t *new_number)
{
    for (size_t i = 0; i < r->item_count; i++)
        order[i] = (struct ordered_item){r->items[i].ref.index, 0, (uint32_t)i};
    if (r->item_count > 1)
        qsort(order, r->item_count, sizeof *order, by_key);
    for (size_t i = 0; i < r->item_count; i++) {
        sorted[i] = r->items[order[i].item];
        new_number[order[i].item] = (uint32_t)i;
        if (sorted[i].ref.id != NULL)
            sorted[i].ref.id = r->strings.data + sorted[i].id_at;
        if (sorted[i].ref.group != NULL)
            sorted[i].ref.group = r->strings.data + sorted[i].group_at;
    }
    for (size_t i = 0; i < r->edge_count; i++) {
        r->edges[i].later.value = new_number[r->edges[i].later.value];
        r->edges[i].earlier.value = new_number[r->edges[i].earlier.value];
    }
}

/* Gives each text a rank, without gaps: the texts without a pair are not here. Texts of references come first in keeper
 * order. */
static neardup_status rank_texts(struct neardup_run *run, struct ndup_redecided *r, struct ordered_item *order,
                                 neardup_error *err)
{
    for (size_t i = 0; i < r->item_count; i++)
        order[i] = (struct ordered_item){r->items[i].ref.order, i, (uint32_t)i};
    if (r->item_count > 1)
        qsort(order, r->item_count, sizeof *order, by_key);
    r->first_item = ndup_alloc(r->item_count, sizeof *r->first_item);
    if (r->first_item == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < r->item_count; i++) {
        struct redecided_item *item = &r->items[order[i].item];
        if (i == 0 || order[i].key != order[i - 1].key)
            r->first_item[r->ranks++] = NDUP_NO_NUMBER;
        item->rank.value = r->ranks - 1;
        uint32_t *first_item = &r->first_item[item->rank.value];
        if (item->leads && *first_item == NDUP_NO_NUMBER)
            *first_item = order[i].item;
    }
    for (uint32_t rank = 0; rank < r->ranks; rank++) {
        if (r->first_item[rank] == NDUP_NO_NUMBER)
            return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: no copy of a text is marked as its first",
                             run->pairs_path);
        if (!r->items[r->first_item[rank]].ref.reference)
            continue;
        if (rank != r->references++)
            return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: a reference is not first in keeper order",
                             run->pairs_path);
    }
    for (size_t i = 0; i < r->edge_count; i++) {
        r->edges[i].later = r->items[r->edges[i].later.value].rank;
        r->edges[i].earlier = r->items[r->edges[i].earlier.value].rank;
    }
    return NEARDUP_OK;
}

static neardup_status put_in_order(struct neardup_run *run, struct ndup_redecided *r, neardup_error *err)
{
    struct ordered_item *order = ndup_alloc(r->item_count, sizeof *order);
    struct redecided_item *sorted = ndup_alloc(r->item_count, sizeof *sorted);
    uint32_t *new_number = ndup_alloc(r->item_count, sizeof *new_number);
    neardup_status st = NEARDUP_OK;
    if (order == NULL || sorted == NULL || new_number == NULL) {
        st = ndup_fail_nomem(err);
    } else {
        sort_items(r, order, sorted, new_number);
        free(r->items);
        r->items = sorted;
        sorted = NULL;
        st = rank_texts(run, r, order, err);
    }
    free(order);
    free(sorted);
    free(new_number);
    return st;
}

/* ---- decisions on items ------------------------------------------------------------------------------------------- */

/* The keeper of the cluster that a text is in. */
static struct ndup_rank cluster_of(const struct ndup_redecided *r, struct ndup_rank rank)
{
    struct ndup_rank keeper = r->decisions[rank.value].keeper;
    return ndup_rank_exists(keeper) ? keeper : rank;
}

static const struct redecided_item *keeper_of(const struct ndup_redecided *r, const struct redecided_item *item)
{
    return &r->items[r->first_item[cluster_of(r, item->rank).value]];
}

/* documents[rank]: documents with a copy of the cluster; last: the one counted last, plus one. */
static void count_documents(const struct ndup_redecided *r, uint64_t *documents, uint64_t *last)
{
    for (size_t i = 0; i < r->item_count; i++) {
        uint32_t rank = cluster_of(r, r->items[i].rank).value;
        documents[rank] += last[rank] != r->items[i].ref.document + 1;
        last[rank] = r->items[i].ref.document + 1;
    }
}

/* Paragraphs that are kept though they have a copy: short ones, and those of the keeper's document if repeats inside a
 * document are not looked for. */
static bool is_kept_paragraph(const neardup_job_options *o, const struct redecided_item *item,
                              const struct redecided_item *keeper, uint64_t documents)
{
    if (ndup_choose_cluster_rule(o, keeper->ref.reference, keeper->ref.tokens, documents) == NDUP_RULE_KEEP_ALL)
        return true;
    return !o->inside_documents && item->ref.document == keeper->ref.document;
}

static neardup_status decide_items(const struct neardup_run *run, struct ndup_redecided *r, neardup_error *err)
{
    uint64_t *documents = ndup_calloc(r->ranks, sizeof *documents), *last = ndup_calloc(r->ranks, sizeof *last);
    if (documents == NULL || last == NULL) {
        free(documents);
        free(last);
        return ndup_fail_nomem(err);
    }
    count_documents(r, documents, last);
    for (size_t i = 0; i < r->item_count; i++) {
        struct redecided_item *item = &r->items[i];
        const struct redecided_item *keeper = keeper_of(r, item);
        item->removed = item != keeper && !item->ref.reference;
        if (item->removed && ndup_is_part(&item->ref))
            item->removed = !is_kept_paragraph(&run->options, item, keeper, documents[cluster_of(r, item->rank).value]);
    }
    free(documents);
    free(last);
    return NEARDUP_OK;
}

static uint64_t first_item(const void *context, struct ndup_rank rank)
{
    const struct ndup_redecided *r = context;
    return r->first_item[rank.value];
}

static neardup_status make_clusters(struct ndup_redecided *r, neardup_error *err)
{
    uint32_t *removed = ndup_calloc(r->ranks, sizeof *removed);
    uint64_t *tokens = ndup_calloc(r->ranks, sizeof *tokens);
    if (removed == NULL || tokens == NULL) {
        free(removed);
        free(tokens);
        return ndup_fail_nomem(err);
    }
    for (size_t i = 0; i < r->item_count; i++) {
        uint32_t rank = cluster_of(r, r->items[i].rank).value;
        removed[rank] += r->items[i].removed;
        tokens[rank] += r->items[i].removed ? r->items[i].ref.tokens : 0;
    }
    neardup_status st =
        ndup_clusters_number(&r->clusters, removed, tokens, r->ranks, r->paragraphs, first_item, r, err);
    free(tokens);
    NDUP_TRY(st);
    for (size_t i = 0; i < r->item_count; i++) {
        if (r->items[i].removed)
            ndup_clusters_place(&r->clusters, cluster_of(r, r->items[i].rank), (uint32_t)i);
    }
    for (size_t i = 0; i < r->edge_count; i++) {
        if (!r->keep_numbers || !r->edges[i].numbers_differ)
            ndup_clusters_join(&r->clusters, r->decisions, r->references, r->edges[i].later, r->edges[i].earlier);
    }
    ndup_clusters_name_components(&r->clusters);
    return NEARDUP_OK;
}

/* ---- the summary -------------------------------------------------------------------------------------------------- */

/* Whether its text is near to a kept one; else the first item of the text is kept. */
static bool has_keeper(const struct ndup_redecided *r, const struct redecided_item *item)
{
    return ndup_rank_exists(r->decisions[item->rank.value].keeper);
}

static neardup_reason reason_of(const struct ndup_redecided *r, const struct redecided_item *item)
{
    return has_keeper(r, item) || item->reworded ? NEARDUP_NEAR : NEARDUP_EXACT;
}

static void sum_up_documents(neardup_summary *s, const struct ndup_redecided *r)
{
    s->exact = s->near = s->numbers_differ = s->removed_bytes = s->removed_tokens = 0;
    for (size_t i = 0; i < r->item_count; i++) {
        const struct redecided_item *item = &r->items[i];
        if (!item->removed)
            continue;
        *(reason_of(r, item) == NEARDUP_NEAR ? &s->near : &s->exact) += 1;
        s->numbers_differ += has_keeper(r, item) && r->decisions[item->rank.value].numbers_differ;
        s->removed_bytes += item->stored;
        s->removed_tokens += item->ref.tokens;
    }
    s->kept = s->documents - s->exact - s->near;
    s->clusters = r->clusters.cluster_count;
    s->largest_cluster = r->clusters.cluster_count > 0 ? r->clusters.clusters[0].count + 1 : 0;
    s->edges = r->edge_count;
    s->pairs = r->pairs;
}

static void sum_up_paragraphs(neardup_paragraph_summary *p, const struct ndup_redecided *r)
{
    uint64_t last = UINT64_MAX;
    p->exact = p->near = p->cut_bytes = p->cut_tokens = p->changed = 0;
    for (size_t i = 0; i < r->item_count; i++) {
        const struct redecided_item *item = &r->items[i];
        if (!item->removed)
            continue;
        *(reason_of(r, item) == NEARDUP_NEAR ? &p->near : &p->exact) += 1;
        p->cut_bytes += item->stored;
        p->cut_tokens += item->ref.tokens;
        p->changed += item->ref.document != last;
        last = item->ref.document;
    }
    p->clusters = r->clusters.cluster_count;
    p->edges = r->edge_count;
    p->pairs = r->pairs;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

static neardup_status redecide(struct neardup_run *run, struct ndup_redecided *r, neardup_error *err)
{
    struct pair_reading p = {.run = run, .r = r};
    neardup_status st = ndup_replay_pairs(run, take_pair, &p, err);
    free(p.slots);
    NDUP_TRY(st);
    NDUP_TRY(ndup_replay_check_pairs(run, p.found, err));
    NDUP_TRY(put_in_order(run, r, err));
    /* A run without a summary does not say what it compared. */
    r->paragraphs = run->has_summary ? run->options.units != NEARDUP_UNIT_DOCUMENT
                                     : r->item_count > 0 && ndup_is_part(&r->items[0].ref);
    r->decisions = ndup_alloc(r->ranks, sizeof *r->decisions);
    if (r->decisions == NULL)
        return ndup_fail_nomem(err);
    r->keep_numbers = run->options.keep_numbers && !r->paragraphs;
    ndup_decide_edges(r->edges, r->edge_count, r->ranks, r->references, r->keep_numbers, r->decisions);
    NDUP_TRY(decide_items(run, r, err));
    NDUP_TRY(make_clusters(r, err));
    if (r->paragraphs)
        sum_up_paragraphs(&run->summary.paragraphs, r);
    else
        sum_up_documents(&run->summary, r);
    return NEARDUP_OK;
}

/* Runs whose decisions do not follow from their pairs. */
static neardup_status can_redecide(const struct neardup_run *run, double threshold, neardup_error *err)
{
    const neardup_job_options *o = &run->options;
    const neardup_paragraph_summary *p = &run->own_summary.paragraphs;
    const char *why = NULL;
    if (o->method == NEARDUP_METHOD_SIMHASH && !o->verify)
        return ndup_fail(err, NEARDUP_E_ARG, "the run has no threshold: it decided by the distance of fingerprints");
    if (run->has_summary && threshold < run->own_threshold)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot lower the threshold to %g: the run recorded nothing below %g",
                         threshold, run->own_threshold);
    if (run->pairs_path == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot change the threshold of this run: it recorded no pairs");
    if (run->has_summary && o->contained > 0)
        return ndup_fail(err, NEARDUP_E_ARG, contained_run);
    if (!run->has_summary || o->units == NEARDUP_UNIT_DOCUMENT)
        return NEARDUP_OK;
    if (o->units & NEARDUP_UNIT_DOCUMENT)
        why = "it compared documents and paragraphs"; /* paragraphs of documents that would now be kept are unknown */
    else if (o->max_copies > 0)
        why = "it removed boilerplate (`max_copies`)";
    else if (o->drop_emptied)
        why = "it dropped emptied documents";
    else if (p->contained > 0 || run->repeated_lines > 0)
        why = "it also looked for repeats inside a document"; /* which depend on what else of the document is kept */
    else if (p->unique > 0 || p->definitions > 0)
        why = "some near-duplicate paragraphs keep text that occurs nowhere else"; /* which the pairs do not show */
    return why == NULL ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_ARG, "cannot change the threshold of this run: %s", why);
}

neardup_status neardup_run_rethreshold(neardup_run *run, double threshold, neardup_error *err)
{
    if (!(threshold > 0 && threshold <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not %g", threshold);
    NDUP_TRY(can_redecide(run, threshold, err));
    struct ndup_redecided *r = ndup_calloc(1, sizeof *r);
    if (r == NULL)
        return ndup_fail_nomem(err);
    neardup_summary before = run->summary;
    r->threshold = threshold;
    r->simhash = run->options.method == NEARDUP_METHOD_SIMHASH;
    run->summary = run->own_summary;
    neardup_status st = redecide(run, r, err);
    if (st != NEARDUP_OK) {
        run->summary = before;
        ndup_redecided_free(r);
        return st;
    }
    ndup_redecided_free(run->redecided);
    run->redecided = r;
    run->options.threshold = threshold;
    return NEARDUP_OK;
}

/* ---- reporting ---------------------------------------------------------------------------------------------------- */

/* As callbacks get it: without its place in the input and in keeper order. */
static neardup_ref public_ref(const struct redecided_item *item)
{
    neardup_ref ref = item->ref;
    ref.index = ref.document = ref.order = 0;
    return ref;
}

static double score_of(const struct ndup_redecided *r, const struct redecided_item *item)
{
    return has_keeper(r, item) ? r->decisions[item->rank.value].jaccard : 1;
}

static bool numbers_differ(const struct ndup_redecided *r, const struct redecided_item *item)
{
    return has_keeper(r, item) && r->decisions[item->rank.value].numbers_differ;
}

static int distance_of(const struct ndup_redecided *r, const struct redecided_item *item)
{
    if (has_keeper(r, item))
        return r->decisions[item->rank.value].distance;
    return r->simhash ? 0 : NEARDUP_NO_DISTANCE;
}

static neardup_status answer(bool go_on, neardup_error *err)
{
    return go_on ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

struct pair_reporting {
    const neardup_callbacks *callbacks;
    double threshold;
};

static neardup_status report_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                  const struct ndup_replay_place *b, neardup_error *err)
{
    const struct pair_reporting *p = context;
    neardup_pair out = *pair;
    (void)a;
    (void)b;
    if (is_below(p->threshold, pair))
        return NEARDUP_OK;
    out.a.index = out.b.index = out.a.document = out.b.document = 0;
    return answer(p->callbacks->pair(p->callbacks->context, &out), err);
}

static neardup_status report_decisions(const struct ndup_redecided *r, const neardup_callbacks *callbacks,
                                       neardup_error *err)
{
    for (size_t i = 0; i < r->item_count; i++) {
        const struct redecided_item *item = &r->items[i];
        if (!item->removed)
            continue;
        neardup_decision d = {.document = public_ref(item),
                              .reason = reason_of(r, item),
                              .jaccard = score_of(r, item),
                              .distance = distance_of(r, item),
                              .numbers_differ = numbers_differ(r, item),
                              .keeper = public_ref(keeper_of(r, item)),
                              .cut = item->ref.bytes,
                              .cluster = r->clusters.number[cluster_of(r, item->rank).value]};
        NDUP_TRY(answer(callbacks->decision(callbacks->context, &d), err));
    }
    return NEARDUP_OK;
}

/* Documents with an item of the cluster, its keeper included. */
static uint64_t documents_of(const struct ndup_redecided *r, const struct ndup_cluster_info *k)
{
    const neardup_ref *keeper = &r->items[k->keeper].ref;
    uint64_t documents = 0, last = UINT64_MAX;
    bool keeper_met = false;
    if (!ndup_is_part(keeper))
        return k->count + 1;
    for (uint64_t m = 0; m < k->count; m++) {
        uint64_t document = r->items[r->clusters.members[k->first + m]].ref.document;
        keeper_met = keeper_met || document == keeper->document;
        documents += document != last;
        last = document;
    }
    return documents + !keeper_met;
}

static neardup_status report_clusters(struct neardup_run *run, const struct ndup_redecided *r,
                                      const neardup_callbacks *callbacks, neardup_error *err)
{
    for (uint64_t i = 0; i < r->clusters.cluster_count; i++) {
        const struct ndup_cluster_info *k = &r->clusters.clusters[i];
        if (!ndup_grow(&run->members, &run->member_capacity, (size_t)k->count, sizeof *run->members))
            return ndup_fail_nomem(err);
        for (uint64_t m = 0; m < k->count; m++) {
            const struct redecided_item *item = &r->items[r->clusters.members[k->first + m]];
            run->members[m] = (neardup_member){.document = public_ref(item),
                                               .reason = reason_of(r, item),
                                               .jaccard = score_of(r, item),
                                               .distance = distance_of(r, item),
                                               .numbers_differ = numbers_differ(r, item)};
        }
        neardup_cluster cluster = {.number = i + 1,
                                   .keeper = public_ref(&r->items[k->keeper]),
                                   .documents = documents_of(r, k),
                                   .tokens = k->tokens,
                                   .member_count = k->count,
                                   .members = run->members,
                                   .component = k->component};
        NDUP_TRY(answer(callbacks->cluster(callbacks->context, &cluster), err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_redecided_report(struct neardup_run *run, const struct ndup_redecided *r,
                                     const neardup_callbacks *callbacks, neardup_error *err)
{
    struct pair_reporting p = {callbacks, r->threshold};
    if (callbacks->pair != NULL)
        NDUP_TRY(ndup_replay_pairs(run, report_pair, &p, err));
    if (callbacks->decision != NULL)
        NDUP_TRY(report_decisions(r, callbacks, err));
    return callbacks->cluster != NULL ? report_clusters(run, r, callbacks, err) : NEARDUP_OK;
}
