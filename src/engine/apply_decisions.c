/* SPDX-License-Identifier: MIT
 * What goes of a source, record by record. Where documents were split, the threads share out the blocks that were made
 * then: the documents of which something is cut are read again. What a block tells is put behind that of the blocks
 * before it. */
#include "base/platform.h"

#include "engine/paragraphs/part_cuts.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ndup_settler { /* of one thread */
    struct ndup_column_cursor rows;
    struct ndup_cutter cutter;
    struct ndup_cut_list list; /* of the block at hand */
    uint64_t dropped_bytes;
    neardup_status status;
    neardup_error error;
};

struct settling {
    neardup_job *job;
    struct ndup_cut_list *list; /* of the source; NULL: nothing is written */
    struct ndup_settler *settlers;
    const struct ndup_block *blocks; /* of the source */
    size_t count;
    pthread_mutex_t lock; /* guards all below, and the reports */
    pthread_cond_t turn;
    size_t next, done; /* blocks */
    bool stop;
};

static neardup_status cut_record(struct ndup_cut_list *list, const struct ndup_row *row, neardup_error *err)
{
    return list != NULL ? ndup_cut_list_add_record(list, row, err) : NEARDUP_OK;
}

static neardup_status settle_row(neardup_job *job, struct ndup_worker *worker, struct ndup_settler *t, uint64_t index,
                                 const struct ndup_row *row, struct ndup_cut_list *list, neardup_error *err)
{
    if (list != NULL)
        list->whole = false;
    if (row->text.value == NDUP_TEXT_INVALID || row->text.value == NDUP_TEXT_EMPTY) {
        if (row->text.value == NDUP_TEXT_INVALID ? !job->options.drop_invalid : !job->options.drop_empty)
            return NEARDUP_OK;
        t->dropped_bytes += row->length;
        return cut_record(list, row, err);
    }
    if (ndup_texts_is_removed(&job->documents, index))
        return cut_record(list, row, err);
    return job->paragraphs.unit == 0 ? NEARDUP_OK : ndup_cut_document(job, worker, &t->cutter, index, row, list, err);
}

static neardup_status settle_rows(neardup_job *job, unsigned member, struct ndup_settler *t, uint64_t first,
                                  uint64_t count, struct ndup_cut_list *list, neardup_error *err)
{
    for (uint64_t i = first; i < first + count; i++) {
        const struct ndup_row *row = ndup_column_at(&t->rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        NDUP_TRY(settle_row(job, &job->workers[member], t, i, row, list, err));
        if (i % 4096 == 0)
            NDUP_TRY(ndup_job_check_cancel(job, err));
    }
    return NEARDUP_OK;
}

/* ---- blocks ---- */

static neardup_status append_list(struct ndup_cut_list *to, struct ndup_cut_list *from, neardup_error *err)
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

static neardup_status commit(struct settling *s, struct ndup_settler *t, size_t number)
{
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    while (s->done != number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    if (!s->stop && s->list != NULL)
        st = append_list(s->list, &t->list, &t->error);
    if (!s->stop && st == NEARDUP_OK)
        st = append_lines(s->job, &t->cutter.lines, &t->error);
    s->done++;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    return st;
}

static bool take(struct settling *s, size_t *number)
{
    pthread_mutex_lock(&s->lock);
    bool any = !s->stop && s->next < s->count;
    if (any)
        *number = s->next++;
    pthread_mutex_unlock(&s->lock);
    return any;
}

static neardup_status settle_blocks(struct settling *s, unsigned member)
{
    struct ndup_settler *t = &s->settlers[member];
    size_t number;
    while (take(s, &number)) {
        const struct ndup_block *b = &s->blocks[number];
        t->cutter.next = b->first_part;
        NDUP_TRY(settle_rows(s->job, member, t, b->first_row, b->count, s->list != NULL ? &t->list : NULL, &t->error));
        NDUP_TRY(commit(s, t, number));
    }
    return NEARDUP_OK;
}

static void work(void *context, unsigned member)
{
    struct settling *s = context;
    struct ndup_settler *t = &s->settlers[member];
    t->status = settle_blocks(s, member);
    if (t->status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

static void find_blocks(struct settling *s, uint32_t source)
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
static neardup_status run(struct settling *s, uint32_t source, neardup_error *err)
{
    neardup_job *job = s->job;
    const struct ndup_corpus_source *src = &job->corpus.sources[source];
    unsigned threads = ndup_pool_threads(job->pool);
    if (job->paragraphs.unit == 0)
        return settle_rows(job, 0, &s->settlers[0], src->first_row, src->rows, s->list, err);
    find_blocks(s, source);
    if (job->callbacks.decision != NULL || s->count < 2)
        work(s, 0);
    else
        ndup_pool_run(job->pool, work, s);
    for (unsigned t = 0; t < threads; t++) {
        if (s->settlers[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = s->settlers[t].error;
        return s->settlers[t].status;
    }
    return NEARDUP_OK;
}

neardup_status ndup_job_settle_source(neardup_job *job, struct ndup_settler *settlers, uint32_t source,
                                      struct ndup_cut_list *list, neardup_error *err)
{
    struct settling s = {.job = job, .settlers = settlers, .list = list};
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turn, NULL);
    neardup_status st = run(&s, source, err);
    pthread_mutex_destroy(&s.lock);
    pthread_cond_destroy(&s.turn);
    return st;
}

neardup_status ndup_settlers_create(struct ndup_settler **out, const neardup_job *job, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(job->pool);
    *out = ndup_calloc(threads, sizeof **out);
    for (unsigned t = 0; *out != NULL && t < threads; t++) {
        (*out)[t].rows.column = job->corpus.rows;
        (*out)[t].cutter.cursor.column = job->paragraphs.paragraphs;
    }
    return *out == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

void ndup_settlers_free(struct ndup_settler *settlers, neardup_job *job)
{
    for (unsigned t = 0; settlers != NULL && t < ndup_pool_threads(job->pool); t++) {
        job->summary.dropped_bytes += settlers[t].dropped_bytes;
        ndup_cut_list_clear(&settlers[t].list);
        free(settlers[t].list.cuts);
        ndup_column_cursor_free(&settlers[t].rows);
        ndup_cutter_free(&settlers[t].cutter);
    }
    free(settlers);
}
