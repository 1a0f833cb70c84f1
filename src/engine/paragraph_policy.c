/* SPDX-License-Identifier: MIT
 * What is decided on paragraphs and lines: a rule for each cluster, from it a decision on each item, and which documents are
 * removed because too little of them is left. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"

#include <stdlib.h>
#include <string.h>

/* ---- the rules of clusters ---- */

/* The keeper of the cluster that a text is in. */
static struct ndup_rank cluster_rank(const struct ndup_texts *texts, struct ndup_rank rank)
{
    struct ndup_rank keeper = texts->decided.decisions[rank.value].keeper;
    return ndup_rank_exists(keeper) ? keeper : rank;
}

struct spread {          /* over documents, those of references too */
    uint32_t *documents; /* [ranks], of clusters */
    uint32_t *last;      /* [ranks]: document counted last, plus one */
    uint64_t *met;       /* one bit per rank of references: it was met in an input */
};

/* Whether the item is the first one of its text in the inputs. A text all of whose items are contained in their documents
 * has no rank, but is a text. */
static bool is_first(struct ndup_texts *texts, const struct ndup_item *item, struct spread *s)
{
    uint32_t *first_item = ndup_texts_first_item_of(texts, item->text);
    if (*first_item == UINT32_MAX)
        *first_item = (uint32_t)item->index;
    if (!ndup_texts_is_reference(texts, *first_item))
        return *first_item == item->index;
    struct ndup_rank rank = ndup_texts_rank(texts, item->text);
    bool first = !ndup_rank_bit(s->met, rank);
    ndup_rank_set_bit(s->met, rank);
    return first;
}

static neardup_status count_documents(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                      void *context, neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (!ndup_has_text(item->text))
        return NEARDUP_OK;
    if (item->part->kind <= NDUP_PARAGRAPH_CONTAINED && !ndup_texts_is_reference(texts, item->index)) {
        job->summary.paragraphs.count++;
        job->summary.paragraphs.distinct += is_first(texts, item, s);
    }
    if (item->part->kind != NDUP_PARAGRAPH_PLAIN)
        return NEARDUP_OK;
    struct ndup_rank rank = cluster_rank(texts, ndup_texts_rank(texts, item->text));
    if (s->last[rank.value] != item->document + 1)
        s->documents[rank.value]++;
    s->last[rank.value] = item->document + 1;
    return NEARDUP_OK;
}

static neardup_status set_rule(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                               neardup_error *err)
{
    (void)err;
    struct spread *s = context;
    if (!ndup_item_counts(item))
        return NEARDUP_OK;
    struct ndup_rank rank = ndup_texts_rank(texts, item->text);
    if (*ndup_texts_first_item_of(texts, item->text) != item->index)
        return NEARDUP_OK;
    bool plain = item->part->kind == NDUP_PARAGRAPH_PLAIN;
    bool reference = ndup_texts_is_reference(texts, item->index);
    texts->rule[rank.value] =
        (uint8_t)(plain ? ndup_choose_cluster_rule(&job->options, reference, item->tokens, s->documents[rank.value])
                        : NDUP_RULE_FIRST_COPY);
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

/* ---- decisions ---- */

static struct ndup_item_decision removed(neardup_reason reason, double jaccard, int distance, uint64_t keeper,
                                         struct ndup_rank rank)
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

/* In a cluster of few documents only repeats inside a document are removed: what is similar to the cluster's keeper, if
 * that is in this document, and copies of the text's first item, or else of an earlier copy in the document. */
static neardup_status decide_once_each(const neardup_job *job, const struct ndup_texts *texts,
                                       const struct ndup_item *item, struct ndup_item_decision *decision,
                                       neardup_error *err)
{
    struct ndup_rank own = ndup_texts_rank(texts, item->text);
    uint64_t copy = *ndup_texts_first_item_of(texts, item->text);
    bool same;
    if (!job->options.inside_documents)
        return NEARDUP_OK;
    NDUP_TRY(same_document(texts, item, decision->keeper, &same, err));
    if (same && own.value != decision->rank.value) {
        *decision = removed(NEARDUP_NEAR, texts->decided.decisions[own.value].jaccard,
                            texts->decided.decisions[own.value].distance, decision->keeper, decision->rank);
        decision->numbers_differ = texts->decided.decisions[own.value].numbers_differ;
        return NEARDUP_OK;
    }
    NDUP_TRY(same_document(texts, item, copy, &same, err));
    if (!same)
        copy = item->index + (uint64_t)(int64_t)item->part->link;
    if (copy != item->index)
        *decision = removed(NEARDUP_EXACT, 1, ndup_texts_zero_distance(texts), copy, own);
    return NEARDUP_OK;
}

static neardup_status decide_plain(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                   struct ndup_item_decision *decision, neardup_error *err)
{
    struct ndup_rank own = ndup_texts_rank(texts, item->text), rank = cluster_rank(texts, own);
    uint64_t keeper = ndup_texts_first_item(texts, rank);
    double jaccard = own.value == rank.value ? 1 : texts->decided.decisions[own.value].jaccard;
    int distance =
        own.value == rank.value ? ndup_texts_zero_distance(texts) : texts->decided.decisions[own.value].distance;
    neardup_reason reason = own.value == rank.value ? NEARDUP_EXACT : NEARDUP_NEAR;
    *decision = (struct ndup_item_decision){.kind = NDUP_ITEM_KEPT, .keeper = keeper, .rank = rank};
    switch ((enum ndup_cluster_rule)texts->rule[rank.value]) {
    case NDUP_RULE_KEEP_ALL:
        return NEARDUP_OK;
    case NDUP_RULE_ONE_PER_DOCUMENT:
        return decide_once_each(job, texts, item, decision, err);
    case NDUP_RULE_REMOVE_ALL:
        *decision = removed(NEARDUP_BOILERPLATE, jaccard, distance, NDUP_NO_ITEM, rank);
        return NEARDUP_OK;
    case NDUP_RULE_KEEP_ONE:
        reason = NEARDUP_BOILERPLATE;
        break;
    case NDUP_RULE_FIRST_COPY:
        break;
    }
    if (keeper == item->index)
        return NEARDUP_OK;
    if (!job->options.inside_documents) {
        bool same;
        NDUP_TRY(same_document(texts, item, keeper, &same, err));
        if (same)
            return NEARDUP_OK;
    }
    *decision = removed(reason, jaccard, distance, keeper, rank);
    decision->numbers_differ = reason == NEARDUP_NEAR && texts->decided.decisions[own.value].numbers_differ;
    return NEARDUP_OK;
}

static neardup_status linked(const struct ndup_texts *texts, const struct ndup_item *item,
                             struct ndup_paragraph_row *row, struct ndup_item *other, neardup_error *err)
{
    uint64_t index = item->index + (uint64_t)(int64_t)item->part->link;
    NDUP_TRY(ndup_column_get(texts->paragraphs, index, row, err));
    *other = (struct ndup_item){index, row->text, row->tokens, row->document, NULL, row};
    return NEARDUP_OK;
}

/* Its keeper is the paragraph that contains most of it, or the keeper of that one. Longer paragraphs are removed first,
 * and none because of a removed one, so following the links ends. */
static neardup_status decide_contained(const neardup_job *job, const struct ndup_texts *texts,
                                       const struct ndup_item *item, struct ndup_item_decision *decision,
                                       neardup_error *err)
{
    struct ndup_paragraph_row row;
    struct ndup_item container;
    NDUP_TRY(linked(texts, item, &row, &container, err));
    while (row.kind == NDUP_PARAGRAPH_CONTAINED) {
        struct ndup_item inner = container;
        NDUP_TRY(linked(texts, &inner, &row, &container, err));
    }
    NDUP_TRY(decide_plain(job, texts, &container, decision, err));
    uint64_t keeper = decision->kind == NDUP_ITEM_KEPT ? container.index : decision->keeper;
    *decision = removed(NEARDUP_CONTAINED, 0, NEARDUP_NO_DISTANCE, keeper, decision->rank);
    decision->containment = (double)item->part->shared / (double)item->part->shingles;
    return NEARDUP_OK;
}

/* A line is removed with its paragraph, if that is. */
static neardup_status decide_echo(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                  struct ndup_item_decision *decision, neardup_error *err)
{
    struct ndup_paragraph_row anchor_row, block_row;
    struct ndup_item anchor, block;
    NDUP_TRY(linked(texts, item, &anchor_row, &anchor, err));
    NDUP_TRY(linked(texts, &anchor, &block_row, &block, err));
    NDUP_TRY(ndup_paragraph_decide(job, texts, &block, decision, err));
    *decision = decision->kind != NDUP_ITEM_REMOVED
                    ? removed(NEARDUP_EXACT, 1, ndup_texts_zero_distance(texts), anchor.index,
                              ndup_texts_rank(texts, anchor.text))
                    : (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .keeper = NDUP_NO_ITEM};
    return NEARDUP_OK;
}

/* The text of a page, of a row of a table or of a command is not in the file as it is compared, so that no part of it can be
 * cut out. Its paragraphs stay, and others are cut because of them: to refuse the run would lose that, for one page in a folder. */
static bool source_is_uncut(const neardup_job *job, const struct ndup_corpus_source *s)
{
    return s->command != NULL || s->table != NULL ||
           (ndup_format_derives(s->format, &job->fields) && !job->options.annotate);
}

bool ndup_paragraph_finds_uncut(const neardup_job *job)
{
    if (job->paragraphs.unit == 0 || !ndup_writes_corpus(&job->options))
        return false;
    for (size_t i = 0; i < job->corpus.own_sources; i++) {
        if (job->corpus.sources[i].rows > 0 && source_is_uncut(job, &job->corpus.sources[i]))
            return true;
    }
    return false;
}

static bool is_uncut(const neardup_job *job, const struct ndup_item *item)
{
    return job->has_uncut &&
           source_is_uncut(job, &job->corpus.sources[ndup_corpus_source_of(&job->corpus, item->document)]);
}

/* Without what is known of unique sentences, and of where nothing can be cut. */
static neardup_status decide_item(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                  struct ndup_item_decision *decision, neardup_error *err)
{
    *decision = (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .keeper = NDUP_NO_ITEM};
    if (!ndup_has_text(item->text) || item->part->kind == NDUP_PARAGRAPH_ANCHOR)
        return NEARDUP_OK;
    if (ndup_texts_is_reference(texts, item->index)) {
        *decision = (struct ndup_item_decision){.kind = NDUP_ITEM_KEPT,
                                                .keeper = item->index,
                                                .rank = cluster_rank(texts, ndup_texts_rank(texts, item->text))};
        return NEARDUP_OK;
    }
    if (item->part->kind == NDUP_PARAGRAPH_CONTAINED)
        return decide_contained(job, texts, item, decision, err);
    if (item->part->kind == NDUP_PARAGRAPH_ECHO)
        return decide_echo(job, texts, item, decision, err);
    return decide_plain(job, texts, item, decision, err);
}

neardup_status ndup_paragraph_decide(const neardup_job *job, const struct ndup_texts *texts,
                                     const struct ndup_item *item, struct ndup_item_decision *decision,
                                     neardup_error *err)
{
    NDUP_TRY(decide_item(job, texts, item, decision, err));
    bool spared = job->unique != NULL && job->unique->known && ndup_unique_bit(job->unique->spared, item->index);
    if (decision->kind == NDUP_ITEM_REMOVED && (spared || is_uncut(job, item)))
        *decision = (struct ndup_item_decision){
            .kind = NDUP_ITEM_KEPT, .distance = NEARDUP_NO_DISTANCE, .keeper = item->index, .rank = decision->rank};
    return NEARDUP_OK;
}

neardup_status ndup_paragraph_is_uncut(const neardup_job *job, const struct ndup_texts *texts,
                                       const struct ndup_item *item, bool *uncut, neardup_error *err)
{
    struct ndup_item_decision decision = {.kind = NDUP_ITEM_NONE};
    if (is_uncut(job, item))
        NDUP_TRY(decide_item(job, texts, item, &decision, err));
    *uncut = decision.kind == NDUP_ITEM_REMOVED;
    return NEARDUP_OK;
}

/* ---- documents of which cutting leaves too little, for --drop-emptied ---- */

struct emptying {
    uint64_t *held;    /* one bit per item: keeper of an item of another document */
    uint32_t document; /* the current one; UINT32_MAX: none */
    uint64_t tokens;   /* that are left in it */
    uint64_t cut;      /* bytes of the record, counted as cut */
    bool changed, holds;
};

static bool get_bit(const uint64_t *bits, uint64_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

bool ndup_job_is_emptied(const neardup_job *job, uint64_t document)
{
    return job->emptied != NULL && get_bit(job->emptied, document);
}

static neardup_status note_keeper(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                  void *context, neardup_error *err)
{
    struct emptying *e = context;
    struct ndup_item_decision decision;
    struct ndup_paragraph_row keeper;
    if (!ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    if (decision.keeper == NDUP_NO_ITEM)
        return NEARDUP_OK;
    NDUP_TRY(ndup_column_get(texts->paragraphs, decision.keeper, &keeper, err));
    if (keeper.document != item->document)
        set_bit(e->held, decision.keeper);
    return NEARDUP_OK;
}

static neardup_status end_document(neardup_job *job, const struct emptying *e, neardup_error *err)
{
    struct ndup_row row;
    if (e->document == UINT32_MAX || !e->changed || e->holds || e->tokens >= job->options.min_remaining)
        return NEARDUP_OK;
    set_bit(job->emptied, e->document);
    NDUP_TRY(ndup_corpus_row(&job->corpus, e->document, &row, err));
    job->summary.paragraphs.emptied++;
    job->summary.kept--;
    job->summary.paragraphs.emptied_bytes += row.length - e->cut;
    return NEARDUP_OK;
}

static neardup_status weigh(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                            neardup_error *err)
{
    struct emptying *e = context;
    if (item->document != e->document) {
        NDUP_TRY(end_document(job, e, err));
        *e = (struct emptying){.held = e->held, .document = item->document};
    }
    struct ndup_stays stays;
    NDUP_TRY(ndup_unique_stays(job->unique, item->index, &stays, err));
    bool is_removed = ndup_texts_is_removed(texts, item->index);
    e->changed = e->changed || is_removed;
    e->cut += is_removed ? item->part->raw_length - stays.raw : 0;
    e->tokens += stays.tokens;
    e->holds = e->holds || (!is_removed && get_bit(e->held, item->index)) ||
               (job->unique != NULL && ndup_unique_bit(job->unique->relied, item->index));
    if (!is_removed && (item->part->kind == NDUP_PARAGRAPH_PLAIN || item->part->kind == NDUP_PARAGRAPH_CONTAINED))
        e->tokens += item->tokens;
    return NEARDUP_OK;
}

neardup_status ndup_job_find_emptied(neardup_job *job, neardup_error *err)
{
    struct emptying e = {.held = ndup_calloc((size_t)(job->paragraphs.items / 64 + 1), sizeof *e.held),
                         .document = UINT32_MAX};
    job->emptied = ndup_calloc((size_t)(job->corpus.row_count / 64 + 1), sizeof *job->emptied);
    neardup_status st = e.held == NULL || job->emptied == NULL
                            ? ndup_fail_nomem(err)
                            : ndup_texts_each_item(job, &job->paragraphs, note_keeper, &e, err);
    if (st == NEARDUP_OK)
        st = ndup_texts_each_item(job, &job->paragraphs, weigh, &e, err);
    if (st == NEARDUP_OK)
        st = end_document(job, &e, err);
    free(e.held);
    return st;
}
