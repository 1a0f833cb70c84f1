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
static uint32_t cluster_rank(const struct ndup_level *level, uint32_t rank)
{
    uint32_t keeper = level->decided.verdicts[rank].keeper;
    return keeper != UINT32_MAX ? keeper : rank;
}

struct spread {          /* over documents, those of references too */
    uint32_t *documents; /* [ranks], of clusters */
    uint32_t *last;      /* [ranks]: document counted last, plus one */
    uint64_t *met;       /* a bit a rank of references: it was met in an input */
};

/* Whether the item is the first one of its text in the inputs. A text that is contained wherever it stands has no rank,
 * but is a text. */
static bool is_first(struct ndup_level *level, const struct ndup_item *item, struct spread *s)
{
    uint32_t *rep = &level->rep[ndup_level_unit(level, item->unit)];
    if (*rep == UINT32_MAX)
        *rep = (uint32_t)item->index;
    if (!ndup_level_is_reference(level, *rep))
        return *rep == item->index;
    uint32_t rank = level->rank_of[item->unit];
    uint64_t bit = (uint64_t)1 << rank % 64;
    bool first = (s->met[rank / 64] & bit) == 0;
    s->met[rank / 64] |= bit;
    return first;
}

static neardup_status count_documents(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                      void *context, neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (item->unit > NDUP_UNIT_MAX)
        return NEARDUP_OK;
    if (item->part->kind <= NDUP_PART_CONTAINED && !ndup_level_is_reference(level, item->index)) {
        job->summary.parts.parts++;
        job->summary.parts.distinct += is_first(level, item, s);
    }
    if (item->part->kind != NDUP_PART_PLAIN)
        return NEARDUP_OK;
    uint32_t rank = cluster_rank(level, level->rank_of[item->unit]);
    if (s->last[rank] != item->document + 1)
        s->documents[rank]++;
    s->last[rank] = item->document + 1;
    return NEARDUP_OK;
}

static enum ndup_policy choose(const neardup_job_options *o, bool reference, uint64_t tokens, uint64_t documents)
{
    if (o->max_copies > 0 && documents > o->max_copies)
        return o->keep_one || reference ? NDUP_POLICY_KEEP_ONE : NDUP_POLICY_ALL_GO;
    if (tokens < o->min_tokens && (o->max_copies > 0 || o->often == 0 || documents < o->often))
        return NDUP_POLICY_ALL_STAY;
    return o->max_copies > 0 ? NDUP_POLICY_ONCE_EACH : NDUP_POLICY_FIRST;
}

static neardup_status set_policy(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    uint32_t unit = ndup_level_unit(level, item->unit), rank = level->rank_of[unit];
    if (level->rep[unit] != item->index)
        return NEARDUP_OK;
    bool plain = item->part->kind == NDUP_PART_PLAIN;
    bool reference = ndup_level_is_reference(level, item->index);
    level->policy[rank] =
        (uint8_t)(plain ? choose(&job->options, reference, item->tokens, s->documents[rank]) : NDUP_POLICY_FIRST);
    return NEARDUP_OK;
}

neardup_status ndup_part_policies(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    struct spread s = {.documents = ndup_calloc(level->ranks, sizeof *s.documents),
                       .last = ndup_calloc(level->ranks, sizeof *s.last),
                       .met = ndup_calloc((size_t)level->references / 64 + 1, sizeof *s.met)};
    level->policy = ndup_calloc(level->ranks, sizeof *level->policy);
    neardup_status st = s.documents == NULL || s.last == NULL || s.met == NULL || level->policy == NULL
                            ? ndup_fail_nomem(err)
                            : ndup_level_each(job, level, count_documents, &s, err);
    if (st == NEARDUP_OK)
        st = ndup_level_each(job, level, set_policy, &s, err);
    free(s.documents);
    free(s.last);
    free(s.met);
    return st;
}

/* ---- fates ---- */

static struct ndup_fate removed(neardup_reason reason, double jaccard, int distance, uint64_t keeper, uint32_t rank)
{
    return (struct ndup_fate){.kind = NDUP_FATE_REMOVED,
                              .reason = reason,
                              .jaccard = jaccard,
                              .distance = distance,
                              .keeper = keeper,
                              .rank = rank};
}

static neardup_status same_document(const struct ndup_level *level, const struct ndup_item *item, uint64_t other,
                                    bool *same, neardup_error *err)
{
    struct ndup_part_row row;
    NDUP_TRY(ndup_column_get(level->parts, other, &row, err));
    *same = row.document == item->document;
    return NEARDUP_OK;
}

/* In a cluster of few documents only repeats inside a document go: what is similar to the cluster's keeper, should that
 * stand in this document, and copies of the unit's keeper or else of what stands before them. */
static neardup_status once_each(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                                struct ndup_fate *fate, neardup_error *err)
{
    uint32_t own = level->rank_of[item->unit];
    uint64_t copy = level->rep[ndup_level_unit(level, item->unit)];
    bool same;
    if (!job->options.within)
        return NEARDUP_OK;
    NDUP_TRY(same_document(level, item, fate->keeper, &same, err));
    if (same && own != fate->rank) {
        *fate = removed(NEARDUP_NEAR, level->decided.verdicts[own].jaccard, level->decided.verdicts[own].distance,
                        fate->keeper, fate->rank);
        return NEARDUP_OK;
    }
    NDUP_TRY(same_document(level, item, copy, &same, err));
    if (!same)
        copy = item->index + (uint64_t)(int64_t)item->part->link;
    if (copy != item->index)
        *fate = removed(NEARDUP_EXACT, 1, ndup_level_no_bits(level), copy, own);
    return NEARDUP_OK;
}

static neardup_status plain_fate(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                                 struct ndup_fate *fate, neardup_error *err)
{
    uint32_t own = level->rank_of[item->unit], rank = cluster_rank(level, own);
    uint64_t keeper = level->rep[level->unit_at[rank]];
    double jaccard = own == rank ? 1 : level->decided.verdicts[own].jaccard;
    int distance = own == rank ? ndup_level_no_bits(level) : level->decided.verdicts[own].distance;
    neardup_reason reason = own == rank ? NEARDUP_EXACT : NEARDUP_NEAR;
    *fate = (struct ndup_fate){.kind = NDUP_FATE_KEPT, .keeper = keeper, .rank = rank};
    switch ((enum ndup_policy)level->policy[rank]) {
    case NDUP_POLICY_ALL_STAY:
        return NEARDUP_OK;
    case NDUP_POLICY_ONCE_EACH:
        return once_each(job, level, item, fate, err);
    case NDUP_POLICY_ALL_GO:
        *fate = removed(NEARDUP_BOILERPLATE, jaccard, distance, NDUP_NO_ITEM, rank);
        return NEARDUP_OK;
    case NDUP_POLICY_KEEP_ONE:
        reason = NEARDUP_BOILERPLATE;
        break;
    case NDUP_POLICY_FIRST:
        break;
    }
    if (keeper == item->index)
        return NEARDUP_OK;
    if (!job->options.within) {
        bool same;
        NDUP_TRY(same_document(level, item, keeper, &same, err));
        if (same)
            return NEARDUP_OK;
    }
    *fate = removed(reason, jaccard, distance, keeper, rank);
    return NEARDUP_OK;
}

static neardup_status linked(const struct ndup_level *level, const struct ndup_item *item, struct ndup_part_row *row,
                             struct ndup_item *other, neardup_error *err)
{
    uint64_t index = item->index + (uint64_t)(int64_t)item->part->link;
    NDUP_TRY(ndup_column_get(level->parts, index, row, err));
    *other = (struct ndup_item){index, row->unit, row->tokens, row->document, NULL, row};
    return NEARDUP_OK;
}

/* Its keeper is the part that holds most of it, or what stays instead of that one. Longer parts go first, and none goes
 * for a part that has gone: following the links ends. */
static neardup_status contained_fate(const neardup_job *job, const struct ndup_level *level,
                                     const struct ndup_item *item, struct ndup_fate *fate, neardup_error *err)
{
    struct ndup_part_row row;
    struct ndup_item container;
    NDUP_TRY(linked(level, item, &row, &container, err));
    while (row.kind == NDUP_PART_CONTAINED) {
        struct ndup_item inner = container;
        NDUP_TRY(linked(level, &inner, &row, &container, err));
    }
    NDUP_TRY(plain_fate(job, level, &container, fate, err));
    uint64_t keeper = fate->kind == NDUP_FATE_KEPT ? container.index : fate->keeper;
    *fate = removed(NEARDUP_CONTAINED, 0, NEARDUP_NO_DISTANCE, keeper, fate->rank);
    fate->containment = (double)item->part->shared / (double)item->part->shingles;
    return NEARDUP_OK;
}

/* A line goes with its paragraph, if that goes. */
static neardup_status echo_fate(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                                struct ndup_fate *fate, neardup_error *err)
{
    struct ndup_part_row anchor_row, block_row;
    struct ndup_item anchor, block;
    NDUP_TRY(linked(level, item, &anchor_row, &anchor, err));
    NDUP_TRY(linked(level, &anchor, &block_row, &block, err));
    NDUP_TRY(ndup_part_fate(job, level, &block, fate, err));
    *fate = fate->kind != NDUP_FATE_REMOVED
                ? removed(NEARDUP_EXACT, 1, ndup_level_no_bits(level), anchor.index, level->rank_of[anchor.unit])
                : (struct ndup_fate){.kind = NDUP_FATE_NONE, .keeper = NDUP_NO_ITEM};
    return NEARDUP_OK;
}

neardup_status ndup_part_fate(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                              struct ndup_fate *fate, neardup_error *err)
{
    *fate = (struct ndup_fate){.kind = NDUP_FATE_NONE, .keeper = NDUP_NO_ITEM};
    if (item->unit > NDUP_UNIT_MAX || item->part->kind == NDUP_PART_ANCHOR)
        return NEARDUP_OK;
    if (ndup_level_is_reference(level, item->index)) {
        *fate = (struct ndup_fate){
            .kind = NDUP_FATE_KEPT, .keeper = item->index, .rank = cluster_rank(level, level->rank_of[item->unit])};
        return NEARDUP_OK;
    }
    if (item->part->kind == NDUP_PART_CONTAINED)
        return contained_fate(job, level, item, fate, err);
    if (item->part->kind == NDUP_PART_ECHO)
        return echo_fate(job, level, item, fate, err);
    return plain_fate(job, level, item, fate, err);
}
