/* SPDX-License-Identifier: MIT
 * What becomes of paragraphs and lines: policies of their clusters, and the fate of each. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- policies ---- */

/* Whose cluster a rank belongs to. */
static uint32_t cluster_rank(const struct ndup_texts *texts, uint32_t rank)
{
    uint32_t keeper = texts->decided.decisions[rank].keeper;
    return keeper != UINT32_MAX ? keeper : rank;
}

struct spread {          /* over documents, those of references too */
    uint32_t *documents; /* [ranks], of clusters */
    uint32_t *last;      /* [ranks]: document counted last, plus one */
    uint64_t *met;       /* a bit a rank of references: it was met in an input */
};

/* Whether the item is the first one of its text in the inputs. A text that is contained wherever it stands has no rank,
 * but is a text. */
static bool is_first(struct ndup_texts *texts, const struct ndup_item *item, struct spread *s)
{
    uint32_t *first_item = &texts->first_item[ndup_texts_canonical(texts, item->unit)];
    if (*first_item == UINT32_MAX)
        *first_item = (uint32_t)item->index;
    if (!ndup_texts_is_reference(texts, *first_item))
        return *first_item == item->index;
    uint32_t rank = texts->rank_of[item->unit];
    uint64_t bit = (uint64_t)1 << rank % 64;
    bool first = (s->met[rank / 64] & bit) == 0;
    s->met[rank / 64] |= bit;
    return first;
}

static neardup_status count_documents(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                      void *context, neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (item->unit > NDUP_TEXT_MAX)
        return NEARDUP_OK;
    if (item->part->kind <= NDUP_PARAGRAPH_CONTAINED && !ndup_texts_is_reference(texts, item->index)) {
        job->summary.parts.parts++;
        job->summary.parts.distinct += is_first(texts, item, s);
    }
    if (item->part->kind != NDUP_PARAGRAPH_PLAIN)
        return NEARDUP_OK;
    uint32_t rank = cluster_rank(texts, texts->rank_of[item->unit]);
    if (s->last[rank] != item->document + 1)
        s->documents[rank]++;
    s->last[rank] = item->document + 1;
    return NEARDUP_OK;
}

static enum ndup_cluster_rule choose(const neardup_job_options *o, bool reference, uint64_t tokens, uint64_t documents)
{
    if (o->max_copies > 0 && documents > o->max_copies)
        return o->keep_one || reference ? NDUP_RULE_KEEP_ONE : NDUP_RULE_REMOVE_ALL;
    if (tokens < o->min_tokens && (o->max_copies > 0 || o->often == 0 || documents < o->often))
        return NDUP_RULE_KEEP_ALL;
    return o->max_copies > 0 ? NDUP_RULE_ONE_PER_DOCUMENT : NDUP_RULE_FIRST_COPY;
}

static neardup_status set_rule(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                               neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t unit = ndup_texts_canonical(texts, item->unit), rank = texts->rank_of[unit];
    if (texts->first_item[unit] != item->index)
        return NEARDUP_OK;
    bool plain = item->part->kind == NDUP_PARAGRAPH_PLAIN;
    bool reference = ndup_texts_is_reference(texts, item->index);
    texts->rule[rank] =
        (uint8_t)(plain ? choose(&job->options, reference, item->tokens, s->documents[rank]) : NDUP_RULE_FIRST_COPY);
    return NEARDUP_OK;
}

neardup_status ndup_paragraph_rules(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct spread s = {.documents = ndup_calloc(texts->ranks, sizeof *s.documents),
                       .last = ndup_calloc(texts->ranks, sizeof *s.last),
                       .met = ndup_calloc((size_t)texts->references / 64 + 1, sizeof *s.met)};
    texts->rule = ndup_calloc(texts->ranks, sizeof *texts->rule);
    neardup_status st = s.documents == NULL || s.last == NULL || s.met == NULL || texts->rule == NULL
                            ? ndup_fail_nomem(err)
                            : ndup_texts_each_item(job, texts, count_documents, &s, err);
    if (st == NEARDUP_OK)
        st = ndup_texts_each_item(job, texts, set_rule, &s, err);
    free(s.documents);
    free(s.last);
    free(s.met);
    return st;
}

/* ---- fates ---- */

static struct ndup_item_decision removed(neardup_reason reason, double jaccard, int distance, uint64_t keeper,
                                         uint32_t rank)
{
    return (struct ndup_item_decision){.kind = NDUP_ITEM_REMOVED,
                                       .reason = reason,
                                       .jaccard = jaccard,
                                       .distance = distance,
                                       .keeper = keeper,
                                       .rank = rank};
}

static neardup_status same_document(const struct ndup_texts *texts, const struct ndup_item *item, uint64_t other,
                                    bool *same, neardup_error *err)
{
    struct ndup_paragraph_row row;
    NDUP_TRY(ndup_column_get(texts->paragraphs, other, &row, err));
    *same = row.document == item->document;
    return NEARDUP_OK;
}

/* In a cluster of few documents only repeats inside a document go: what is similar to the cluster's keeper, should that
 * stand in this document, and copies of the unit's keeper or else of what stands before them. */
static neardup_status once_each(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                struct ndup_item_decision *fate, neardup_error *err)
{
    uint32_t own = texts->rank_of[item->unit];
    uint64_t copy = texts->first_item[ndup_texts_canonical(texts, item->unit)];
    bool same;
    if (!job->options.within)
        return NEARDUP_OK;
    NDUP_TRY(same_document(texts, item, fate->keeper, &same, err));
    if (same && own != fate->rank) {
        *fate = removed(NEARDUP_NEAR, texts->decided.decisions[own].jaccard, texts->decided.decisions[own].distance,
                        fate->keeper, fate->rank);
        return NEARDUP_OK;
    }
    NDUP_TRY(same_document(texts, item, copy, &same, err));
    if (!same)
        copy = item->index + (uint64_t)(int64_t)item->part->link;
    if (copy != item->index)
        *fate = removed(NEARDUP_EXACT, 1, ndup_texts_zero_distance(texts), copy, own);
    return NEARDUP_OK;
}

static neardup_status plain_fate(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                 struct ndup_item_decision *fate, neardup_error *err)
{
    uint32_t own = texts->rank_of[item->unit], rank = cluster_rank(texts, own);
    uint64_t keeper = texts->first_item[texts->text_at[rank]];
    double jaccard = own == rank ? 1 : texts->decided.decisions[own].jaccard;
    int distance = own == rank ? ndup_texts_zero_distance(texts) : texts->decided.decisions[own].distance;
    neardup_reason reason = own == rank ? NEARDUP_EXACT : NEARDUP_NEAR;
    *fate = (struct ndup_item_decision){.kind = NDUP_ITEM_KEPT, .keeper = keeper, .rank = rank};
    switch ((enum ndup_cluster_rule)texts->rule[rank]) {
    case NDUP_RULE_KEEP_ALL:
        return NEARDUP_OK;
    case NDUP_RULE_ONE_PER_DOCUMENT:
        return once_each(job, texts, item, fate, err);
    case NDUP_RULE_REMOVE_ALL:
        *fate = removed(NEARDUP_BOILERPLATE, jaccard, distance, NDUP_NO_ITEM, rank);
        return NEARDUP_OK;
    case NDUP_RULE_KEEP_ONE:
        reason = NEARDUP_BOILERPLATE;
        break;
    case NDUP_RULE_FIRST_COPY:
        break;
    }
    if (keeper == item->index)
        return NEARDUP_OK;
    if (!job->options.within) {
        bool same;
        NDUP_TRY(same_document(texts, item, keeper, &same, err));
        if (same)
            return NEARDUP_OK;
    }
    *fate = removed(reason, jaccard, distance, keeper, rank);
    return NEARDUP_OK;
}

static neardup_status linked(const struct ndup_texts *texts, const struct ndup_item *item,
                             struct ndup_paragraph_row *row, struct ndup_item *other, neardup_error *err)
{
    uint64_t index = item->index + (uint64_t)(int64_t)item->part->link;
    NDUP_TRY(ndup_column_get(texts->paragraphs, index, row, err));
    *other = (struct ndup_item){index, row->unit, row->tokens, row->document, NULL, row};
    return NEARDUP_OK;
}

/* Its keeper is the part that holds most of it, or what stays instead of that one. Longer parts go first, and none goes
 * for a part that has gone: following the links ends. */
static neardup_status contained_fate(const neardup_job *job, const struct ndup_texts *texts,
                                     const struct ndup_item *item, struct ndup_item_decision *fate, neardup_error *err)
{
    struct ndup_paragraph_row row;
    struct ndup_item container;
    NDUP_TRY(linked(texts, item, &row, &container, err));
    while (row.kind == NDUP_PARAGRAPH_CONTAINED) {
        struct ndup_item inner = container;
        NDUP_TRY(linked(texts, &inner, &row, &container, err));
    }
    NDUP_TRY(plain_fate(job, texts, &container, fate, err));
    uint64_t keeper = fate->kind == NDUP_ITEM_KEPT ? container.index : fate->keeper;
    *fate = removed(NEARDUP_CONTAINED, 0, NEARDUP_NO_DISTANCE, keeper, fate->rank);
    fate->containment = (double)item->part->shared / (double)item->part->shingles;
    return NEARDUP_OK;
}

/* A line goes with its paragraph, if that goes. */
static neardup_status echo_fate(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                struct ndup_item_decision *fate, neardup_error *err)
{
    struct ndup_paragraph_row anchor_row, block_row;
    struct ndup_item anchor, block;
    NDUP_TRY(linked(texts, item, &anchor_row, &anchor, err));
    NDUP_TRY(linked(texts, &anchor, &block_row, &block, err));
    NDUP_TRY(ndup_paragraph_decide(job, texts, &block, fate, err));
    *fate = fate->kind != NDUP_ITEM_REMOVED
                ? removed(NEARDUP_EXACT, 1, ndup_texts_zero_distance(texts), anchor.index, texts->rank_of[anchor.unit])
                : (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .keeper = NDUP_NO_ITEM};
    return NEARDUP_OK;
}

neardup_status ndup_paragraph_decide(const neardup_job *job, const struct ndup_texts *texts,
                                     const struct ndup_item *item, struct ndup_item_decision *fate, neardup_error *err)
{
    *fate = (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .keeper = NDUP_NO_ITEM};
    if (item->unit > NDUP_TEXT_MAX || item->part->kind == NDUP_PARAGRAPH_ANCHOR)
        return NEARDUP_OK;
    if (ndup_texts_is_reference(texts, item->index)) {
        *fate = (struct ndup_item_decision){
            .kind = NDUP_ITEM_KEPT, .keeper = item->index, .rank = cluster_rank(texts, texts->rank_of[item->unit])};
        return NEARDUP_OK;
    }
    if (item->part->kind == NDUP_PARAGRAPH_CONTAINED)
        return contained_fate(job, texts, item, fate, err);
    if (item->part->kind == NDUP_PARAGRAPH_ECHO)
        return echo_fate(job, texts, item, fate, err);
    return plain_fate(job, texts, item, fate, err);
}
