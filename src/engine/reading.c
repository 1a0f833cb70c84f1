/* SPDX-License-Identifier: MIT
 * Texts by place. Every thread takes the next file that holds some, and keeps what it finds until the files before it are
 * told, or until that is too much: then it waits for its turn. */
#include "base/platform.h"

#include "engine/reading.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Texts that a thread holds before its turn. */
#define HELD_BYTES ((size_t)4 << 20)

struct file { /* with places; in order */
    uint32_t source;
    size_t first, count; /* of the places */
};

struct found { /* a text, or what is wrong with the record there */
    size_t index, id, id_length, text, text_length;
    uint64_t line;
    const char *problem; /* static */
};

struct member {
    struct ndup_worker *worker;
    size_t file; /* at hand */
    struct found *found;
    size_t count, capacity;
    struct ndup_buf held; /* ids and texts */
    neardup_status status;
    neardup_error error;
};

struct reading {
    neardup_job *job;
    const neardup_read_options *wanted;
    struct ndup_wanted *places;
    struct file *files;
    size_t file_count;
    struct member *members;

    pthread_mutex_t lock; /* guards these, and the callbacks */
    pthread_cond_t turn;
    size_t next, told; /* files */
    bool stop;
    uint64_t documents;
};

/* ---- telling, in order ---- */

static neardup_status tell_bad(struct reading *r, const char *name, const struct found *f, neardup_error *err)
{
    if (r->job->options.strict) {
        neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name, f->line, f->problem);
        if (err != NULL)
            err->line = f->line;
        return st;
    }
    return ndup_job_note(r->job, NEARDUP_WARNING, name, f->line, f->problem, err);
}

static neardup_status tell_found(struct reading *r, struct member *m)
{
    const char *name = r->job->corpus.sources[r->files[m->file].source].file->name;
    for (size_t i = 0; i < m->count; i++) {
        const struct found *f = &m->found[i];
        if (f->problem != NULL) {
            NDUP_TRY(tell_bad(r, name, f, &m->error));
            continue;
        }
        r->documents++;
        if (!r->wanted->text(r->wanted->context, f->index, f->id_length > 0 ? m->held.data + f->id : NULL, f->id_length,
                             m->held.data + f->text, f->text_length))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell_failure(struct reading *r, const struct member *m, const neardup_error *why,
                                   neardup_error *err)
{
    const char *name = r->job->corpus.sources[r->files[m->file].source].file->name;
    if (r->job->options.strict) {
        (void)ndup_fail(err, why->code, "%s: %s", name, why->message);
        if (err != NULL)
            err->sys_errno = why->sys_errno;
        return why->code;
    }
    r->job->summary.failed_files++;
    return ndup_job_note(r->job, NEARDUP_ERROR, name, 0, why->message, err);
}

/* Tells what the member holds, if it is its turn, or if it must be now. ended: the file is done, and why, if it could not
 * be read on. */
static neardup_status tell(struct reading *r, struct member *m, bool ended, const neardup_error *why)
{
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&r->lock);
    if (!ended && r->told != m->file && m->held.len < HELD_BYTES) {
        pthread_mutex_unlock(&r->lock);
        return NEARDUP_OK;
    }
    while (r->told != m->file && !r->stop)
        pthread_cond_wait(&r->turn, &r->lock);
    if (!r->stop) {
        st = tell_found(r, m);
        if (st == NEARDUP_OK && ended && why != NULL)
            st = tell_failure(r, m, why, &m->error);
        r->told += ended;
        r->stop = st != NEARDUP_OK;
    }
    pthread_cond_broadcast(&r->turn);
    pthread_mutex_unlock(&r->lock);
    m->count = 0;
    ndup_buf_clear(&m->held);
    return st;
}

/* ---- finding, side by side ---- */

/* The text of a place, copied. Every place has a copy of its own: two of the same place are rare. */
static neardup_status hold(struct reading *r, struct member *m, const struct ndup_wanted *place,
                           const struct ndup_record *record)
{
    bool is_json = r->job->corpus.sources[place->source].format == NEARDUP_INPUT_JSONL;
    struct ndup_json_record json = {.text = record->data, .text_len = record->text_len};
    struct found f = {.index = place->index, .line = place->line};
    if (is_json)
        f.problem = ndup_json_parse(m->worker->json, record->data, record->text_len, &json);
    if (f.problem != NULL && strcmp(f.problem, "out of memory") == 0)
        return ndup_fail_nomem(&m->error);
    if (f.problem == NULL) {
        f.id = m->held.len;
        f.id_length = is_json && json.id != NULL ? json.id_len : 0;
        ndup_buf_append(&m->held, json.id, f.id_length);
        f.text = m->held.len;
        f.text_length = json.text_len;
        ndup_buf_append(&m->held, json.text, json.text_len);
        ndup_buf_append(&m->held, "", 1); /* so that an empty text has an address */
    }
    if (m->held.failed || !ndup_grow(&m->found, &m->capacity, m->count + 1, sizeof *m->found))
        return ndup_fail_nomem(&m->error);
    m->found[m->count++] = f;
    return NEARDUP_OK;
}

/* The places of the file from *at on that stand in the batch, which begins behind so many lines. */
static neardup_status search_batch(struct reading *r, struct member *m, const struct file *file, size_t *at,
                                   uint64_t *lines)
{
    neardup_input_format format = r->job->corpus.sources[file->source].format;
    const struct ndup_wanted *places = r->places + file->first;
    struct ndup_records it;
    struct ndup_record record;
    ndup_records_begin(&it, &m->worker->batch, format);
    while (*at < file->count && ndup_records_next(&it, &record)) {
        uint64_t first = *lines + record.line + 1, behind = *lines + it.line + 1;
        /* A line of JSON is a record; a text document reaches to the next one. */
        if (format == NEARDUP_INPUT_JSONL)
            behind = first + 1;
        else if (record.data[record.len - 1] != '\n')
            behind++;
        while (*at < file->count && places[*at].line < first)
            ++*at;
        for (; *at < file->count && places[*at].line < behind; ++*at)
            NDUP_TRY(hold(r, m, &places[*at], &record));
    }
    *lines += it.line;
    return NEARDUP_OK;
}

static neardup_status open_file(struct reading *r, struct ndup_corpus_source *source, struct ndup_reader **reader,
                                neardup_error *why)
{
    NDUP_TRY(ndup_reader_open(reader, source->file, r->job->options.format, NDUP_BATCH_BYTES, why));
    ndup_reader_limit_records(*reader, r->job->limits.record_bytes);
    source->format = ndup_reader_format(*reader);
    return NEARDUP_OK;
}

/* An empty file is an empty document. */
static neardup_status hold_empty(struct reading *r, struct member *m, const struct file *file, size_t at)
{
    for (; at < file->count; at++) {
        if (r->places[file->first + at].line == 1)
            NDUP_TRY(hold(r, m, &r->places[file->first + at], &(struct ndup_record){.data = ""}));
    }
    return NEARDUP_OK;
}

/* Up to the last place, or to the end or the damage of the file. *why: what the damage is. */
static neardup_status search_file(struct reading *r, struct member *m, const struct file *file,
                                  struct ndup_reader *reader, neardup_error *why)
{
    struct ndup_corpus_source *source = &r->job->corpus.sources[file->source];
    uint64_t lines = 0;
    size_t at = 0;
    while (at < file->count) {
        neardup_status st = ndup_reader_next(reader, &m->worker->batch, why);
        size_t length = m->worker->batch.len;
        if (length > 0)
            NDUP_TRY(search_batch(r, m, file, &at, &lines));
        if (st != NEARDUP_OK && at < file->count)
            return NEARDUP_OK;
        why->code = NEARDUP_OK;
        if (length == 0 && source->bytes == 0 && source->format == NEARDUP_INPUT_FILE)
            return hold_empty(r, m, file, at);
        if (st != NEARDUP_OK || length == 0)
            return NEARDUP_OK;
        source->bytes += length;
        NDUP_TRY(tell(r, m, false, NULL));
        NDUP_TRY(ndup_job_check_cancel(r->job, &m->error));
    }
    return NEARDUP_OK;
}

static neardup_status read_file(struct reading *r, struct member *m)
{
    const struct file *file = &r->files[m->file];
    struct ndup_reader *reader = NULL;
    neardup_error why = {.code = NEARDUP_OK};
    neardup_status st = NEARDUP_OK;
    if (open_file(r, &r->job->corpus.sources[file->source], &reader, &why) == NEARDUP_OK)
        st = search_file(r, m, file, reader, &why);
    ndup_reader_close(reader);
    if (st == NEARDUP_OK && (why.code == NEARDUP_E_NOMEM || why.code == NEARDUP_E_CANCELED))
        st = ndup_fail(&m->error, why.code, "%s", why.message);
    return st == NEARDUP_OK ? tell(r, m, true, why.code != NEARDUP_OK ? &why : NULL) : st;
}

static bool take_file(struct reading *r, struct member *m, bool first_member, neardup_status *st)
{
    pthread_mutex_lock(&r->lock);
    bool taken = !r->stop && r->next < r->file_count;
    if (taken)
        m->file = r->next++;
    if (taken && first_member && !ndup_job_progress(r->job, "read", r->told, r->file_count, false))
        *st = ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    pthread_mutex_unlock(&r->lock);
    return taken;
}

static void work(void *context, unsigned number)
{
    struct reading *r = context;
    struct member *m = &r->members[number];
    while (m->status == NEARDUP_OK && take_file(r, m, number == 0, &m->status)) {
        if (m->status == NEARDUP_OK)
            m->status = read_file(r, m);
    }
    if (m->status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->turn);
    pthread_mutex_unlock(&r->lock);
}

/* ---- the run ---- */

static neardup_status begin(struct reading *r, neardup_error *err)
{
    size_t count, capacity = 0;
    unsigned threads = ndup_pool_threads(r->job->pool);
    NDUP_TRY(ndup_reading_places(r->job, r->wanted, &r->places, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct file *last = r->file_count > 0 ? &r->files[r->file_count - 1] : NULL;
        if (last != NULL && last->source == r->places[i].source) {
            last->count++;
            continue;
        }
        if (!ndup_grow(&r->files, &capacity, r->file_count + 1, sizeof *r->files))
            return ndup_fail_nomem(err);
        r->files[r->file_count++] = (struct file){r->places[i].source, i, 1};
    }
    r->members = ndup_calloc(threads, sizeof *r->members);
    if (r->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++)
        r->members[t].worker = &r->job->workers[t];
    return NEARDUP_OK;
}

/* Of several failures that of the earliest file. */
static neardup_status end(struct reading *r, neardup_error *err)
{
    const struct member *first = NULL;
    for (unsigned t = 0; t < ndup_pool_threads(r->job->pool); t++) {
        const struct member *m = &r->members[t];
        if (m->status != NEARDUP_OK && (first == NULL || m->file < first->file))
            first = m;
    }
    r->job->summary.documents = r->documents;
    if (first == NULL)
        return NEARDUP_OK;
    if (err != NULL)
        *err = first->error;
    return first->status;
}

static void release(struct reading *r)
{
    for (unsigned t = 0; r->members != NULL && t < ndup_pool_threads(r->job->pool); t++) {
        free(r->members[t].found);
        ndup_buf_free(&r->members[t].held);
    }
    free(r->members);
    free(r->files);
    free(r->places);
}

static neardup_status refuse_stdin(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; i < job->files.count; i++) {
        if (strcmp(job->files.files[i].path, "-") == 0)
            return ndup_fail(err, NEARDUP_E_ARG, "standard input cannot be read again");
    }
    return NEARDUP_OK;
}

static neardup_status run(neardup_job *job, const neardup_read_options *wanted, neardup_error *err)
{
    struct reading r = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* no level is made */
    NDUP_TRY(ndup_job_prepare(job, err));
    NDUP_TRY(refuse_stdin(job, err));
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.turn, NULL);
    neardup_status st = begin(&r, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(job->pool, work, &r);
        st = end(&r, err);
    }
    release(&r);
    pthread_cond_destroy(&r.turn);
    pthread_mutex_destroy(&r.lock);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.read_seconds = job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_read(neardup_job *job, const neardup_read_options *wanted,
                                    const neardup_callbacks *callbacks, neardup_error *err)
{
    neardup_read_options own = {.struct_size = sizeof own};
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_read_options, text), wanted,
                           "neardup_read_options", err));
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job runs once: make another one");
    if (job->options.output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "texts are read, and nothing is written");
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}
