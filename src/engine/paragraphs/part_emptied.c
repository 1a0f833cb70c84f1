/* SPDX-License-Identifier: MIT
 * Documents of which cutting leaves too little, for --drop-emptied. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

struct emptying {
    uint64_t *held;    /* a bit an item: keeper of an item of another document */
    uint32_t document; /* at hand; UINT32_MAX: none */
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
    bool removed = ndup_texts_is_removed(texts, item->index);
    e->changed = e->changed || removed;
    e->cut += removed ? item->part->raw_length : 0;
    e->holds = e->holds || (!removed && get_bit(e->held, item->index));
    if (!removed && (item->part->kind == NDUP_PARAGRAPH_PLAIN || item->part->kind == NDUP_PARAGRAPH_CONTAINED))
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
