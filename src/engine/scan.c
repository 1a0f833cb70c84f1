/* SPDX-License-Identifier: MIT
 * The first pass: every record becomes a row, and every document a text. Batches end in any order (pipeline.h); their rows
 * are put into input order at the end, which costs less than to wait for each other. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"
#include "engine/pipeline.h"
#include "engine/revisits.h"
#include "text/kinds.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct segment { /* the rows of one batch */
    uint32_t source, number;
    uint32_t count;
    struct ndup_row *rows; /* lines count from 0 in the batch; NULL when spilled */
    char *keep_keys;       /* NDUP_KEEP_KEY per row, or NULL */
    uint32_t *groups;      /* of every row; NULL: no group_field */
    uint64_t spilled;      /* place in the scratch file */
    uint64_t lines;        /* that end in the batch */
};

struct bad_record { /* a bad record, or a source that could not be read on: `line` is then 0, and lines count from 1 */
    uint32_t source, number, line;
    uint32_t lines;      /* ndup_garbled_lines */
    const char *problem; /* static */
    uint64_t offset;     /* as in ndup_invalid */
};

struct bad_reason { /* why records of a batch are bad; `first` is the first of them */
    struct bad_record first;
    uint64_t count;
};

struct failed {
    uint32_t source;
    neardup_error why;
};

struct scan_found { /* in inputs, or in references */
    struct ndup_blob_writer ids;
    struct ndup_counts counts;
};

struct scan_member { /* what a thread finds */
    struct scan *scan;
    struct ndup_worker *worker;
    struct ndup_filler filler;
    struct scan_found own, reference;
    struct scan_found *found; /* that of the current batch */
    struct ndup_task *task;   /* the batch */
    struct ndup_row *rows;    /* of the batch */
    size_t count, row_capacity;
    char *keep_keys;
    size_t keep_capacity;
    struct row_group { /* a row of the batch that has one */
        uint32_t row;
        size_t begin, length; /* in group_names */
    } * groups;
    size_t group_count, group_capacity;
    struct ndup_buf group_names;
    struct bad_record *bad;
    size_t bad_count, bad_capacity;
    struct bad_reason *reasons;
    size_t reason_count, reason_capacity, batch_reasons; /* batch_reasons: the first one of the batch */
};

struct scan {
    neardup_job *job;
    struct ndup_pipeline pipeline;
    struct scan_member *members;
    bool units;        /* documents are compared */
    bool keyed;        /* the keeper order asks for a field */
    locale_t c_locale; /* for its numbers; 0 if not keyed */

    pthread_mutex_t lock; /* guards these, and the groups of the job */
    struct segment *segments;
    size_t segment_count, segment_capacity;
    struct bad_record strict; /* first trouble of a strict run; problem NULL if none */
    struct failed *failed;
    size_t failed_count, failed_capacity;

    int segment_file;           /* spilled rows; -1 before the first */
    _Atomic uint64_t row_bytes; /* of segments in memory */
    _Atomic uint64_t segment_bytes;
};

/* ---- trouble ---- */

/* Input order. */
static int bad_order(const void *left, const void *right)
{
    const struct bad_record *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* In a strict run: keeps the earliest trouble. Later trouble does not matter any more. */
static void note_strict(struct scan *scan, const struct bad_record *bad)
{
    if (!scan->job->options.strict)
        return;
    pthread_mutex_lock(&scan->lock);
    if (scan->strict.problem == NULL || bad_order(bad, &scan->strict) < 0)
        scan->strict = *bad;
    pthread_mutex_unlock(&scan->lock);
    ndup_pipeline_end_at(&scan->pipeline, bad->source);
}

/* Batches have few reasons. */
static neardup_status count_reason(struct scan_member *m, const struct bad_record *bad, neardup_error *err)
{
    for (size_t i = m->batch_reasons; i < m->reason_count; i++) {
        if (m->reasons[i].first.problem != bad->problem)
            continue;
        m->reasons[i].count++;
        return NEARDUP_OK;
    }
    if (!ndup_grow(&m->reasons, &m->reason_capacity, m->reason_count + 1, sizeof *m->reasons))
        return ndup_fail_nomem(err);
    m->reasons[m->reason_count++] = (struct bad_reason){*bad, 1};
    return NEARDUP_OK;
}

static neardup_status note_bad(struct scan *scan, struct scan_member *m, const struct ndup_document *d,
                               const char *problem, neardup_error *err)
{
    const struct ndup_batch *batch = m->task->batch;
    bool offsets = scan->job->corpus.sources[m->task->source].format->offsets;
    struct bad_record bad = {.source = m->task->source,
                             .number = batch->number,
                             .line = d->line + 1,
                             .lines = ndup_garbled_lines(d),
                             .problem = problem,
                             .offset = offsets ? batch->offset + (uint64_t)(d->record - batch->data) + 1 : 0};
    m->found->counts.invalid += !ndup_is_stray_problem(problem);
    note_strict(scan, &bad);
    NDUP_TRY(count_reason(m, &bad, err));
    if (!ndup_grow(&m->bad, &m->bad_capacity, m->bad_count + 1, sizeof *m->bad))
        return ndup_fail_nomem(err);
    m->bad[m->bad_count++] = bad;
    if (m->bad_count == (size_t)2 * NDUP_NOTES_MAX) {
        /* A thread does not meet them in input order: a later file may come first. */
        qsort(m->bad, m->bad_count, sizeof *m->bad, bad_order);
        m->bad_count = NDUP_NOTES_MAX;
    }
    return NEARDUP_OK;
}

static neardup_status note_failed(struct scan *scan, const struct ndup_task *task, neardup_error *err)
{
    pthread_mutex_lock(&scan->lock);
    bool ok = ndup_grow(&scan->failed, &scan->failed_capacity, scan->failed_count + 1, sizeof *scan->failed);
    if (ok)
        scan->failed[scan->failed_count++] = (struct failed){task->source, task->why};
    pthread_mutex_unlock(&scan->lock);
    if (!ok)
        return ndup_fail_nomem(err);
    note_strict(scan, &(struct bad_record){task->source, task->batch->number, 0, 0, "cannot be read", 0});
    return NEARDUP_OK;
}

/* ---- a record ---- */

/* Whether the text is brief, is HTML, or is Chinese or Japanese, for whoever runs with the defaults. A text that was made of a web
 * page or a table has no markup that anybody could leave out. */
static void count_kind(const struct scan *scan, struct scan_member *m, const struct ndup_document *d, size_t tokens)
{
    const neardup_job *job = scan->job;
    struct ndup_counts *counts = &m->found->counts;
    const struct ndup_format *format = job->corpus.sources[m->task->source].format;
    if (job->summary.brief_tokens == 0 || tokens == 0)
        return;
    bool as_it_is =
        job->options.html == NEARDUP_HTML_AUTO && !format->plain_text && !ndup_format_derives(format, &job->fields);
    counts->brief += tokens < job->summary.brief_tokens;
    counts->markup += as_it_is && ndup_text_is_html(d->text, d->text_length);
    counts->ideographs += ndup_text_script(d->text, d->text_length) == NDUP_SCRIPT_HAN;
}

static neardup_status scan_text(struct scan *scan, struct scan_member *m, const struct ndup_document *d,
                                struct ndup_row *row, neardup_error *err)
{
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_text_tokenise(m->worker->text, d->text, d->text_length,
                                NDUP_DIGEST | (scan->units ? (unsigned)NDUP_FORM : 0) |
                                    (scan->job->options.contents ? (unsigned)NDUP_WORDS : 0),
                                &tokens, err));
    ndup_count_document(&m->found->counts, d, &tokens);
    count_kind(scan, m, d, tokens.count);
    row->tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX;
    row->form = tokens.form;
    if (tokens.count == 0) {
        row->text = (struct ndup_text_id){NDUP_TEXT_EMPTY};
        return NEARDUP_OK;
    }
    if (!scan->units)
        return NEARDUP_OK;
    bool added;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    NDUP_TRY(ndup_filler_text(&m->filler, tokens.digest, tokens.words, &row->text, &added, err));
    if (!added)
        return NEARDUP_OK;
    bool sampled = m->filler.sampler.samples != NULL && tokens.count >= scan->job->options.contained_min_tokens;
    if (!scan->job->documents.plan.all || sampled)
        NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    if (sampled)
        NDUP_TRY(ndup_filler_sample(&m->filler, row->text, hashes, count, err));
    return ndup_filler_put(&m->filler, hashes, count, err);
}

static neardup_status note_group(struct scan_member *m, uint32_t row, const char *name, size_t length,
                                 neardup_error *err)
{
    if (!ndup_grow(&m->groups, &m->group_capacity, m->group_count + 1, sizeof *m->groups))
        return ndup_fail_nomem(err);
    m->groups[m->group_count++] = (struct row_group){row, m->group_names.len, length};
    ndup_buf_append(&m->group_names, name, length);
    return m->group_names.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status scan_document(struct scan *scan, struct scan_member *m, const struct ndup_document *d,
                                    struct ndup_row *row, char *keep_key, neardup_error *err)
{
    if (d->problem != NULL) {
        row->text = (struct ndup_text_id){NDUP_TEXT_INVALID};
        return note_bad(scan, m, d, d->problem, err);
    }
    if (NDUP_UNLIKELY(d->invalid_utf8))
        NDUP_TRY(note_bad(scan, m, d, ndup_stray_problem(m->task->decoded), err));
    if (d->id != NULL)
        NDUP_TRY(ndup_blob_append(&m->found->ids, d->id, d->id_length, &row->id, err));
    if (keep_key != NULL && scan->job->options.keep != NEARDUP_KEEP_CONTENT)
        ndup_keep_key(d->keep, d->keep_length, scan->c_locale, keep_key);
    else if (keep_key != NULL)
        ndup_keep_key_of_text(d->text, d->text_length, keep_key);
    if (d->group != NULL)
        NDUP_TRY(note_group(m, (uint32_t)m->count, d->group, d->group_length, err));
    return scan_text(scan, m, d, row, err);
}

static neardup_status scan_record(void *context, struct ndup_document *d, neardup_error *err)
{
    struct scan_member *m = context;
    struct scan *scan = m->scan;
    const struct ndup_batch *batch = m->task->batch;
    if (d->record_length > UINT32_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "%s: a record is longer than 4 GiB",
                         scan->job->corpus.sources[m->task->source].file->name);
    if (!ndup_grow(&m->rows, &m->row_capacity, m->count + 1, sizeof *m->rows) ||
        (scan->keyed && !ndup_grow(&m->keep_keys, &m->keep_capacity, (m->count + 1) * NDUP_KEEP_KEY, 1)))
        return ndup_fail_nomem(err);
    struct ndup_row *row = &m->rows[m->count];
    char *keep_key = scan->keyed ? m->keep_keys + m->count * NDUP_KEEP_KEY : NULL;
    /* The record of an empty document is not in the batch. */
    uint64_t offset = m->task->empty_document ? 0 : batch->offset + (uint64_t)(d->record - batch->data);
    *row = (struct ndup_row){offset, NDUP_NO_ID, (uint32_t)d->record_length, d->line, 0, {NDUP_TEXT_NONE}, 0};
    if (keep_key != NULL)
        memset(keep_key, 0, NDUP_KEEP_KEY);
    NDUP_TRY(scan_document(scan, m, d, row, keep_key, err));
    m->count++;
    return NEARDUP_OK;
}

/* ---- a batch ---- */

/* Rows are spilled from the start, or from when there are far more of them than the size of the input let expect. */
static neardup_status open_segment_file(struct scan *scan, neardup_error *err)
{
    pthread_mutex_lock(&scan->lock);
    neardup_status st = NEARDUP_OK;
    if (scan->segment_file < 0)
        st = ndup_scratch_file(scan->job->scratch, &scan->segment_file, err);
    pthread_mutex_unlock(&scan->lock);
    return st;
}

/* Names of groups become numbers, which depend on who comes first until all is read. */
static neardup_status keep_groups(struct scan *scan, struct scan_member *m, size_t count, struct segment *segment,
                                  neardup_error *err)
{
    if (scan->job->options.group_field == NULL)
        return NEARDUP_OK;
    segment->groups = ndup_alloc(count, sizeof *segment->groups);
    if (segment->groups == NULL)
        return ndup_fail_nomem(err);
    memset(segment->groups, 0xFF, count * sizeof *segment->groups);
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&scan->lock);
    for (size_t i = 0; st == NEARDUP_OK && i < m->group_count; i++) {
        const struct row_group *g = &m->groups[i];
        st = ndup_groups_number(&scan->job->groups, m->group_names.data + g->begin, g->length, &segment->groups[g->row],
                                err);
    }
    pthread_mutex_unlock(&scan->lock);
    m->group_count = 0;
    ndup_buf_clear(&m->group_names);
    if (st != NEARDUP_OK) {
        free(segment->groups);
        segment->groups = NULL;
    }
    return st;
}

static neardup_status keep_rows(struct scan *scan, struct scan_member *m, size_t count, struct segment *segment,
                                neardup_error *err)
{
    size_t key_bytes = scan->keyed ? count * NDUP_KEEP_KEY : 0;
    segment->count = (uint32_t)count;
    size_t bytes = count * sizeof *m->rows;
    if (scan->job->limits.spill ||
        atomic_fetch_add(&scan->row_bytes, bytes + key_bytes) + bytes + key_bytes > scan->job->limits.row_bytes) {
        NDUP_TRY(open_segment_file(scan, err));
        segment->spilled = atomic_fetch_add(&scan->segment_bytes, bytes + key_bytes);
        NDUP_TRY(ndup_pwrite_all(scan->job->scratch, scan->segment_file, m->rows, bytes, segment->spilled, err));
        return key_bytes == 0 ? NEARDUP_OK
                              : ndup_pwrite_all(scan->job->scratch, scan->segment_file, m->keep_keys, key_bytes,
                                                segment->spilled + bytes, err);
    }
    segment->rows = ndup_alloc(count, sizeof *segment->rows);
    segment->keep_keys = scan->keyed ? ndup_alloc(count, NDUP_KEEP_KEY) : NULL;
    if (segment->rows == NULL || (scan->keyed && segment->keep_keys == NULL)) {
        free(segment->rows);
        free(segment->keep_keys);
        segment->rows = NULL;
        segment->keep_keys = NULL;
        return ndup_fail_nomem(err);
    }
    if (m->rows != NULL)
        memcpy(segment->rows, m->rows, count * sizeof *segment->rows);
    if (m->keep_keys != NULL && scan->keyed)
        memcpy(segment->keep_keys, m->keep_keys, key_bytes);
    return NEARDUP_OK;
}

static neardup_status keep_segment(struct scan *scan, struct scan_member *m, size_t count, struct segment *segment,
                                   neardup_error *err)
{
    NDUP_TRY(keep_groups(scan, m, count, segment, err));
    neardup_status st = keep_rows(scan, m, count, segment, err);
    if (st != NEARDUP_OK) {
        free(segment->groups);
        segment->groups = NULL;
    }
    return st;
}

static neardup_status add_segment(struct scan *s, const struct segment *segment, neardup_error *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = ndup_grow(&s->segments, &s->segment_capacity, s->segment_count + 1, sizeof *s->segments);
    if (ok)
        s->segments[s->segment_count++] = *segment;
    pthread_mutex_unlock(&s->lock);
    if (ok)
        return NEARDUP_OK;
    free(segment->rows);
    free(segment->keep_keys);
    free(segment->groups);
    return ndup_fail_nomem(err);
}

static neardup_status scan_batch(void *context, unsigned member, struct ndup_task *task, neardup_error *err)
{
    struct scan *scan = context;
    struct scan_member *m = &scan->members[member];
    if (task->failed)
        NDUP_TRY(note_failed(scan, task, err));
    if (task->batch->len == 0 && !task->empty_document)
        return NEARDUP_OK;
    struct segment segment = {.source = task->source, .number = task->batch->number};
    m->found = task->source < scan->job->corpus.own_sources ? &m->own : &m->reference;
    m->task = task;
    m->count = 0;
    m->batch_reasons = m->reason_count;
    NDUP_TRY(ndup_task_each(&scan->pipeline, member, task, scan_record, m, err));
    segment.lines = task->lines;
    NDUP_TRY(keep_segment(scan, m, m->count, &segment, err));
    return add_segment(scan, &segment, err);
}

/* ---- rows in input order ---- */

static int by_place(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct ndup_invalid invalid_at(const struct bad_record *bad, uint64_t lines_before, uint64_t count)
{
    return (struct ndup_invalid){bad->source, lines_before + bad->line, count, bad->lines, bad->problem, bad->offset};
}

/* Lines before a batch, from the segments in order. */
static uint64_t lines_before(const struct scan *s, uint32_t source, uint32_t number)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < s->segment_count; i++) {
        const struct segment *g = &s->segments[i];
        if (g->source == source && g->number < number)
            lines += g->lines;
    }
    return lines;
}

static int failed_by_source(const void *left, const void *right)
{
    const struct failed *a = left, *b = right;
    return a->source < b->source ? -1 : a->source > b->source;
}

static neardup_status strict_failure(const struct scan *s, neardup_error *err)
{
    const struct bad_record *bad = &s->strict;
    for (size_t i = 0; i < s->failed_count && bad->line == 0; i++) {
        if (s->failed[i].source == bad->source)
            return ndup_fail_source(s->job, bad->source, &s->failed[i].why, err);
    }
    const struct ndup_invalid record = invalid_at(bad, lines_before(s, bad->source, bad->number), 1);
    char text[NDUP_REASON_BYTES];
    return ndup_fail_bad_record(s->job, bad->source, record.line, ndup_invalid_reason(&record, text), err);
}

/* In input order, whatever the timing was. A source fails at most once. */
static neardup_status report_failed(struct scan *s, neardup_error *err)
{
    if (s->failed_count > 1)
        qsort(s->failed, s->failed_count, sizeof *s->failed, failed_by_source);
    for (size_t i = 0; i < s->failed_count; i++)
        NDUP_TRY(ndup_job_report_failed_source(s->job, s->failed[i].source, &s->failed[i].why, err));
    return NEARDUP_OK;
}

/* Lines before the batch of a record, for records in input order. */
struct line_counter {
    const struct scan *scan;
    size_t segment;
    uint32_t source;
    uint64_t lines;
};

static uint64_t count_lines_before(struct line_counter *c, const struct bad_record *bad)
{
    const struct scan *s = c->scan;
    if (c->source != bad->source)
        c->lines = 0;
    c->source = bad->source;
    for (; c->segment < s->segment_count; c->segment++) {
        const struct segment *g = &s->segments[c->segment];
        if (g->source > bad->source || (g->source == bad->source && g->number >= bad->number))
            break;
        c->lines += g->source == bad->source ? g->lines : 0;
    }
    return c->lines;
}

static neardup_status report_bad_records(struct scan *s, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    struct line_counter counter = {.scan = s};
    struct bad_record *all = NULL;
    size_t count = 0, capacity = 0;
    for (unsigned t = 0; t < threads; t++) {
        if (s->members[t].bad_count == 0)
            continue;
        if (!ndup_grow(&all, &capacity, count + s->members[t].bad_count, sizeof *all)) {
            free(all);
            return ndup_fail_nomem(err);
        }
        memcpy(all + count, s->members[t].bad, s->members[t].bad_count * sizeof *all);
        count += s->members[t].bad_count;
    }
    if (count > 1)
        qsort(all, count, sizeof *all, bad_order);
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; i < count && i < NDUP_NOTES_MAX && st == NEARDUP_OK; i++) {
        const struct ndup_invalid record = invalid_at(&all[i], count_lines_before(&counter, &all[i]), 1);
        char text[NDUP_REASON_BYTES];
        st = ndup_job_note(s->job, NEARDUP_WARNING, s->job->corpus.sources[record.source].file->name, record.line,
                           ndup_invalid_reason(&record, text), err);
    }
    free(all);
    return st;
}

static int reason_order(const void *left, const void *right)
{
    const struct bad_reason *a = left, *b = right;
    return bad_order(&a->first, &b->first);
}

static neardup_status count_reasons(struct scan *s, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    struct line_counter counter = {.scan = s};
    struct bad_reason *all = NULL;
    size_t count = 0, capacity = 0;
    neardup_status st = NEARDUP_OK;
    for (unsigned t = 0; t < threads && st == NEARDUP_OK; t++) {
        const struct scan_member *m = &s->members[t];
        if (m->reason_count == 0)
            continue;
        if (!ndup_grow(&all, &capacity, count + m->reason_count, sizeof *all)) {
            st = ndup_fail_nomem(err);
            break;
        }
        memcpy(all + count, m->reasons, m->reason_count * sizeof *all);
        count += m->reason_count;
    }
    if (count > 1)
        qsort(all, count, sizeof *all, reason_order);
    for (size_t i = 0; i < count && st == NEARDUP_OK; i++) {
        const struct ndup_invalid records =
            invalid_at(&all[i].first, count_lines_before(&counter, &all[i].first), all[i].count);
        st = ndup_job_count_invalid(s->job, &records, err);
    }
    free(all);
    return st;
}

static neardup_status take_rows(struct scan *s, struct segment *g, bool keyed, neardup_error *err)
{
    if (g->rows != NULL || g->count == 0)
        return NEARDUP_OK;
    size_t bytes = g->count * sizeof *g->rows, key_bytes = keyed ? (size_t)g->count * NDUP_KEEP_KEY : 0;
    g->rows = ndup_alloc(bytes, 1);
    g->keep_keys = keyed ? ndup_alloc(key_bytes, 1) : NULL;
    if (g->rows == NULL || (keyed && g->keep_keys == NULL))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_pread_all(s->job->scratch, s->segment_file, g->rows, bytes, g->spilled, err));
    return keyed ? ndup_pread_all(s->job->scratch, s->segment_file, g->keep_keys, key_bytes, g->spilled + bytes, err)
                 : NEARDUP_OK;
}

/* Copies count elements to column[at...], chunk by chunk. */
static neardup_status append(struct ndup_column *column, uint64_t at, const void *elements, size_t count, size_t size,
                             neardup_error *err)
{
    size_t chunk = ndup_column_chunk_elems(column);
    const char *from = elements;
    while (count > 0) {
        size_t n = chunk - (size_t)(at % chunk);
        n = n < count ? n : count;
        void *slot = ndup_column_slot(column, at, err);
        if (slot == NULL)
            return err != NULL ? err->code : NEARDUP_E_NOMEM;
        memcpy(slot, from, n * size);
        NDUP_TRY(ndup_column_done(column, at, n, err));
        from += n * size;
        at += n;
        count -= n;
    }
    return NEARDUP_OK;
}

static neardup_status append_segment(struct scan *s, struct segment *g, uint64_t line_base, neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    bool keyed = c->keep_keys != NULL;
    NDUP_TRY(take_rows(s, g, keyed, err));
    for (uint32_t i = 0; i < g->count; i++) {
        uint64_t line = line_base + g->rows[i].line + 1;
        g->rows[i].line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX;
    }
    NDUP_TRY(append(c->rows, c->row_count, g->rows, g->count, sizeof *g->rows, err));
    if (keyed)
        NDUP_TRY(append(c->keep_keys, c->row_count, g->keep_keys, g->count, NDUP_KEEP_KEY, err));
    if (g->groups != NULL && g->count > 0)
        memcpy(s->job->groups.of + c->row_count, g->groups, g->count * sizeof *g->groups);
    c->row_count += g->count;
    free(g->rows);
    free(g->keep_keys);
    free(g->groups);
    g->rows = NULL;
    g->keep_keys = NULL;
    g->groups = NULL;
    return NEARDUP_OK;
}

static neardup_status make_columns(struct scan *s, neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    bool spill = s->job->limits.spill || s->segment_file >= 0;
    NDUP_TRY(ndup_column_create(&c->rows, sizeof(struct ndup_row), s->job->scratch, spill, err));
    if (s->keyed)
        NDUP_TRY(ndup_column_create(&c->keep_keys, NDUP_KEEP_KEY, s->job->scratch, spill, err));
    return NEARDUP_OK;
}

static neardup_status make_groups(struct scan *s, neardup_error *err)
{
    uint64_t rows = 0;
    if (s->job->options.group_field == NULL)
        return NEARDUP_OK;
    for (size_t i = 0; i < s->segment_count; i++)
        rows += s->segments[i].count;
    NDUP_TRY(ndup_job_check_memory(s->job, rows * sizeof *s->job->groups.of, err));
    return ndup_groups_init(&s->job->groups, rows, err);
}

static neardup_status flatten(struct scan *s, neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    if (s->segment_count > 1)
        qsort(s->segments, s->segment_count, sizeof *s->segments, by_place);
    if (s->strict.problem != NULL)
        return strict_failure(s, err);
    NDUP_TRY(report_failed(s, err));
    NDUP_TRY(report_bad_records(s, err));
    NDUP_TRY(count_reasons(s, err));
    NDUP_TRY(make_columns(s, err));
    NDUP_TRY(make_groups(s, err));
    size_t i = 0;
    for (uint32_t source = 0; source < c->source_count; source++) {
        struct ndup_corpus_source *src = &c->sources[source];
        src->first_row = c->row_count;
        for (; i < s->segment_count && s->segments[i].source == source; i++) {
            NDUP_TRY(ndup_job_check_cancel(s->job, err));
            uint64_t lines = s->segments[i].lines;
            NDUP_TRY(append_segment(s, &s->segments[i], src->lines, err));
            src->lines += lines;
        }
        src->rows = c->row_count - src->first_row;
        uint64_t bytes = src->kind == NULL ? src->bytes : 0;
        c->bytes += bytes;
        if (source < c->own_sources) {
            c->own_rows = c->row_count;
            s->job->summary.text_bytes += bytes;
        }
    }
    if (c->row_count >= NDUP_TEXT_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than 4 billion records: split the corpus into several runs");
    s->job->summary.records = c->own_rows;
    if (s->job->groups.of != NULL)
        NDUP_TRY(ndup_groups_renumber(&s->job->groups, c->row_count, err));
    NDUP_TRY(ndup_column_seal(c->rows, c->row_count, err));
    return c->keep_keys == NULL ? NEARDUP_OK : ndup_column_seal(c->keep_keys, c->row_count, err);
}

/* ---- the pass ---- */

static neardup_status begin(struct scan *s, neardup_error *err)
{
    neardup_job *job = s->job;
    unsigned threads = ndup_pool_threads(job->pool);
    s->members = ndup_calloc(threads, sizeof *s->members);
    s->c_locale = s->keyed ? newlocale(LC_ALL_MASK, "C", (locale_t)0) : (locale_t)0;
    if (s->members == NULL || (s->keyed && s->c_locale == (locale_t)0))
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        s->members[t].scan = s;
        s->members[t].worker = &job->workers[t];
        s->members[t].own.ids.blob = &job->corpus.ids;
        s->members[t].reference.ids.blob = &job->corpus.reference_ids;
        if (s->units)
            NDUP_TRY(ndup_filler_init(&s->members[t].filler, &job->documents, err));
    }
    return NEARDUP_OK;
}

static neardup_status end(struct scan *s, bool *overflowed, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    for (unsigned t = 0; t < threads; t++) {
        struct scan_member *m = &s->members[t];
        NDUP_TRY(ndup_filler_finish(&m->filler, err));
        NDUP_TRY(ndup_blob_finish(&m->own.ids, err));
        NDUP_TRY(ndup_blob_finish(&m->reference.ids, err));
        ndup_counts_add(&s->job->summary, &m->own.counts);
        s->job->summary.reference_documents += m->reference.counts.documents;
        s->job->corpus.reference_tokens += m->reference.counts.tokens;
        /* Segments have the rows now, and putting them together takes memory, too. */
        free(m->rows);
        free(m->keep_keys);
        m->rows = NULL;
        m->keep_keys = NULL;
        m->row_capacity = m->keep_capacity = 0;
    }
    /* How much standard input and pipes hold shows only now. */
    if (s->job->summary.input_bytes < s->pipeline.consumed)
        s->job->summary.input_bytes = s->pipeline.consumed;
    return s->units ? ndup_texts_end(&s->job->documents, overflowed, err) : NEARDUP_OK;
}

static void release(struct scan *s)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    neardup_error ignored;
    for (unsigned t = 0; s->members != NULL && t < threads; t++) {
        struct scan_member *m = &s->members[t];
        free(m->rows);
        free(m->keep_keys);
        free(m->groups);
        ndup_buf_free(&m->group_names);
        free(m->bad);
        free(m->reasons);
        /* After a failure the writers still hold memory. */
        ignored.code = ndup_filler_finish(&m->filler, &ignored);
        if (m->own.ids.block != NULL)
            ignored.code = ndup_blob_finish(&m->own.ids, &ignored);
        if (m->reference.ids.block != NULL)
            ignored.code = ndup_blob_finish(&m->reference.ids, &ignored);
    }
    for (size_t i = 0; i < s->segment_count; i++) {
        free(s->segments[i].rows);
        free(s->segments[i].keep_keys);
        free(s->segments[i].groups);
    }
    free(s->segments);
    free(s->members);
    if (s->c_locale != (locale_t)0)
        freelocale(s->c_locale);
    free(s->failed);
    if (s->segment_file >= 0)
        ndup_scratch_close(s->job->scratch, s->segment_file, atomic_load(&s->segment_bytes));
    pthread_mutex_destroy(&s->lock);
}

static uint64_t brief_tokens(const neardup_job_options *o)
{
    if ((o->units & NEARDUP_UNIT_DOCUMENT) == 0 || o->method != NEARDUP_METHOD_MINHASH || o->threshold >= 1 ||
        ndup_tokens_are_chars(o->profile.tokens))
        return 0;
    return ndup_brief_tokens(o->profile.ngram, o->threshold);
}

neardup_status ndup_job_scan(neardup_job *job, neardup_error *err)
{
    bool keyed = job->options.keep >= NEARDUP_KEEP_MAX;
    struct scan s = {
        .job = job, .units = (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0, .keyed = keyed, .segment_file = -1};
    bool overflowed = false;
    job->summary.brief_tokens = brief_tokens(&job->options);
    pthread_mutex_init(&s.lock, NULL);
    s.pipeline = (struct ndup_pipeline){.job = job, .phase = "read", .spool = true, .work = scan_batch, .context = &s};
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK && ndup_writes_corpus(&job->options) && (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0)
        st = ndup_revisits_create(&job->revisits, job->key, err);
    s.pipeline.revisits = job->revisits;
    if (st == NEARDUP_OK)
        st = ndup_pipeline_run(&s.pipeline, err);
    if (st == NEARDUP_OK)
        st = end(&s, &overflowed, err);
    if (st == NEARDUP_OK)
        st = flatten(&s, err);
    release(&s);
    job->documents.items = job->corpus.row_count;
    job->documents.own_items = job->corpus.own_rows;
    return st == NEARDUP_OK && overflowed ? ndup_texts_merge(&job->documents, job->limits.group_bytes, job->pool, err)
                                          : st;
}

/* ---- documents without a token ---- */

neardup_status ndup_job_report_empty(neardup_job *job, uint32_t source, uint64_t line, neardup_error *err)
{
    if (job->callbacks.empty != NULL &&
        !job->callbacks.empty(job->callbacks.context, job->corpus.sources[source].file->name, line))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

static neardup_status report_empty_of(neardup_job *job, uint32_t source, struct ndup_column_cursor *rows,
                                      neardup_error *err)
{
    const struct ndup_corpus_source *s = &job->corpus.sources[source];
    NDUP_TRY(ndup_job_check_cancel(job, err));
    for (uint64_t i = s->first_row; i < s->first_row + s->rows; i++) {
        const struct ndup_row *row = ndup_column_at(rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        if (row->text.value == NDUP_TEXT_EMPTY)
            NDUP_TRY(ndup_job_report_empty(job, source, row->line, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_job_report_all_empty(neardup_job *job, neardup_error *err)
{
    struct ndup_column_cursor rows = {.column = job->corpus.rows};
    neardup_status st = NEARDUP_OK;
    if (job->callbacks.empty == NULL || job->summary.empty == 0)
        return NEARDUP_OK;
    for (uint32_t source = 0; st == NEARDUP_OK && source < job->corpus.own_sources; source++)
        st = report_empty_of(job, source, &rows, err);
    ndup_column_cursor_free(&rows);
    return st;
}
