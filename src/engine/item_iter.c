/* SPDX-License-Identifier: MIT
 * The items of texts: visits, and references for callbacks and reports. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"

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
    ref->path = file->path;
    ref->record_bytes = row.length;
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
    NDUP_TRY(ndup_texts_content(item->part != NULL ? &job->paragraphs : &job->documents, item, &ref->content, err));
    if (row.id == NDUP_NO_ID)
        return NEARDUP_OK;
    ndup_buf_clear(text);
    const struct ndup_blob *ids = ndup_corpus_is_reference(c, item->document) ? &c->reference_ids : &c->ids;
    NDUP_TRY(ndup_blob_get(ids, row.id, text, err));
    ref->id = text->data;
    ref->id_length = text->len;
    return NEARDUP_OK;
}
