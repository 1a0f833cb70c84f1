/* SPDX-License-Identifier: MIT
 * The splitting pass: the documents that stay are read once more, in blocks of neighbours that the threads share out;
 * what a block holds is appended to the column of parts when all blocks before it have been. */
#include "base/platform.h"

#include "engine/paragraphs/part_split.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 4096u

struct block {
    uint64_t number;
    uint32_t source;
    uint64_t first; /* row */
    uint32_t count;
    uint64_t offset, length; /* bytes of the source */
};

struct splitter {
    neardup_job *job;
    struct ndup_texts *texts;
    struct ndup_split_member *members;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t turn;
    struct ndup_column_cursor cursor; /* over the rows, in order */
    uint64_t next_row, next_block;
    uint32_t source;
    uint64_t committed; /* blocks */
    uint64_t bytes_done;
    bool stop;
};

/* References are split to be compared with, across documents. */
static size_t sources(const struct splitter *s)
{
    return s->job->options.between_documents ? s->job->corpus.source_count : s->job->corpus.own_sources;
}

static bool has_text(const struct ndup_row *row)
{
    return row->text.value != NDUP_TEXT_INVALID && row->text.value != NDUP_TEXT_EMPTY;
}

/* Copies the rows of the next block; count 0 at the end. */
static neardup_status fill_block(struct splitter *s, struct block *b, struct ndup_row *rows, neardup_error *err)
{
    const struct ndup_corpus *c = &s->job->corpus;
    while (s->source < sources(s) && s->next_row >= c->sources[s->source].first_row + c->sources[s->source].rows)
        s->source++;
    *b = (struct block){.number = s->next_block, .source = s->source, .first = s->next_row};
    if (s->source == sources(s))
        return NEARDUP_OK;
    uint64_t end = c->sources[s->source].first_row + c->sources[s->source].rows;
    for (; s->next_row < end && b->count < BLOCK_ROWS; s->next_row++) {
        const struct ndup_row *row = ndup_column_at(&s->cursor, s->next_row, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        uint64_t length = b->count == 0 ? row->length : row->offset + row->length - b->offset;
        if (b->count > 0 && length > NDUP_BATCH_BYTES)
            break;
        if (b->count == 0)
            b->offset = row->offset;
        b->length = length;
        rows[b->count++] = *row;
    }
    s->next_block++;
    return NEARDUP_OK;
}

static neardup_status take_block(struct splitter *s, struct block *b, struct ndup_row *rows, neardup_error *err)
{
    pthread_mutex_lock(&s->lock);
    *b = (struct block){0};
    neardup_status st = s->stop ? NEARDUP_OK : fill_block(s, b, rows, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

/* ---- a block ---- */

static neardup_status add_group(struct ndup_split_member *m, uint32_t group, neardup_error *err)
{
    if (!ndup_grow(&m->groups, &m->group_capacity, m->group_count + 1, sizeof *m->groups))
        return ndup_fail_nomem(err);
    m->groups[m->group_count++] = group;
    return NEARDUP_OK;
}

static neardup_status split_row(struct splitter *s, struct ndup_split_member *m, const struct block *b,
                                const struct ndup_row *row, uint64_t index, const char *bytes, neardup_error *err)
{
    struct ndup_split_document d = {.row = (uint32_t)index,
                                    .reference = ndup_corpus_is_reference(&s->job->corpus, index),
                                    .salt = s->job->options.between_documents ? 0 : index + 1,
                                    .plain = s->job->corpus.sources[b->source].format->plain_text};
    NDUP_TRY(ndup_job_find_text(s->job, m->worker, b->source, row, bytes, &d.document, err));
    if (s->job->noted != NULL)
        s->job->noted[index] = d.document.note_end > d.document.note_begin;
    if (s->job->groups.of != NULL && !d.reference && s->job->groups.of[index] != NDUP_NO_GROUP)
        NDUP_TRY(add_group(m, s->job->groups.of[index], err));
    return ndup_split_document(s->job, m, &d, err);
}

static neardup_status split_block(struct splitter *s, struct ndup_split_member *m, const struct block *b,
                                  const struct ndup_row *rows, neardup_error *err)
{
    struct ndup_worker *w = m->worker;
    bool any = false;
    m->row_count = m->group_count = 0;
    for (uint32_t i = 0; i < b->count && !any; i++)
        any = has_text(&rows[i]) && !ndup_texts_is_removed(&s->job->documents, b->first + i);
    if (!any)
        return NEARDUP_OK;
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)b->length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(&s->job->corpus, &w->opened, b->source, w->record, (size_t)b->length, b->offset, err));
    memset(w->record + b->length, 0, NDUP_PADDING);
    for (uint32_t i = 0; i < b->count; i++) {
        if (!has_text(&rows[i]) || ndup_texts_is_removed(&s->job->documents, b->first + i))
            continue;
        NDUP_TRY(split_row(s, m, b, &rows[i], b->first + i, w->record + (rows[i].offset - b->offset), err));
    }
    return NEARDUP_OK;
}

/* ---- in order ---- */

static neardup_status append_rows(struct splitter *s, const struct ndup_split_member *m, neardup_error *err)
{
    struct ndup_column *column = s->texts->paragraphs;
    size_t chunk = ndup_column_chunk_elems(column);
    if (s->texts->items + m->row_count > NDUP_TEXT_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion paragraphs or lines: split the corpus into several runs");
    for (size_t at = 0; at < m->row_count;) {
        size_t n = chunk - (size_t)(s->texts->items % chunk);
        n = n < m->row_count - at ? n : m->row_count - at;
        void *slot = ndup_column_slot(column, s->texts->items, err);
        if (slot == NULL)
            return err != NULL ? err->code : NEARDUP_E_NOMEM;
        memcpy(slot, m->rows + at, n * sizeof *m->rows);
        NDUP_TRY(ndup_column_done(column, s->texts->items, n, err));
        s->texts->items += n;
        at += n;
    }
    return NEARDUP_OK;
}

/* For when the documents are cut. */
static neardup_status note_block(struct splitter *s, const struct block *b, neardup_error *err)
{
    neardup_job *job = s->job;
    if (!ndup_grow(&job->blocks, &job->block_capacity, job->block_count + 1, sizeof *job->blocks))
        return ndup_fail_nomem(err);
    job->blocks[job->block_count++] = (struct ndup_block){b->source, b->count, b->first, s->texts->items};
    return NEARDUP_OK;
}

static void count_groups(struct splitter *s, const struct ndup_split_member *m)
{
    for (size_t i = 0; i < m->group_count; i++)
        s->job->groups.group[m->groups[i]].documents++;
}

static neardup_status commit(struct splitter *s, struct ndup_split_member *m, const struct block *b, uint64_t *done,
                             neardup_error *err)
{
    pthread_mutex_lock(&s->lock);
    while (s->committed != b->number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    neardup_status st = s->stop ? NEARDUP_OK : note_block(s, b, err);
    if (st == NEARDUP_OK && !s->stop)
        st = append_rows(s, m, err);
    if (b->source < s->job->corpus.own_sources)
        s->texts->own_items = s->texts->items;
    if (st == NEARDUP_OK && !s->stop)
        count_groups(s, m);
    s->committed++;
    s->bytes_done += b->length;
    *done = s->bytes_done;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    return st;
}

static void stop_all(struct splitter *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

static neardup_status work(struct splitter *s, unsigned member, struct ndup_row *rows)
{
    struct ndup_split_member *m = &s->members[member];
    for (;;) {
        struct block b;
        uint64_t done;
        NDUP_TRY(take_block(s, &b, rows, &m->error));
        if (b.count == 0)
            return NEARDUP_OK;
        NDUP_TRY(split_block(s, m, &b, rows, &m->error));
        NDUP_TRY(commit(s, m, &b, &done, &m->error));
        NDUP_TRY(ndup_job_check_cancel(s->job, &m->error));
        if (member == 0 && !ndup_job_progress(s->job, "split", done, s->job->corpus.bytes, true))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
}

static void work_member(void *context, unsigned member)
{
    struct splitter *s = context;
    struct ndup_split_member *m = &s->members[member];
    struct ndup_row *rows = ndup_alloc(BLOCK_ROWS, sizeof *rows);
    m->status = rows == NULL ? ndup_fail_nomem(&m->error) : work(s, member, rows);
    free(rows);
    if (m->status != NEARDUP_OK)
        stop_all(s);
}

/* ---- begin and end ---- */

static neardup_status make_worker(neardup_job *job, struct ndup_worker *w, neardup_error *err)
{
    NDUP_TRY(ndup_part_create(&w->part, err));
    NDUP_TRY(ndup_text_create(&w->part_text, &job->paragraphs.profile, job->options.cpu, err));
    return ndup_intra_create(&w->within, err);
}

static neardup_status begin(struct splitter *s, neardup_error *err)
{
    neardup_job *job = s->job;
    unsigned threads = ndup_pool_threads(job->pool);
    ndup_job_set_paragraph_limits(job);
    bool spill = job->limits.spill;
    NDUP_TRY(ndup_column_create(&s->texts->paragraphs, sizeof(struct ndup_paragraph_row), job->scratch, spill, err));
    const struct ndup_texts_room room = {spill, job->limits.digest_bytes, job->scratch};
    NDUP_TRY(ndup_texts_begin(s->texts, &job->options, &room, err));
    NDUP_TRY(ndup_entries_init(&s->texts->inside, threads, err));
    job->noted = job->options.annotate ? ndup_calloc((size_t)job->corpus.row_count, sizeof *job->noted) : NULL;
    if (job->options.annotate && job->noted == NULL)
        return ndup_fail_nomem(err);
    s->members = ndup_calloc(threads, sizeof *s->members);
    if (s->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        s->members[t].worker = &job->workers[t];
        NDUP_TRY(make_worker(job, &job->workers[t], err));
        NDUP_TRY(ndup_filler_init(&s->members[t].filler, s->texts, err));
    }
    return NEARDUP_OK;
}

/* Buckets of a thread get numbers after those of the threads before it. */
static neardup_status take_inside(struct splitter *s, unsigned t, neardup_error *err)
{
    struct ndup_split_member *m = &s->members[t];
    struct ndup_entries *inside = &s->texts->inside;
    if (m->buckets > UINT32_MAX - inside->buckets)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "more than 4 billion groups of candidates: split the corpus into several runs");
    for (size_t i = 0; i < m->inside.count; i++)
        m->inside.entries[i].bucket += inside->buckets;
    inside->buckets += m->buckets;
    inside->parts[t] = m->inside;
    m->inside = (struct ndup_entry_list){0};
    return NEARDUP_OK;
}

static neardup_status end(struct splitter *s, bool *overflowed, neardup_error *err)
{
    neardup_paragraph_summary *p = &s->job->summary.paragraphs;
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        if (m->status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = m->error;
        return m->status;
    }
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        NDUP_TRY(ndup_filler_finish(&m->filler, err));
        NDUP_TRY(take_inside(s, t, err));
        p->documents += m->documents;
        p->blank_rule += m->blank_rule;
        p->tokens += m->tokens;
        s->texts->reference_tokens += m->reference_tokens;
        p->shorter += m->shorter;
    }
    p->newline_rule = p->documents - p->blank_rule;
    NDUP_TRY(ndup_column_seal(s->texts->paragraphs, s->texts->items, err));
    return ndup_texts_end(s->texts, overflowed, err);
}

static void release(struct splitter *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_split_member *m = &s->members[t];
        neardup_error ignored;
        if (ndup_filler_finish(&m->filler, &ignored) != NEARDUP_OK)
            m->status = NEARDUP_OK;
        free(m->rows);
        free(m->inside.entries);
        free(m->firsts);
        free(m->row_of_part);
        free(m->echoes);
        free(m->groups);
    }
    free(s->members);
    ndup_column_cursor_free(&s->cursor);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->turn);
}

neardup_status ndup_job_split(neardup_job *job, neardup_error *err)
{
    struct splitter s = {.job = job, .texts = &job->paragraphs, .cursor = {.column = job->corpus.rows}};
    double start = ndup_sys_seconds();
    bool overflowed = false;
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turn, NULL);
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(job->pool, work_member, &s);
        st = end(&s, &overflowed, err);
    }
    release(&s);
    if (st == NEARDUP_OK && overflowed)
        st = ndup_job_merge_texts(job, &job->paragraphs, err);
    job->summary.split_seconds = ndup_sys_seconds() - start;
    return st;
}
