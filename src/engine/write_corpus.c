/* SPDX-License-Identifier: MIT
 * The cleaned corpus. Source by source, every removed record and every cut paragraph becomes a range of bytes, the decisions
 * on paragraphs are reported on the way, and then the file is copied without these ranges. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/mend_json.h"
#include "engine/revisits.h"
#include "input/format_json.h"
#include "output/members.h"
#include "output/rewrite.h"
#include "run/record.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- ranges that are cut out of a file ---- */

/* Adds a range; one that begins where the last one ends makes that longer. */
static neardup_status add_cut(struct ndup_cut_list *list, uint64_t begin, uint64_t end, neardup_error *err)
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

static neardup_status cut_record_from(struct ndup_cut_list *list, const struct ndup_row *row, neardup_error *err)
{
    list->whole = true;
    return add_cut(list, row->offset, row->offset + row->length, err);
}

static void clear_cuts(struct ndup_cut_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)(uintptr_t)list->cuts[i].insert); /* made by add_annotation or insert_quotes */
    list->count = 0;
    list->whole = false;
}

/* ---- the paragraphs of a document: which bytes of its record are cut ---- */

struct cutter {                       /* walks the documents in order */
    struct ndup_column_cursor cursor; /* over the paragraphs */
    uint64_t next;                    /* paragraph */
    uint64_t first;                   /* paragraph of the current document */
    struct ndup_paragraph_row *rows;  /* its paragraphs */
    size_t count, capacity;
    struct ndup_span *spans,
        *ranges; /* of those that are not lines of others: where they are, and what is cut with them */
    bool *removed;
    size_t span_capacity, range_capacity, removed_capacity;
    struct ndup_span *cut; /* [count]: bytes of the text that are cut with each paragraph, but for what of it stays */
    size_t cut_capacity;
    neardup_span *kept; /* what stays of paragraphs that are cut in part; those of a paragraph are neighbours */
    struct kept_range { /* [count]: of a paragraph, in `kept` */
        size_t first, count;
    } * kept_of;
    size_t kept_count, kept_capacity, kept_of_capacity;
    neardup_decision *decisions; /* for --annotate */
    size_t decision_count, decision_capacity;
    struct ndup_buf ids;
    struct ndup_buf ref_ids[2]; /* of the current decision */
    struct ndup_buf lines;      /* reported decisions, as lines */
};

static neardup_status collect(const struct ndup_texts *texts, struct cutter *c, uint64_t document, bool *any,
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

/* A line is cut with the newline before it: the line that it repeats is before it. */
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

/* What stays of the paragraphs that are cut in part. */
static neardup_status find_kept(const neardup_job *job, struct cutter *c, neardup_error *err)
{
    c->kept_count = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct ndup_stays stays;
        struct ndup_stay stay;
        NDUP_TRY(ndup_unique_stays(job->unique, c->first + i, &stays, err));
        c->kept_of[i] = (struct kept_range){c->kept_count, stays.count};
        if (!ndup_grow(&c->kept, &c->kept_capacity, c->kept_count + stays.count, sizeof *c->kept))
            return ndup_fail_nomem(err);
        for (uint32_t k = 0; k < stays.count; k++) {
            NDUP_TRY(ndup_column_get(job->unique->stays, stays.first + k, &stay, err));
            c->kept[c->kept_count++] = (neardup_span){stay.begin, stay.end};
        }
    }
    return NEARDUP_OK;
}

/* From the first byte of the paragraph that is cut to the last one. A stretch that stays at its begin or end is not in it. */
static struct ndup_span range_around(struct cutter *c, size_t i)
{
    const struct ndup_paragraph_row *row = &c->rows[i];
    struct ndup_span range = {row->begin, (size_t)row->begin + row->length};
    struct kept_range *kept = &c->kept_of[i];
    if (c->kept[kept->first].begin == range.begin) {
        range.begin = (size_t)c->kept[kept->first++].end;
        kept->count--;
    }
    if (kept->count > 0 && c->kept[kept->first + kept->count - 1].end == range.end)
        range.end = (size_t)c->kept[kept->first + --kept->count].begin;
    return range;
}

static neardup_status find_ranges(const neardup_job *job, struct cutter *c, const struct ndup_document *d,
                                  neardup_error *err)
{
    size_t n = 0;
    if (!ndup_grow(&c->spans, &c->span_capacity, c->count, sizeof *c->spans) ||
        !ndup_grow(&c->ranges, &c->range_capacity, c->count, sizeof *c->ranges) ||
        !ndup_grow(&c->removed, &c->removed_capacity, c->count, sizeof *c->removed) ||
        !ndup_grow(&c->cut, &c->cut_capacity, c->count, sizeof *c->cut) ||
        !ndup_grow(&c->kept_of, &c->kept_of_capacity, c->count, sizeof *c->kept_of))
        return ndup_fail_nomem(err);
    NDUP_TRY(find_kept(job, c, err));
    for (size_t i = 0; i < c->count; i++) {
        const struct ndup_paragraph_row *row = &c->rows[i];
        if (is_line(row))
            continue;
        c->spans[n] = (struct ndup_span){row->begin, (size_t)row->begin + row->length};
        c->removed[n++] = ndup_texts_is_removed(&job->paragraphs, c->first + i) && c->kept_of[i].count == 0;
    }
    struct ndup_split split;
    ndup_split_begin(&split, job->paragraphs.unit, d->text, d->text_length);
    ndup_split_cuts(&split, c->spans, c->removed, n, c->ranges);
    n = 0;
    for (size_t i = 0; i < c->count; i++) {
        c->cut[i] = is_line(&c->rows[i]) ? line_range(d->text, &c->rows[i]) : c->ranges[n++];
        if (c->kept_of[i].count > 0)
            c->cut[i] = range_around(c, i);
    }
    return NEARDUP_OK;
}

/* In place of the last cut: an empty field, which is all of its record. */
static neardup_status insert_quotes(struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_cut *last = &list->cuts[list->count - 1];
    char *quotes = ndup_alloc(2, 1);
    if (quotes == NULL)
        return ndup_fail_nomem(err);
    quotes[0] = quotes[1] = '"';
    last->insert = quotes;
    last->insert_len = 2;
    return NEARDUP_OK;
}

/* Cuts bytes of the text, at or after those cut before; *left: bytes of the raw text that are not cut. */
static neardup_status cut_text(struct ndup_cut_list *list, struct ndup_text_map *map, uint64_t base,
                               struct ndup_span cut, uint64_t *left, neardup_error *err)
{
    ndup_text_map_to(map, cut.begin);
    uint64_t begin = base + map->raw_at;
    ndup_text_map_to(map, cut.end);
    *left -= base + map->raw_at - begin;
    return add_cut(list, begin, base + map->raw_at, err);
}

static neardup_status add_ranges(const neardup_job *job, const struct cutter *c, const struct ndup_row *row,
                                 const struct ndup_document *d, struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_text_map map;
    ndup_text_map_begin(&map, d->raw, d->raw_length, d->escapes);
    uint64_t base = row->offset + (uint64_t)(d->raw - d->record), left = d->raw_length;
    for (size_t i = 0; i < c->count; i++) {
        if (!ndup_texts_is_removed(&job->paragraphs, c->first + i))
            continue;
        struct ndup_span cut = c->cut[i];
        const neardup_span *kept = c->kept + c->kept_of[i].first;
        for (size_t k = 0; k < c->kept_of[i].count; k++) {
            NDUP_TRY(cut_text(list, &map, base, (struct ndup_span){cut.begin, (size_t)kept[k].begin}, &left, err));
            cut.begin = (size_t)kept[k].end;
        }
        NDUP_TRY(cut_text(list, &map, base, cut, &left, err));
    }
    return d->alone && left == 0 ? insert_quotes(list, err) : NEARDUP_OK;
}

/* ---- the decisions on them ---- */

/* The ids of a decision live only until the next one. */
static neardup_status keep_decision(struct cutter *c, const neardup_decision *d, neardup_error *err)
{
    if (!ndup_grow(&c->decisions, &c->decision_capacity, c->decision_count + 1, sizeof *c->decisions))
        return ndup_fail_nomem(err);
    c->decisions[c->decision_count++] = *d;
    if (d->keeper.id != NULL)
        ndup_buf_append(&c->ids, d->keeper.id, d->keeper.id_length);
    return NEARDUP_OK;
}

static neardup_status report_paragraphs(const neardup_job *job, struct cutter *c, neardup_error *err)
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
        d.kept = c->kept_of[i].count > 0 ? c->kept + c->kept_of[i].first : NULL;
        d.kept_count = c->kept_of[i].count;
        NDUP_TRY(ndup_job_report_decision(job, &item, &d, &c->lines, err));
        if (job->options.annotate)
            NDUP_TRY(keep_decision(c, &d, err));
    }
    return NEARDUP_OK;
}

/* Makes the member "neardup" of the record. */
static neardup_status add_annotation(struct cutter *c, const struct ndup_row *row, const struct ndup_document *d,
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
    struct ndup_json_writer json;
    ndup_json_begin(&json, &note);
    ndup_record_annotation(&json, NULL, c->decisions, c->decision_count);
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

static neardup_status report_emptied(const neardup_job *job, struct cutter *c, uint64_t index,
                                     const struct ndup_row *row, neardup_error *err)
{
    struct ndup_item item = {index, row->text, row->tokens, (uint32_t)index, row, NULL};
    neardup_decision d = {.reason = NEARDUP_EMPTIED, .distance = NEARDUP_NO_DISTANCE};
    NDUP_TRY(ndup_job_ref(job, &item, &c->ref_ids[0], &d.document, err));
    return ndup_job_report_decision(job, &item, &d, &c->lines, err);
}

static neardup_status cut_document(neardup_job *job, struct ndup_worker *worker, struct cutter *c, uint64_t index,
                                   const struct ndup_row *row, struct ndup_cut_list *list, neardup_error *err)
{
    bool any;
    struct ndup_document d;
    NDUP_TRY(collect(&job->paragraphs, c, index, &any, err));
    /* What an earlier run wrote into a record would be wrong where nothing is cut now: it is replaced. */
    if (!any && (job->noted == NULL || !job->noted[index]))
        return NEARDUP_OK;
    bool emptied = ndup_job_is_emptied(job, index);
    NDUP_TRY(ndup_job_read_document(job, worker, index, row, &d, err));
    NDUP_TRY(find_ranges(job, c, &d, err));
    if (list != NULL && emptied)
        NDUP_TRY(cut_record_from(list, row, err));
    else if (list != NULL && !job->options.annotate)
        NDUP_TRY(add_ranges(job, c, row, &d, list, err));
    /* From here on a callback may read other texts in place of this one: its ranges are known. */
    NDUP_TRY(report_paragraphs(job, c, err));
    if (list != NULL && job->options.annotate)
        NDUP_TRY(add_annotation(c, row, &d, list, err));
    return emptied ? report_emptied(job, c, index, row, err) : NEARDUP_OK;
}

static void free_cutter(struct cutter *c)
{
    ndup_column_cursor_free(&c->cursor);
    free(c->rows);
    free(c->spans);
    free(c->ranges);
    free(c->removed);
    free(c->cut);
    free(c->kept);
    free(c->kept_of);
    free(c->decisions);
    ndup_buf_free(&c->ids);
    ndup_buf_free(&c->ref_ids[0]);
    ndup_buf_free(&c->ref_ids[1]);
    ndup_buf_free(&c->lines);
    *c = (struct cutter){0};
}

/* ---- the decisions on a source, record by record ---- */

struct applier { /* of one thread */
    struct ndup_column_cursor rows;
    struct cutter cutter;
    struct ndup_cut_list list; /* of the current block */
    uint64_t dropped_bytes;
    neardup_status status;
    neardup_error error;
};

struct applying {
    neardup_job *job;
    struct ndup_cut_list *list; /* of the source; NULL: nothing is written */
    struct applier *appliers;
    const struct ndup_block *blocks; /* of the source */
    size_t count;
    pthread_mutex_t lock; /* guards all below, and the reports */
    pthread_cond_t turn;
    size_t next, done; /* blocks */
    bool stop;
};

static neardup_status cut_record(struct ndup_cut_list *list, const struct ndup_row *row, neardup_error *err)
{
    return list != NULL ? cut_record_from(list, row, err) : NEARDUP_OK;
}

static neardup_status apply_to_row(neardup_job *job, struct ndup_worker *worker, struct applier *t, uint64_t index,
                                   const struct ndup_row *row, struct ndup_cut_list *list, neardup_error *err)
{
    if (list != NULL)
        list->whole = false;
    if (row->text.value == NDUP_TEXT_INVALID || row->text.value == NDUP_TEXT_EMPTY) {
        if (row->text.value == NDUP_TEXT_INVALID ? !job->options.drop_invalid : !job->options.drop_empty)
            return NEARDUP_OK;
        /* A command that failed says nothing about the file. */
        if (job->corpus.sources[ndup_corpus_source_of(&job->corpus, index)].problem != NULL)
            return NEARDUP_OK;
        t->dropped_bytes += row->length;
        return cut_record(list, row, err);
    }
    if (ndup_texts_is_removed(&job->documents, index))
        return cut_record(list, row, err);
    return job->paragraphs.unit == 0 ? NEARDUP_OK : cut_document(job, worker, &t->cutter, index, row, list, err);
}

static neardup_status apply_to_rows(neardup_job *job, unsigned member, struct applier *t, uint64_t first,
                                    uint64_t count, struct ndup_cut_list *list, neardup_error *err)
{
    for (uint64_t i = first; i < first + count; i++) {
        const struct ndup_row *row = ndup_column_at(&t->rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        NDUP_TRY(apply_to_row(job, &job->workers[member], t, i, row, list, err));
        if (i % 4096 == 0)
            NDUP_TRY(ndup_job_check_cancel(job, err));
    }
    return NEARDUP_OK;
}

/* Where documents were split, the threads share out the blocks that were made then: the documents of which something is cut
 * are read again. The reports of a block come after those of the blocks before it. */

static neardup_status append_cuts(struct ndup_cut_list *to, struct ndup_cut_list *from, neardup_error *err)
{
    if (!ndup_grow(&to->cuts, &to->capacity, to->count + from->count, sizeof *to->cuts))
        return ndup_fail_nomem(err);
    if (from->count > 0)
        memcpy(to->cuts + to->count, from->cuts, from->count * sizeof *from->cuts);
    to->count += from->count;
    to->whole = from->whole;
    from->count = 0; /* what is inserted belongs to the source now */
    return NEARDUP_OK;
}

static neardup_status append_lines(neardup_job *job, struct ndup_buf *lines, neardup_error *err)
{
    struct ndup_report_file *report = &job->reports.decisions;
    if (lines->failed)
        return ndup_fail_nomem(err);
    if (report->descriptor >= 0)
        ndup_buf_append(&report->text, lines->data, lines->len);
    ndup_buf_clear(lines);
    return ndup_report_flush(report, err);
}

static neardup_status commit(struct applying *s, struct applier *t, size_t number)
{
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    while (s->done != number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    if (!s->stop && s->list != NULL)
        st = append_cuts(s->list, &t->list, &t->error);
    if (!s->stop && st == NEARDUP_OK)
        st = append_lines(s->job, &t->cutter.lines, &t->error);
    s->done++;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    return st;
}

static bool take(struct applying *s, size_t *number)
{
    pthread_mutex_lock(&s->lock);
    bool any = !s->stop && s->next < s->count;
    if (any)
        *number = s->next++;
    pthread_mutex_unlock(&s->lock);
    return any;
}

static neardup_status apply_to_blocks(struct applying *s, unsigned member)
{
    struct applier *t = &s->appliers[member];
    size_t number;
    while (take(s, &number)) {
        const struct ndup_block *b = &s->blocks[number];
        t->cutter.next = b->first_part;
        NDUP_TRY(
            apply_to_rows(s->job, member, t, b->first_row, b->count, s->list != NULL ? &t->list : NULL, &t->error));
        NDUP_TRY(commit(s, t, number));
    }
    return NEARDUP_OK;
}

static void work_on_blocks(void *context, unsigned member)
{
    struct applying *s = context;
    struct applier *t = &s->appliers[member];
    t->status = apply_to_blocks(s, member);
    if (t->status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

static void find_blocks(struct applying *s, uint32_t source)
{
    const neardup_job *job = s->job;
    size_t low = 0, high = job->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (job->blocks[middle].source < source)
            low = middle + 1;
        else
            high = middle;
    }
    s->blocks = job->blocks + low;
    while (low + s->count < job->block_count && s->blocks[s->count].source == source)
        s->count++;
}

/* Callbacks must come in order and never overlap: then one thread does it. */
static neardup_status apply_all(struct applying *s, uint32_t source, neardup_error *err)
{
    neardup_job *job = s->job;
    const struct ndup_corpus_source *src = &job->corpus.sources[source];
    unsigned threads = ndup_pool_threads(job->pool);
    if (job->paragraphs.unit == 0)
        return apply_to_rows(job, 0, &s->appliers[0], src->first_row, src->rows, s->list, err);
    find_blocks(s, source);
    if (job->callbacks.decision != NULL || s->count < 2)
        work_on_blocks(s, 0);
    else
        ndup_pool_run(job->pool, work_on_blocks, s);
    for (unsigned t = 0; t < threads; t++) {
        if (s->appliers[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = s->appliers[t].error;
        return s->appliers[t].status;
    }
    return NEARDUP_OK;
}

static neardup_status apply_to_source(neardup_job *job, struct applier *appliers, uint32_t source,
                                      struct ndup_cut_list *list, neardup_error *err)
{
    struct applying s = {.job = job, .appliers = appliers, .list = list};
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turn, NULL);
    neardup_status st = apply_all(&s, source, err);
    pthread_mutex_destroy(&s.lock);
    pthread_cond_destroy(&s.turn);
    return st;
}

static neardup_status make_appliers(struct applier **out, const neardup_job *job, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(job->pool);
    *out = ndup_calloc(threads, sizeof **out);
    for (unsigned t = 0; *out != NULL && t < threads; t++) {
        (*out)[t].rows.column = job->corpus.rows;
        (*out)[t].cutter.cursor.column = job->paragraphs.paragraphs;
    }
    return *out == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static void free_appliers(struct applier *appliers, neardup_job *job)
{
    for (unsigned t = 0; appliers != NULL && t < ndup_pool_threads(job->pool); t++) {
        job->summary.dropped_bytes += appliers[t].dropped_bytes;
        clear_cuts(&appliers[t].list);
        free(appliers[t].list.cuts);
        ndup_column_cursor_free(&appliers[t].rows);
        free_cutter(&appliers[t].cutter);
    }
    free(appliers);
}

/* ---- files ---- */

struct write_progress { /* progress over all files */
    neardup_job *job;
    uint64_t before;
};

static bool report_progress(void *context, uint64_t done)
{
    struct write_progress *t = context;
    return ndup_job_progress(t->job, "write", t->before + done, t->job->summary.text_bytes, true) &&
           !atomic_load(&t->job->cancel);
}

struct source_reading { /* a source being read by the threads of the rewriter */
    neardup_job *job;
    uint32_t source;
};

static neardup_status read_source(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                                  neardup_error *err)
{
    struct source_reading *r = context;
    return ndup_corpus_read_stored(&r->job->corpus, &r->job->workers[member].opened, r->source, buffer, length, offset,
                                   err);
}

/* The text of the source is what a command made of the file, which is copied. */
static neardup_status read_original(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                                    neardup_error *err)
{
    struct source_reading *r = context;
    return ndup_corpus_read_file(&r->job->corpus, &r->job->workers[member].opened, r->source, buffer, length, offset,
                                 err);
}

static const char mark[] = "\xef\xbb\xbf"; /* in the text, whatever the encoding of the file */
#define MARK_BYTES (sizeof mark - 1)

static neardup_status find_mark(neardup_job *job, uint32_t index, bool *has_mark, neardup_error *err)
{
    char found[MARK_BYTES];
    *has_mark = false;
    if (job->corpus.sources[index].bytes < sizeof found)
        return NEARDUP_OK;
    NDUP_TRY(ndup_corpus_read(&job->corpus, &job->workers[0].opened, index, found, sizeof found, 0, err));
    *has_mark = memcmp(found, mark, sizeof found) == 0;
    return NEARDUP_OK;
}

/* A byte order mark is part of the first record, and stays when that is cut: without it nobody can read the UTF-16 after it. */
static neardup_status keep_mark(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    bool has_mark;
    if (list->count == 0 || list->cuts[0].begin >= MARK_BYTES || list->cuts[0].end < MARK_BYTES ||
        job->corpus.sources[index].table != NULL)
        return NEARDUP_OK;
    NDUP_TRY(find_mark(job, index, &has_mark, err));
    if (has_mark)
        list->cuts[0].begin = MARK_BYTES;
    return NEARDUP_OK;
}

/* Cuts of decoded text become cuts of the bytes that it was decoded from: what is kept is copied as it is. */
static neardup_status map_cuts(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_stored_map map = {
        .corpus = &job->corpus, .opened = &job->workers[0].opened, .source = index, .block = 0};
    if (job->corpus.sources[index].encoded == NULL)
        return NEARDUP_OK;
    for (size_t i = 0; i < list->count; i++) {
        struct ndup_cut *cut = &list->cuts[i];
        NDUP_TRY(ndup_stored_map_to(&map, cut->begin, &cut->begin, err));
        NDUP_TRY(ndup_stored_map_to(&map, cut->end, &cut->end, err));
        if (cut->insert == NULL)
            continue;
        struct ndup_buf insert = NDUP_BUF_INIT;
        NDUP_TRY(ndup_corpus_encode(&job->corpus, map.opened, index, cut->insert, cut->insert_len, &insert, err));
        free((void *)(uintptr_t)cut->insert);
        cut->insert = insert.data;
        cut->insert_len = insert.len;
    }
    return NEARDUP_OK;
}

static neardup_status read_file(void *context, void *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    return read_original(context, 0, buffer, length, offset, err);
}

/* A compressed file of records that are streams of their own. *done: it is one, and was written. */
static neardup_status write_members(neardup_job *job, const struct ndup_rewrite *rewrite,
                                    struct source_reading *reading, bool *done, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[reading->source];
    char *members = NULL;
    struct ndup_members_copy copy = {
        .rewrite = rewrite, .read_file = read_file, .context = reading, .record_end = source->format->record_end};
    uint64_t written;
    NDUP_TRY(ndup_corpus_members(&job->corpus, source, &members, &copy.length, err));
    copy.members = members;
    *done = members != NULL;
    neardup_status st = *done ? ndup_members_write(&copy, &written, err) : NEARDUP_OK;
    free(members);
    return st;
}

static neardup_status write_source(neardup_job *job, uint32_t index, int target, bool seekable,
                                   struct ndup_cut_list *list, struct write_progress *progress, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct source_reading reading = {job, index};
    if (source->table != NULL && list->count > 0)
        return ndup_tables_write(&job->tables, job->options.python, &job->corpus, index, list->cuts, list->count,
                                 target, &job->cancel, err);
    bool made = source->command != NULL || source->table != NULL; /* the text is not what the file has */
    NDUP_TRY(map_cuts(job, index, list, err));
    struct ndup_rewrite rewrite = {
        .read = made ? read_original : read_source,
        .read_context = &reading,
        .source_bytes = ndup_corpus_stored_bytes(source),
        .cuts = list->cuts,
        .cut_count = made ? 0 : list->count,
        /* Standard output takes one stream of records. */
        .codec = seekable && !made ? source->codec : NULL,
        .target = target,
        .target_seekable = seekable,
        .target_name = seekable ? source->file->name : "standard output",
        /* Which counts text. */
        .progress = source->kind == NULL && !made ? report_progress : NULL,
        .context = progress,
    };
    uint64_t written;
    bool done = false;
    neardup_status st = seekable ? write_members(job, &rewrite, &reading, &done, err) : NEARDUP_OK;
    if (st == NEARDUP_OK && !done)
        st = ndup_rewrite_file(&rewrite, job->pool, &written, err);
    progress->before += source->kind == NULL ? source->bytes : 0;
    return st;
}

/* A file that is one document is removed with it; one of which all paragraphs are cut is kept, and is empty. */
static bool is_removed(const struct ndup_corpus_source *source, const struct ndup_cut_list *list)
{
    return source->rows > 0 && source->format->one_document && list->whole;
}

static neardup_status write_to_folder(neardup_job *job, uint32_t index, struct ndup_cut_list *list,
                                      struct write_progress *progress, neardup_error *err)
{
    int fd;
    NDUP_TRY(keep_mark(job, index, list, err));
    NDUP_TRY(ndup_outdir_create(job->outdir, job->corpus.sources[index].file->name, &fd, err));
    neardup_status st = write_source(job, index, fd, true, list, progress, err);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", job->corpus.sources[index].file->name);
    return st;
}

static bool is_written(const struct ndup_corpus_source *source)
{
    return source->bytes > 0 && source->kind == NULL;
}

static bool is_last_written(const neardup_job *job, uint32_t index)
{
    for (uint32_t i = index + 1; i < job->corpus.own_sources; i++) {
        if (job->corpus.sources[i].kind == NULL)
            return false;
    }
    return true;
}

/* The last record of a file without a final newline would grow together with the first of the next file. */
static neardup_status end_line(neardup_job *job, uint32_t index, const struct ndup_cut_list *list, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    bool last_is_cut = list->count > 0 && list->cuts[list->count - 1].end == ndup_corpus_stored_bytes(source);
    char last = '\n';
    if (is_last_written(job, index) || source->bytes == 0 || last_is_cut)
        return NEARDUP_OK;
    NDUP_TRY(ndup_corpus_read(&job->corpus, &job->workers[0].opened, index, &last, 1, source->bytes - 1, err));
    return last == '\n' ? NEARDUP_OK : ndup_write_all(STDOUT_FILENO, "\n", 1, "standard output", err);
}

/* ---- standard output: one stream of records, with one header row ---- */

/* The header row without a byte order mark and its line end. */
static void header_row(const struct ndup_corpus_source *source, const char **row, size_t *length)
{
    const struct ndup_head *head = source->head;
    *row = head->bytes + head->mark;
    *length = (size_t)head->length - head->mark;
    while (*length > 0 && ((*row)[*length - 1] == '\n' || (*row)[*length - 1] == '\r'))
        --*length;
}

static bool same_header(const struct ndup_corpus_source *a, const struct ndup_corpus_source *b)
{
    const char *rows[2];
    size_t lengths[2];
    if (a->head == NULL || b->head == NULL)
        return a->head == b->head;
    header_row(a, &rows[0], &lengths[0]);
    header_row(b, &rows[1], &lengths[1]);
    return a->head->delimiter == b->head->delimiter && lengths[0] == lengths[1] &&
           memcmp(rows[0], rows[1], lengths[0]) == 0;
}

static neardup_status fail_headers(const struct ndup_corpus_source *a, const struct ndup_corpus_source *b,
                                   neardup_error *err)
{
    const struct ndup_corpus_source *without = a->head == NULL ? a : b->head == NULL ? b : NULL;
    if (without != NULL)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "'%.200s' has a header row and '%.200s' has none, and standard output takes one stream: write "
                         "to a folder",
                         (without == a ? b : a)->file->name, without->file->name);
    return ndup_fail(err, NEARDUP_E_ARG,
                     "the header rows %sof '%.200s' and '%.200s' differ, and standard output takes one: write to a "
                     "folder",
                     a->head->delimiter != b->head->delimiter ? "or delimiters " : "", a->file->name, b->file->name);
}

/* A file of CSV that ends inside a quoted field: the next file would become part of that field. */
static neardup_status check_last_record(neardup_job *job, uint32_t index, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct ndup_worker *w = &job->workers[0];
    struct ndup_row row;
    struct ndup_document d;
    if (source->head == NULL || source->rows == 0)
        return NEARDUP_OK;
    NDUP_TRY(ndup_corpus_row(&job->corpus, source->first_row + source->rows - 1, &row, err));
    if (row.text.value != NDUP_TEXT_INVALID)
        return NEARDUP_OK;
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)row.length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(&job->corpus, &w->opened, index, w->record, row.length, row.offset, err));
    memset(w->record + row.length, 0, NDUP_PADDING);
    NDUP_TRY(ndup_parser_reread(&w->parser, source->format, source->head, w->record, row.length, &d, err));
    return !d.open ? NEARDUP_OK
                   : ndup_fail(err, NEARDUP_E_FORMAT,
                               "'%.200s' ends inside a quoted field, which the next file on standard output would "
                               "continue: write to a folder",
                               source->file->name);
}

/* Arrays, one after another, are not one array. */
static neardup_status check_arrays(const struct ndup_corpus_source *a, const struct ndup_corpus_source *b,
                                   neardup_error *err)
{
    const struct ndup_corpus_source *array = a->format == &ndup_input_json_array   ? a
                                             : b->format == &ndup_input_json_array ? b
                                                                                   : NULL;
    return array == NULL ? NEARDUP_OK
                         : ndup_fail(err, NEARDUP_E_ARG,
                                     "'%.200s' is a JSON array, and standard output takes one file then: write to a "
                                     "folder",
                                     array->file->name);
}

/* Files of the same encoding follow each other like others, unless each begins with a mark or has units of several bytes. */
static neardup_status check_encodings(const struct ndup_corpus_source *a, const struct ndup_corpus_source *b,
                                      neardup_error *err)
{
    const char *names[] = {a->encoded != NULL ? a->encoded->name : "UTF-8",
                           b->encoded != NULL ? b->encoded->name : "UTF-8"};
    if (strcmp(names[0], names[1]) == 0 && strncasecmp(names[0], "UTF-16", 6) != 0 &&
        strncasecmp(names[0], "UTF-32", 6) != 0)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_ARG,
                     "'%.200s' is in %s and '%.200s' in %s, and standard output takes one stream: write to a folder",
                     a->file->name, names[0], b->file->name, names[1]);
}

static neardup_status check_stream(neardup_job *job, neardup_error *err)
{
    const struct ndup_corpus_source *first = NULL;
    uint32_t last = 0;
    for (uint32_t i = 0; i < job->corpus.own_sources; i++) {
        const struct ndup_corpus_source *source = &job->corpus.sources[i];
        if (source->table != NULL)
            return ndup_fail(err, NEARDUP_E_ARG, "'%.200s' is %s, and standard output takes records: write to a folder",
                             source->file->name, source->table->name);
        if (source->command != NULL && source->kind == NULL)
            return ndup_fail(err, NEARDUP_E_ARG,
                             "'%.200s' is kept or removed as a whole (`pre`), and standard output takes records: write "
                             "to a folder",
                             source->file->name);
        if (!is_written(source))
            continue;
        if (first != NULL)
            NDUP_TRY(check_arrays(first, source, err));
        if (first != NULL && !same_header(first, source))
            return fail_headers(first, source, err);
        if (first != NULL)
            NDUP_TRY(check_encodings(first, source, err));
        if (first != NULL)
            NDUP_TRY(check_last_record(job, last, err));
        else
            first = source;
        last = i;
    }
    return NEARDUP_OK;
}

static bool is_first_written(const neardup_job *job, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (is_written(&job->corpus.sources[i]))
            return false;
    }
    return true;
}

/* Cuts the header row or the byte order mark of a file that is not the first one. */
static neardup_status cut_beginning(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    const struct ndup_head *head = job->corpus.sources[index].head;
    uint64_t length = head != NULL ? head->length : MARK_BYTES;
    bool has_mark;
    if (head == NULL) {
        NDUP_TRY(find_mark(job, index, &has_mark, err));
        if (!has_mark || (list->count > 0 && list->cuts[0].begin < length)) /* or it is cut with the first record */
            return NEARDUP_OK;
    }
    if (!ndup_grow(&list->cuts, &list->capacity, list->count + 1, sizeof *list->cuts))
        return ndup_fail_nomem(err);
    memmove(list->cuts + 1, list->cuts, list->count * sizeof *list->cuts);
    list->cuts[0] = (struct ndup_cut){.begin = 0, .end = length};
    list->count++;
    return NEARDUP_OK;
}

static neardup_status write_to_stdout(neardup_job *job, uint32_t index, struct ndup_cut_list *list,
                                      struct write_progress *progress, neardup_error *err)
{
    if (job->corpus.sources[index].kind != NULL)
        return NEARDUP_OK; /* a stream of records has no place for it */
    NDUP_TRY(is_first_written(job, index) ? keep_mark(job, index, list, err) : cut_beginning(job, index, list, err));
    NDUP_TRY(write_source(job, index, STDOUT_FILENO, false, list, progress, err));
    return end_line(job, index, list, err);
}

/* ---- archives: their members first, then each as a whole ---- */

/* What becomes of a member. One that changes is written to a scratch file first. */
static neardup_status write_member(neardup_job *job, uint32_t index, struct ndup_cut_list *list,
                                   struct write_progress *progress, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct ndup_archive_entry *member = source->file->member;
    bool removed = is_removed(source, list);
    job->summary.copied_files += source->failed && list->count == 0;
    if (removed)
        member->fate = NDUP_ENTRY_REMOVED;
    else
        NDUP_TRY(ndup_mend_json(job, index, list, err));
    if (!removed)
        NDUP_TRY(keep_mark(job, index, list, err));
    if (removed || list->count == 0 || source->command != NULL) {
        progress->before += source->kind == NULL ? source->bytes : 0;
        return NEARDUP_OK;
    }
    /* Compression can make bytes that do not compress a little longer. */
    uint64_t most = ndup_corpus_stored_bytes(source) + ndup_corpus_stored_bytes(source) / 1024 + 65536;
    int fd;
    for (size_t i = 0; i < list->count; i++)
        most += list->cuts[i].insert_len;
    NDUP_TRY(ndup_scratch_reserve(job->scratch, most, err));
    neardup_status st = ndup_scratch_file(job->scratch, &fd, err);
    if (st == NEARDUP_OK)
        st = write_source(job, index, fd, true, list, progress, err);
    if (st == NEARDUP_OK)
        st = ndup_archive_change(source->file->archive, member, fd, err);
    ndup_scratch_close(job->scratch, fd, most);
    return st;
}

static neardup_status read_copy(void *context, unsigned member, void *buffer, size_t length, uint64_t offset,
                                neardup_error *err)
{
    (void)member;
    return ndup_archive_read_copy(context, buffer, length, offset, err);
}

/* Writes a whole file under the name of an input. */
static neardup_status write_whole(neardup_job *job, const char *name, struct ndup_rewrite *rewrite, neardup_error *err)
{
    uint64_t written;
    NDUP_TRY(ndup_outdir_create(job->outdir, name, &rewrite->target, err));
    rewrite->target_seekable = true;
    rewrite->target_name = name;
    neardup_status st = ndup_rewrite_file(rewrite, job->pool, &written, err);
    if (close(rewrite->target) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", name);
    return st;
}

static neardup_status write_archive(neardup_job *job, struct ndup_archive *archive, neardup_error *err)
{
    struct ndup_archive_copy copy;
    archive->written = true;
    job->summary.copied_files += archive->damage != NULL || archive->unnamed > 0;
    neardup_status st = ndup_archive_plan(&copy, archive, err);
    struct ndup_rewrite rewrite = {.read = read_copy,
                                   .read_context = &copy,
                                   .source_bytes = copy.bytes,
                                   .codec = copy.same ? NULL : archive->codec};
    if (st == NEARDUP_OK)
        st = write_whole(job, archive->name, &rewrite, err);
    ndup_archive_copy_free(&copy);
    return st;
}

/* An archive that could not be read is copied as it is: nobody knows what could be missing from it. */
static neardup_status write_damaged(neardup_job *job, uint32_t index, neardup_error *err)
{
    struct source_reading reading = {job, index};
    job->summary.copied_files++;
    struct ndup_rewrite rewrite = {.read = read_original,
                                   .read_context = &reading,
                                   .source_bytes = (uint64_t)job->corpus.sources[index].identity.bytes};
    return write_whole(job, job->corpus.sources[index].file->name, &rewrite, err);
}

/* The archives that have no members which are read. */
static neardup_status write_other_archives(neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; i < job->files.archive_count; i++) {
        const struct ndup_listed_archive *listed = &job->files.archives[i];
        if (!listed->file.reference && !listed->archive->left_out && !listed->archive->written)
            NDUP_TRY(write_archive(job, listed->archive, err));
    }
    return NEARDUP_OK;
}

static bool is_last_member(const neardup_job *job, uint32_t index)
{
    const struct ndup_archive *archive = job->corpus.sources[index].file->archive;
    return archive != NULL &&
           (index + 1 == job->corpus.own_sources || job->corpus.sources[index + 1].file->archive != archive);
}

static neardup_status write_file(neardup_job *job, uint32_t index, struct ndup_cut_list *list,
                                 struct write_progress *progress, neardup_error *err)
{
    if (job->outdir != NULL && job->corpus.sources[index].file->archive != NULL)
        return write_member(job, index, list, progress, err);
    if (is_removed(&job->corpus.sources[index], list)) /* nor is one of an older run kept under its name */
        return job->outdir != NULL ? ndup_outdir_remove(job->outdir, job->corpus.sources[index].file->name, err)
                                   : NEARDUP_OK;
    NDUP_TRY(ndup_mend_json(job, index, list, err));
    if (job->outdir != NULL)
        return write_to_folder(job, index, list, progress, err);
    return write_to_stdout(job, index, list, progress, err);
}

neardup_status ndup_job_write(neardup_job *job, neardup_error *err)
{
    struct ndup_cut_list list = {0};
    struct write_progress progress = {job, 0};
    struct applier *appliers = NULL;
    bool writing = ndup_writes_corpus(&job->options);
    if (writing && job->outdir == NULL)
        NDUP_TRY(check_stream(job, err));
    neardup_status st = make_appliers(&appliers, job, err);
    bool needed = job->options.output_dir != NULL || (job->paragraphs.unit != 0 && job->callbacks.decision != NULL);
    for (uint32_t i = 0; needed && st == NEARDUP_OK && i < job->corpus.own_sources; i++) {
        const struct ndup_corpus_source *source = &job->corpus.sources[i];
        bool unread = source->failed && source->bytes == 0, to_folder = writing && job->outdir != NULL;
        if (!unread)
            st = apply_to_source(job, appliers, i, writing ? &list : NULL, err);
        else if (to_folder && source->file->is_archive)
            st = write_damaged(job, i, err);
        else if (to_folder && source->file->archive != NULL)
            job->summary.copied_files++;
        if (st == NEARDUP_OK && writing && !unread)
            st = ndup_revisits_cut(job->revisits, i, &list.cuts, &list.count, &list.capacity, err);
        if (st == NEARDUP_OK && writing && !unread)
            st = write_file(job, i, &list, &progress, err);
        clear_cuts(&list);
        if (st == NEARDUP_OK && to_folder && is_last_member(job, i))
            st = write_archive(job, source->file->archive, err);
    }
    if (st == NEARDUP_OK && writing && job->outdir != NULL)
        st = write_other_archives(job, err);
    free(list.cuts);
    free_appliers(appliers, job);
    return st;
}
