/* SPDX-License-Identifier: MIT
 * From decisions on texts to items: decisions, clusters, references. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

/* The items of texts: visits, and references for callbacks and reports. */

static void document_item(const struct ndup_row *row, uint64_t index, struct ndup_item *item)
{
    *item = (struct ndup_item){index, row->text, row->tokens, (uint32_t)index, row, NULL};
}

static void part_item(const struct ndup_paragraph_row *part, uint64_t index, struct ndup_item *item)
{
    *item = (struct ndup_item){index, part->text, part->tokens, part->document, NULL, part};
}

neardup_status ndup_texts_item(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                               struct ndup_row *row, struct ndup_paragraph_row *part, struct ndup_item *item,
                               neardup_error *err)
{
    if (texts->paragraphs != NULL) {
        NDUP_TRY(ndup_column_get(texts->paragraphs, index, part, err));
        part_item(part, index, item);
    } else {
        NDUP_TRY(ndup_corpus_row(&job->corpus, index, row, err));
        document_item(row, index, item);
    }
    return NEARDUP_OK;
}

neardup_status ndup_texts_each_item(neardup_job *job, struct ndup_texts *texts, ndup_visit_item *visit, void *context,
                                    neardup_error *err)
{
    struct ndup_column_cursor cursor = {.column = texts->paragraphs != NULL ? texts->paragraphs : job->corpus.rows};
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < texts->items; i++) {
        struct ndup_item item;
        if (i % 4096 == 0 && (st = ndup_job_check_cancel(job, err)) != NEARDUP_OK)
            break;
        const void *row = ndup_column_at(&cursor, i, err);
        if (row == NULL) {
            st = err != NULL ? err->code : NEARDUP_E_IO;
            break;
        }
        if (texts->paragraphs != NULL)
            part_item(row, i, &item);
        else
            document_item(row, i, &item);
        st = visit(job, texts, &item, context, err);
    }
    ndup_column_cursor_free(&cursor);
    return st;
}

neardup_status ndup_job_ref(const neardup_job *job, const struct ndup_item *item, struct ndup_buf *text,
                            neardup_ref *ref, neardup_error *err)
{
    const struct ndup_corpus *c = &job->corpus;
    struct ndup_row row;
    NDUP_TRY(ndup_corpus_row(c, item->document, &row, err));
    *ref = (neardup_ref){.unit = NEARDUP_UNIT_DOCUMENT,
                         .index = item->index,
                         .document = item->document,
                         .line = row.line,
                         .tokens = item->tokens};
    const struct ndup_file *file = c->sources[ndup_corpus_source_of(c, item->document)].file;
    ref->file = file->name;
    ref->split = file->split;
    ref->reference = file->reference;
    ref->path = file->feed == NULL ? file->path : NULL;
    ref->record_bytes = c->sources[ndup_corpus_source_of(c, item->document)].format->in_place ? 0 : row.length;
    if (item->part != NULL) {
        const struct ndup_paragraph_row *p = item->part;
        ref->unit = job->paragraphs.unit;
        ref->line += p->line;
        ref->bytes = (neardup_span){p->begin, (uint64_t)p->begin + p->length};
        ref->characters = (neardup_span){p->first_char, (uint64_t)p->first_char + p->chars};
    }
    if (job->groups.of != NULL && job->groups.of[item->document] != NDUP_NO_GROUP) {
        const struct ndup_group_name *group = &job->groups.group[job->groups.of[item->document]];
        ref->group = job->groups.names.data + group->begin;
        ref->group_length = group->length;
    }
    const struct ndup_texts *texts = item->part != NULL ? &job->paragraphs : &job->documents;
    NDUP_TRY(ndup_texts_content(texts, item, &ref->content, err));
    ref->form = job->options.contents ? ndup_texts_form(texts, item->index) : 0;
    if (row.id == NDUP_NO_ID)
        return NEARDUP_OK;
    ndup_buf_clear(text);
    const struct ndup_blob *ids = ndup_corpus_is_reference(c, item->document) ? &c->reference_ids : &c->ids;
    NDUP_TRY(ndup_blob_get(ids, row.id, text, err));
    ref->id = text->data;
    ref->id_length = text->len;
    return NEARDUP_OK;
}

/* ---- decisions and clusters ---- */

/* ---- decisions ---- */

static void decide_document(const struct ndup_texts *texts, const struct ndup_item *item,
                            struct ndup_item_decision *decision)
{
    *decision =
        (struct ndup_item_decision){.kind = NDUP_ITEM_NONE, .distance = NEARDUP_NO_DISTANCE, .keeper = NDUP_NO_ITEM};
    if (!ndup_has_text(item->text))
        return;
    const struct ndup_rank rank = decision->rank = ndup_texts_rank(texts, item->text);
    if (ndup_texts_is_reference(texts, item->index)) {
        decision->kind = NDUP_ITEM_KEPT;
        decision->keeper = item->index;
        return;
    }
    const struct ndup_text_decision *v = &texts->decided.decisions[decision->rank.value];
    decision->kind = NDUP_ITEM_REMOVED;
    if (ndup_rank_exists(v->keeper)) {
        decision->reason = NEARDUP_NEAR;
        decision->jaccard = v->jaccard;
        decision->distance = v->distance;
        decision->numbers_differ = v->numbers_differ;
        decision->rank = v->keeper;
        const struct ndup_contained_decision *contained =
            texts->containment.decision_count > 0 ? ndup_containment_of(&texts->containment, rank) : NULL;
        if (contained != NULL) {
            decision->reason = NEARDUP_CONTAINED;
            decision->containment = contained->in_keeper;
            decision->keeper_containment = contained->of_keeper;
        }
    } else if (ndup_texts_first_item(texts, decision->rank) != item->index) {
        decision->reason = NEARDUP_EXACT;
        decision->jaccard = 1;
        decision->distance = ndup_texts_zero_distance(texts);
    } else {
        decision->kind = NDUP_ITEM_KEPT;
    }
    decision->keeper = ndup_texts_first_item(texts, decision->rank);
}

neardup_status ndup_job_decide_item(const neardup_job *job, const struct ndup_texts *texts,
                                    const struct ndup_item *item, struct ndup_item_decision *decision,
                                    neardup_error *err)
{
    if (texts->paragraphs != NULL)
        NDUP_TRY(ndup_paragraph_decide(job, texts, item, decision, err));
    else
        decide_document(texts, item, decision);
    if (decision->kind == NDUP_ITEM_REMOVED && decision->reason == NEARDUP_EXACT && decision->keeper != NDUP_NO_ITEM &&
        !ndup_texts_are_exact(texts, item->index, decision->keeper))
        decision->reason = NEARDUP_NEAR;
    return NEARDUP_OK;
}

/* ---- clusters ---- */

struct counting {
    uint32_t *size;   /* [ranks] removed items */
    uint64_t *tokens; /* [ranks] of these */
    uint32_t changed; /* document counted last as changed; UINT32_MAX: none */
};

static void count_document(neardup_job *job, const struct ndup_item *item, const struct ndup_item_decision *decision)
{
    job->summary.removed_bytes += item->row->length;
    job->summary.removed_tokens += item->tokens;
    job->summary.exact += decision->reason == NEARDUP_EXACT;
    job->summary.near += decision->reason == NEARDUP_NEAR;
    job->summary.numbers_differ += decision->numbers_differ;
    job->summary.contained += decision->reason == NEARDUP_CONTAINED;
}

static void count_part(neardup_job *job, const struct ndup_item *item, const struct ndup_item_decision *decision,
                       const struct ndup_stays *stays, struct counting *c)
{
    neardup_paragraph_summary *parts = &job->summary.paragraphs;
    parts->exact += decision->reason == NEARDUP_EXACT;
    parts->near += decision->reason == NEARDUP_NEAR;
    parts->contained += decision->reason == NEARDUP_CONTAINED;
    parts->boilerplate += decision->reason == NEARDUP_BOILERPLATE;
    parts->cut_tokens += item->tokens - stays->tokens;
    parts->cut_bytes += item->part->raw_length - stays->raw;
    parts->changed += c->changed != item->document;
    c->changed = item->document;
}

static neardup_status count_removed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    struct counting *c = context;
    struct ndup_item_decision decision;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    if (decision.kind == NDUP_ITEM_KEPT && item->part != NULL) {
        bool uncut;
        NDUP_TRY(ndup_paragraph_is_uncut(job, texts, item, &uncut, err));
        job->summary.paragraphs.uncut += uncut;
    }
    if (decision.kind != NDUP_ITEM_REMOVED)
        return NEARDUP_OK;
    struct ndup_stays stays = {0};
    if (item->part != NULL)
        NDUP_TRY(ndup_unique_stays(job->unique, item->index, &stays, err));
    texts->removed[item->index / 64] |= (uint64_t)1 << item->index % 64;
    c->size[decision.rank.value]++;
    c->tokens[decision.rank.value] += item->tokens - stays.tokens;
    if (item->part == NULL)
        count_document(job, item, &decision);
    else
        count_part(job, item, &decision, &stays, c);
    return NEARDUP_OK;
}

static neardup_status place_removed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    struct ndup_item_decision decision;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    ndup_clusters_place(&texts->clusters, decision.rank, (uint32_t)item->index);
    return NEARDUP_OK;
}

static uint64_t first_item(const void *context, struct ndup_rank rank)
{
    return ndup_texts_first_item(context, rank);
}

static void sum_up(neardup_job *job, struct ndup_texts *texts)
{
    neardup_summary *s = &job->summary;
    const struct ndup_clusters *m = &texts->clusters;
    if (texts->paragraphs != NULL) {
        s->paragraphs.clusters = m->cluster_count;
        s->paragraphs.candidates = texts->decided.candidates;
        s->paragraphs.edges = texts->decided.edges_found;
        s->paragraphs.capped_buckets = texts->capped_buckets;
        return;
    }
    s->clusters = m->cluster_count;
    s->largest_cluster = m->cluster_count > 0 ? m->clusters[0].count + 1 : 0;
    s->candidates = texts->decided.candidates;
    s->edges = texts->decided.edges_found;
    s->pairs_below = texts->decided.below;
    s->capped_buckets = texts->capped_buckets;
    s->kept = s->documents - s->exact - s->near - s->contained;
}

neardup_status ndup_job_cluster(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct counting c = {.changed = UINT32_MAX};
    if (texts->removed != NULL) { /* paragraphs, clustered when near misses were looked for, but not counted yet */
        sum_up(job, texts);
        return NEARDUP_OK;
    }
    if (texts->paragraphs != NULL)
        NDUP_TRY(ndup_paragraph_rules(job, texts, err));
    if (texts->paragraphs != NULL)
        NDUP_TRY(ndup_job_keep_unique(job, err));
    NDUP_TRY(ndup_job_find_forms(job, texts, err));
    texts->clusters.number = c.size = ndup_calloc(texts->ranks, sizeof *c.size);
    texts->removed = ndup_calloc((size_t)(texts->items / 64 + 1), sizeof *texts->removed);
    c.tokens = ndup_calloc(texts->ranks, sizeof *c.tokens);
    if (c.size == NULL || texts->removed == NULL || c.tokens == NULL) {
        free(c.tokens);
        return ndup_fail_nomem(err);
    }
    neardup_status st = ndup_texts_each_item(job, texts, count_removed, &c, err);
    if (st == NEARDUP_OK)
        st = ndup_clusters_number(&texts->clusters, c.size, c.tokens, texts->ranks, texts->paragraphs != NULL,
                                  first_item, texts, err);
    free(c.tokens);
    NDUP_TRY(st);
    NDUP_TRY(ndup_texts_each_item(job, texts, place_removed, NULL, err));
    for (size_t i = 0; i < texts->decided.edge_count; i++) {
        const struct ndup_edge *e = &texts->decided.edges[i];
        if (e->numbers_differ && ndup_keeps_numbers(job, texts))
            continue;
        ndup_clusters_join(&texts->clusters, texts->decided.decisions, texts->references, e->later, e->earlier);
    }
    ndup_clusters_name_components(&texts->clusters);
    sum_up(job, texts);
    return NEARDUP_OK;
}
