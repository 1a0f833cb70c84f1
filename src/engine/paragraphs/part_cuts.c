/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/paragraphs/part_cuts.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/report_lines.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

neardup_status ndup_cut_list_add(struct ndup_cut_list *list, uint64_t begin, uint64_t end, neardup_error *err)
{
    struct ndup_cut *last = list->count > 0 ? &list->cuts[list->count - 1] : NULL;
    if (last != NULL && last->end == begin && last->insert == NULL) {
        last->end = end;
        return NEARDUP_OK;
    }
    if (!ndup_grow(&list->cuts, &list->capacity, list->count + 1, sizeof *list->cuts))
        return ndup_fail_nomem(err);
    list->cuts[list->count++] = (struct ndup_cut){.begin = begin, .end = end};
    return NEARDUP_OK;
}

neardup_status ndup_cut_list_add_record(struct ndup_cut_list *list, const struct ndup_row *row, neardup_error *err)
{
    list->whole = true;
    return ndup_cut_list_add(list, row->offset, row->offset + row->length, err);
}

void ndup_cut_list_clear(struct ndup_cut_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)(uintptr_t)list->cuts[i].insert); /* made by add_note */
    list->count = 0;
    list->whole = false;
}

/* ---- the parts of a document ---- */

static neardup_status collect(const struct ndup_texts *texts, struct ndup_cutter *c, uint64_t document, bool *any,
                              neardup_error *err)
{
    c->first = c->next;
    c->count = 0;
    *any = false;
    for (; c->next < texts->items; c->next++) {
        const struct ndup_paragraph_row *row = ndup_column_at(&c->cursor, c->next, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        if (row->document != document)
            break;
        if (!ndup_grow(&c->rows, &c->capacity, c->count + 1, sizeof *c->rows))
            return ndup_fail_nomem(err);
        c->rows[c->count++] = *row;
        *any = *any || ndup_texts_is_removed(texts, c->next);
    }
    return NEARDUP_OK;
}

/* A line goes with the newline before it: the line that it repeats stands before it. */
static struct ndup_span line_range(const char *text, const struct ndup_paragraph_row *row)
{
    size_t begin = row->begin;
    if (begin > 0 && text[begin - 1] == '\n')
        begin--;
    if (begin > 0 && text[begin - 1] == '\r')
        begin--;
    return (struct ndup_span){begin, (size_t)row->begin + row->length};
}

static bool is_line(const struct ndup_paragraph_row *row)
{
    return row->kind == NDUP_PARAGRAPH_ECHO || row->kind == NDUP_PARAGRAPH_ANCHOR;
}

static neardup_status find_ranges(const neardup_job *job, struct ndup_cutter *c, const struct ndup_document *d,
                                  neardup_error *err)
{
    size_t n = 0;
    if (!ndup_grow(&c->spans, &c->span_capacity, c->count, sizeof *c->spans) ||
        !ndup_grow(&c->ranges, &c->range_capacity, c->count, sizeof *c->ranges) ||
        !ndup_grow(&c->gone, &c->gone_capacity, c->count, sizeof *c->gone) ||
        !ndup_grow(&c->cut, &c->cut_capacity, c->count, sizeof *c->cut))
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < c->count; i++) {
        const struct ndup_paragraph_row *row = &c->rows[i];
        if (is_line(row))
            continue;
        c->spans[n] = (struct ndup_span){row->begin, (size_t)row->begin + row->length};
        c->gone[n++] = ndup_texts_is_removed(&job->paragraphs, c->first + i);
    }
    struct ndup_split split;
    ndup_split_begin(&split, job->paragraphs.unit, d->text, d->text_length);
    ndup_split_cuts(&split, c->spans, c->gone, n, c->ranges);
    n = 0;
    for (size_t i = 0; i < c->count; i++)
        c->cut[i] = is_line(&c->rows[i]) ? line_range(d->text, &c->rows[i]) : c->ranges[n++];
    return NEARDUP_OK;
}

static neardup_status add_ranges(const neardup_job *job, const struct ndup_cutter *c, const struct ndup_row *row,
                                 const struct ndup_document *d, struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_text_map map;
    ndup_text_map_begin(&map, d->raw, d->raw_length, d->escapes);
    uint64_t base = row->offset + (uint64_t)(d->raw - d->record);
    for (size_t i = 0; i < c->count; i++) {
        if (!ndup_texts_is_removed(&job->paragraphs, c->first + i))
            continue;
        ndup_text_map_to(&map, c->cut[i].begin);
        uint64_t begin = base + map.raw_at;
        ndup_text_map_to(&map, c->cut[i].end);
        NDUP_TRY(ndup_cut_list_add(list, begin, base + map.raw_at, err));
    }
    return NEARDUP_OK;
}

/* ---- decisions ---- */

/* The ids of a decision live only until the next one. */
static neardup_status note_decision(struct ndup_cutter *c, const neardup_decision *d, neardup_error *err)
{
    if (!ndup_grow(&c->decisions, &c->decision_capacity, c->decision_count + 1, sizeof *c->decisions))
        return ndup_fail_nomem(err);
    c->decisions[c->decision_count++] = *d;
    if (d->keeper.id != NULL)
        ndup_buf_append(&c->ids, d->keeper.id, d->keeper.id_length);
    return NEARDUP_OK;
}

static neardup_status tell_parts(const neardup_job *job, struct ndup_cutter *c, neardup_error *err)
{
    c->decision_count = 0;
    ndup_buf_clear(&c->ids);
    for (size_t i = 0; i < c->count; i++) {
        uint64_t index = c->first + i;
        if (!ndup_texts_is_removed(&job->paragraphs, index))
            continue;
        const struct ndup_paragraph_row *row = &c->rows[i];
        struct ndup_item item = {index, row->text, row->tokens, row->document, NULL, row};
        neardup_decision d;
        NDUP_TRY(ndup_job_decision(job, &job->paragraphs, &item, c->ref_ids, &d, err));
        d.cut = (neardup_span){c->cut[i].begin, c->cut[i].end};
        NDUP_TRY(ndup_job_report_decision(job, &item, &d, &c->lines, err));
        if (job->options.annotate)
            NDUP_TRY(note_decision(c, &d, err));
    }
    return NEARDUP_OK;
}

/* Makes the member "neardup" of the record. */
static neardup_status add_note(struct ndup_cutter *c, const struct ndup_row *row, const struct ndup_document *d,
                               struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_buf note = NDUP_BUF_INIT;
    size_t at = 0;
    for (size_t i = 0; i < c->decision_count; i++) {
        if (c->decisions[i].keeper.id != NULL)
            c->decisions[i].keeper.id = c->ids.data + at;
        at += c->decisions[i].keeper.id_length;
    }
    bool replaced = d->note_end > d->note_begin;
    if (!replaced)
        ndup_buf_append_str(&note, d->no_members ? "\"neardup\":" : ",\"neardup\":");
    ndup_show_note(&note, c->decisions, c->decision_count);
    if (note.failed || c->ids.failed || !ndup_grow(&list->cuts, &list->capacity, list->count + 1, sizeof *list->cuts)) {
        ndup_buf_free(&note);
        return ndup_fail_nomem(err);
    }
    uint64_t begin = row->offset + (replaced ? d->note_begin : d->close);
    uint64_t end = replaced ? row->offset + d->note_end : begin;
    list->cuts[list->count++] =
        (struct ndup_cut){.begin = begin, .end = end, .insert = note.data, .insert_len = note.len};
    return NEARDUP_OK;
}

static neardup_status tell_emptied(const neardup_job *job, struct ndup_cutter *c, uint64_t index,
                                   const struct ndup_row *row, neardup_error *err)
{
    struct ndup_item item = {index, row->text, row->tokens, (uint32_t)index, row, NULL};
    neardup_decision d = {.reason = NEARDUP_EMPTIED, .distance = NEARDUP_NO_DISTANCE};
    NDUP_TRY(ndup_job_ref(job, &item, &c->ref_ids[0], &d.document, err));
    return ndup_job_report_decision(job, &item, &d, &c->lines, err);
}

neardup_status ndup_cut_document(neardup_job *job, struct ndup_worker *worker, struct ndup_cutter *c, uint64_t index,
                                 const struct ndup_row *row, struct ndup_cut_list *list, neardup_error *err)
{
    bool any;
    struct ndup_document d;
    NDUP_TRY(collect(&job->paragraphs, c, index, &any, err));
    /* What an earlier run wrote into a record of which nothing goes now would be wrong. */
    if (!any && (job->noted == NULL || !job->noted[index]))
        return NEARDUP_OK;
    bool emptied = ndup_job_is_emptied(job, index);
    NDUP_TRY(ndup_job_read_document(job, worker, index, row, &d, err));
    NDUP_TRY(find_ranges(job, c, &d, err));
    if (list != NULL && emptied)
        NDUP_TRY(ndup_cut_list_add_record(list, row, err));
    else if (list != NULL && !job->options.annotate)
        NDUP_TRY(add_ranges(job, c, row, &d, list, err));
    /* From here on a callback may read other texts in place of this one: its places are known. */
    NDUP_TRY(tell_parts(job, c, err));
    if (list != NULL && job->options.annotate)
        NDUP_TRY(add_note(c, row, &d, list, err));
    return emptied ? tell_emptied(job, c, index, row, err) : NEARDUP_OK;
}

void ndup_cutter_free(struct ndup_cutter *c)
{
    ndup_column_cursor_free(&c->cursor);
    free(c->rows);
    free(c->spans);
    free(c->ranges);
    free(c->gone);
    free(c->cut);
    free(c->decisions);
    ndup_buf_free(&c->ids);
    ndup_buf_free(&c->ref_ids[0]);
    ndup_buf_free(&c->ref_ids[1]);
    ndup_buf_free(&c->lines);
    *c = (struct ndup_cutter){0};
}
