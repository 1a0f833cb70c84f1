/* SPDX-License-Identifier: MIT
 * The reading pass. Every thread takes the next batch of the earliest open file that nobody reads, or opens the next
 * file; reading (and decompressing) a file is serial, everything behind it is not. So one plain file feeds all threads,
 * many compressed files are decompressed side by side, and there is no thread that only reads. Batches end in any
 * order; flatten.c puts their rows into input order. */
#include "base/platform.h"

#include "engine/scan.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An open file to read from, marked busy; NULL when there is nothing left to do. Opens slots, not files. */
static struct ndup_open_file *take_file(struct ndup_scan *s)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    struct ndup_open_file *taken = NULL;
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        bool any = false;
        struct ndup_open_file *slot = NULL;
        for (unsigned i = 0; i < threads; i++) {
            struct ndup_open_file *f = &s->open[i];
            any = any || f->open;
            if (f->open && !f->busy && (taken == NULL || f->source < taken->source))
                taken = f;
            if (!f->open)
                slot = f;
        }
        bool behind_strict = s->strict.problem != NULL && s->next_source >= s->strict.source;
        if (taken == NULL && slot != NULL && s->next_source < s->job->corpus.source_count && !behind_strict) {
            *slot = (struct ndup_open_file){.source = s->next_source++, .open = true};
            taken = slot;
        }
        if (taken != NULL && s->strict.problem != NULL && taken->source >= s->strict.source) {
            /* What lies behind the first bad record does not matter any more. */
            ndup_reader_close(taken->reader);
            *taken = (struct ndup_open_file){0};
            taken = NULL;
            continue;
        }
        if (taken != NULL || !any)
            break;
        pthread_cond_wait(&s->changed, &s->lock);
    }
    if (taken != NULL)
        taken->busy = true;
    pthread_mutex_unlock(&s->lock);
    return taken;
}

static void give_back(struct ndup_scan *s, struct ndup_open_file *f, bool ended)
{
    struct ndup_reader *reader = ended ? f->reader : NULL;
    pthread_mutex_lock(&s->lock);
    f->busy = false;
    if (ended)
        *f = (struct ndup_open_file){0};
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    ndup_reader_close(reader);
}

static neardup_status note_failed_file(struct ndup_scan *s, const struct ndup_open_file *f, uint32_t batch,
                                       const neardup_error *why, neardup_error *err)
{
    if (why->code == NEARDUP_E_NOMEM || why->code == NEARDUP_E_CANCELED)
        return ndup_fail(err, why->code, "%s", why->message);
    struct ndup_failed failed = {f->source, why->code, why->sys_errno, strdup(why->message)};
    pthread_mutex_lock(&s->lock);
    bool ok =
        failed.message != NULL && ndup_grow(&s->failed, &s->failed_capacity, s->failed_count + 1, sizeof *s->failed);
    if (ok)
        s->failed[s->failed_count++] = failed;
    pthread_mutex_unlock(&s->lock);
    if (!ok) {
        free(failed.message);
        return ndup_fail_nomem(err);
    }
    s->job->corpus.sources[f->source].failed = true;
    ndup_scan_note_strict(s, &(struct ndup_bad){f->source, batch, 0, "cannot be read"});
    return NEARDUP_OK;
}

static neardup_status open_file(struct ndup_scan *s, struct ndup_open_file *f, bool *ended, neardup_error *err)
{
    struct ndup_corpus_source *source = &s->job->corpus.sources[f->source];
    neardup_error why;
    struct stat info = {0};
    /* Before the first byte is read: whatever happens to the file from now on shows. */
    bool regular =
        strcmp(source->file->path, "-") != 0 && stat(source->file->path, &info) == 0 && S_ISREG(info.st_mode);
    ndup_identity_set(&source->identity, &info);
    neardup_status st = ndup_reader_open(&f->reader, source->file, s->job->options.format, NDUP_BATCH_BYTES, &why);
    if (st != NEARDUP_OK) {
        *ended = true;
        return note_failed_file(s, f, 0, &why, err);
    }
    ndup_reader_limit_records(f->reader, s->job->limits.record_bytes);
    source->format = ndup_reader_format(f->reader);
    source->codec = ndup_reader_codec(f->reader);
    source->spooled = source->codec != NDUP_PLAIN || !regular;
    return NEARDUP_OK;
}

/* The next batch of a busy file, spooled if its bytes cannot be read again. */
static neardup_status read_batch(struct ndup_scan *s, struct ndup_worker *w, struct ndup_open_file *f, bool *ended,
                                 neardup_error *err)
{
    struct ndup_corpus_source *source = &s->job->corpus.sources[f->source];
    *ended = false;
    w->batch.len = 0;
    uint64_t before = 0; /* opening looks at the first bytes */
    if (f->reader == NULL) {
        NDUP_TRY(open_file(s, f, ended, err));
        if (*ended)
            return NEARDUP_OK;
    } else {
        before = ndup_reader_consumed(f->reader);
    }
    neardup_error why;
    neardup_status st = ndup_reader_next(f->reader, &w->batch, &why);
    if (st != NEARDUP_OK)
        NDUP_TRY(note_failed_file(s, f, w->batch.number, &why, err));
    *ended = st != NEARDUP_OK || w->batch.len == 0;
    atomic_fetch_add(&s->consumed, ndup_reader_consumed(f->reader) - before);
    source->bytes += w->batch.len;
    if (source->spooled && w->batch.len > 0)
        return ndup_corpus_spool(&s->job->corpus, source, w->batch.data, w->batch.len, w->batch.offset, err);
    return NEARDUP_OK;
}

static neardup_status add_segment(struct ndup_scan *s, const struct ndup_segment *segment, neardup_error *err)
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

/* Where a file is a document, an empty file is an empty one. Standard input of unknown format is no file. */
static bool is_empty_document(const struct ndup_scan *s, uint32_t source)
{
    const struct ndup_corpus_source *read = &s->job->corpus.sources[source];
    bool guessed = s->job->options.format == NEARDUP_INPUT_AUTO && strcmp(read->file->path, "-") == 0;
    return read->format == NEARDUP_INPUT_FILE && read->bytes == 0 && !read->failed && !guessed;
}

static neardup_status scan_one(struct ndup_scan *s, struct ndup_scan_member *m, struct ndup_open_file *f,
                               neardup_error *err)
{
    bool ended;
    uint32_t source = f->source;
    neardup_status st = read_batch(s, m->worker, f, &ended, err);
    neardup_input_format format = s->job->corpus.sources[source].format;
    bool empty = st == NEARDUP_OK && ended && is_empty_document(s, source);
    give_back(s, f, ended || st != NEARDUP_OK);
    if (st != NEARDUP_OK || (m->worker->batch.len == 0 && !empty))
        return st;
    struct ndup_segment segment = {.source = source, .number = m->worker->batch.number};
    m->counts = source < s->job->corpus.own_sources ? &m->own : &m->reference;
    if (empty)
        NDUP_TRY(ndup_scan_empty_file(s, m, &segment, err));
    else
        NDUP_TRY(ndup_scan_batch(s, m, source, format, &segment, err));
    return add_segment(s, &segment, err);
}

static void stop_scan(struct ndup_scan *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void scan_member(void *context, unsigned member)
{
    struct ndup_scan *s = context;
    struct ndup_scan_member *m = &s->members[member];
    struct ndup_open_file *f;
    uint64_t total = s->job->files.has_stdin ? 0 : s->job->files.bytes;
    while ((f = take_file(s)) != NULL) {
        m->status = scan_one(s, m, f, &m->error);
        if (m->status == NEARDUP_OK && member == 0 &&
            !ndup_job_progress(s->job, "read", atomic_load(&s->consumed), total, true))
            m->status = ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
        if (m->status == NEARDUP_OK)
            m->status = ndup_job_check_cancel(s->job, &m->error);
        if (m->status != NEARDUP_OK) {
            stop_scan(s);
            return;
        }
    }
}

static neardup_status begin(struct ndup_scan *s, neardup_error *err)
{
    neardup_job *job = s->job;
    unsigned threads = ndup_pool_threads(job->pool);
    s->members = ndup_calloc(threads, sizeof *s->members);
    s->open = ndup_calloc(threads, sizeof *s->open);
    s->c_locale = s->keyed ? newlocale(LC_ALL_MASK, "C", (locale_t)0) : (locale_t)0;
    if (s->members == NULL || s->open == NULL || (s->keyed && s->c_locale == (locale_t)0))
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        s->members[t].worker = &job->workers[t];
        s->members[t].own.ids.blob = &job->corpus.ids;
        s->members[t].reference.ids.blob = &job->corpus.reference_ids;
        if (s->units)
            NDUP_TRY(ndup_filler_init(&s->members[t].filler, &job->documents, err));
    }
    return NEARDUP_OK;
}

static neardup_status end(struct ndup_scan *s, bool *overflowed, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    for (unsigned t = 0; t < threads; t++) {
        if (s->members[t].status != NEARDUP_OK) {
            if (err != NULL)
                *err = s->members[t].error;
            return s->members[t].status;
        }
    }
    for (unsigned t = 0; t < threads; t++) {
        struct ndup_scan_member *m = &s->members[t];
        NDUP_TRY(ndup_filler_finish(&m->filler, err));
        NDUP_TRY(ndup_blob_finish(&m->own.ids, err));
        NDUP_TRY(ndup_blob_finish(&m->reference.ids, err));
        s->job->summary.documents += m->own.documents;
        s->job->summary.empty += m->own.empty;
        s->job->summary.invalid += m->own.invalid;
        s->job->summary.invalid_utf8 += m->own.invalid_utf8;
        s->job->summary.tokens += m->own.tokens;
        s->job->summary.reference_documents += m->reference.documents;
        s->job->corpus.reference_tokens += m->reference.tokens;
    }
    /* How much standard input and pipes hold shows only now. */
    if (s->job->summary.input_bytes < atomic_load(&s->consumed))
        s->job->summary.input_bytes = atomic_load(&s->consumed);
    return s->units ? ndup_texts_end(&s->job->documents, overflowed, err) : NEARDUP_OK;
}

static void release(struct ndup_scan *s)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    neardup_error ignored;
    for (unsigned t = 0; s->members != NULL && t < threads; t++) {
        struct ndup_scan_member *m = &s->members[t];
        free(m->rows);
        free(m->keep_keys);
        free(m->groups);
        ndup_buf_free(&m->group_names);
        free(m->bad);
        /* After a failure the writers still hold memory. */
        if (ndup_filler_finish(&m->filler, &ignored) != NEARDUP_OK)
            m->status = NEARDUP_OK;
        if (m->own.ids.block != NULL && ndup_blob_finish(&m->own.ids, &ignored) != NEARDUP_OK)
            m->status = NEARDUP_OK;
        if (m->reference.ids.block != NULL && ndup_blob_finish(&m->reference.ids, &ignored) != NEARDUP_OK)
            m->status = NEARDUP_OK;
    }
    for (unsigned t = 0; s->open != NULL && t < threads; t++)
        ndup_reader_close(s->open[t].reader);
    for (size_t i = 0; i < s->segment_count; i++) {
        free(s->segments[i].rows);
        free(s->segments[i].keep_keys);
        free(s->segments[i].groups);
    }
    free(s->segments);
    free(s->members);
    free(s->open);
    if (s->c_locale != (locale_t)0)
        freelocale(s->c_locale);
    for (size_t i = 0; i < s->failed_count; i++)
        free(s->failed[i].message);
    free(s->failed);
    if (s->segment_file >= 0)
        ndup_scratch_close(s->job->scratch, s->segment_file, atomic_load(&s->segment_bytes));
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
}

neardup_status ndup_job_scan(neardup_job *job, neardup_error *err)
{
    bool keyed = job->options.keep >= NEARDUP_KEEP_MAX;
    struct ndup_scan s = {
        .job = job, .units = (job->options.units & NEARDUP_UNIT_DOCUMENT) != 0, .keyed = keyed, .segment_file = -1};
    bool overflowed = false;
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.changed, NULL);
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(job->pool, scan_member, &s);
        st = end(&s, &overflowed, err);
    }
    /* Batches can be large if records were long. */
    for (unsigned t = 0; t < ndup_pool_threads(job->pool); t++)
        ndup_batch_free(&job->workers[t].batch);
    if (st == NEARDUP_OK)
        st = ndup_scan_flatten(&s, err);
    release(&s);
    job->documents.items = job->corpus.row_count;
    job->documents.own_items = job->corpus.own_rows;
    return st == NEARDUP_OK && overflowed ? ndup_job_merge_texts(job, &job->documents, err) : st;
}
