/* SPDX-License-Identifier: MIT
 * A job that sketches and compares nothing. The threads take turns at reading the next batch in input order, sketch it
 * side by side, and tell what they have in that order again. So the input streams through: nothing is held back but
 * the batches at hand, and pipes and compressed files need no scratch. What it costs is that one file is decompressed
 * at a time. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 1000u /* bad records told in full; more are only counted */
/* Told before the batch is done, lest short lines with long signatures fill the memory. */
#define SIGNATURE_BYTES ((size_t)4 << 20)

struct sketched {
    size_t id, id_length; /* in the names; length 0: none */
    uint64_t shingles;
    uint32_t line, tokens; /* line 0-based in the batch */
    struct ndup_fingerprint fingerprint;
    const char *problem; /* a record that could not be read; static */
};

struct block { /* a batch, or what went wrong when there should have been one */
    uint64_t number;
    uint32_t source;
    bool none;           /* the input has ended */
    bool empty_document; /* a file without a byte, where a file is a document */
    bool failed;         /* the file cannot be read on */
    neardup_error why;
};

struct member {
    struct ndup_worker *worker;
    struct ndup_simhash *simhash;
    struct block block;
    struct sketched *records;
    size_t count, capacity;
    uint32_t *signatures; /* padded, one a record */
    size_t signature_capacity;
    struct ndup_buf names;
    uint64_t documents, empty, invalid, invalid_utf8, tokens, unreliable;
    neardup_status status;
    neardup_error error;
};

struct sketcher {
    neardup_job *job;
    const neardup_sketching *wanted;
    struct member *members;
    struct ndup_sketch *minhash; /* NULL: SimHash */
    uint32_t slots, stride;

    pthread_mutex_t reading; /* guards these */
    struct ndup_reader *reader;
    uint32_t source;     /* that it reads, or that is next */
    uint64_t next_block; /* blocks read */

    pthread_mutex_t lock; /* guards these, and the callbacks */
    pthread_cond_t turn;
    uint64_t done; /* blocks told */
    uint32_t told_source;
    uint64_t lines; /* newlines told of it */
    uint64_t index; /* of the next record */
    uint64_t notes, consumed;
    bool stop;
};

static bool stopped(struct sketcher *s)
{
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

/* ---- reading: one thread at a time ---- */

static void close_source(struct sketcher *s)
{
    ndup_reader_close(s->reader);
    s->reader = NULL;
    s->source++;
}

static bool is_empty_document(const struct sketcher *s, const struct ndup_source *source)
{
    bool guessed = s->job->options.format == NEARDUP_INPUT_AUTO && strcmp(source->file->path, "-") == 0;
    return source->format == NEARDUP_INPUT_FILE && source->bytes == 0 && !guessed;
}

static neardup_status open_source(struct sketcher *s, neardup_error *err)
{
    struct ndup_source *source = &s->job->corpus.sources[s->source];
    NDUP_TRY(ndup_reader_open(&s->reader, source->file, s->job->options.format, NDUP_BATCH_BYTES, err));
    ndup_reader_limit_records(s->reader, s->job->limits.record_bytes);
    source->format = ndup_reader_format(s->reader);
    return NEARDUP_OK;
}

/* The next batch of the source at hand. A damaged file may still give one. */
static neardup_status read_batch(struct sketcher *s, struct member *m, struct block *b)
{
    struct ndup_batch *batch = &m->worker->batch;
    struct ndup_source *source = &s->job->corpus.sources[s->source];
    uint64_t before = s->reader != NULL ? ndup_reader_consumed(s->reader) : 0;
    batch->len = 0;
    neardup_status st = s->reader == NULL ? open_source(s, &b->why) : NEARDUP_OK;
    if (st == NEARDUP_OK)
        st = ndup_reader_next(s->reader, batch, &b->why);
    if (st == NEARDUP_E_NOMEM || st == NEARDUP_E_CANCELED)
        return ndup_fail(&m->error, st, "%s", b->why.message);
    if (s->reader != NULL)
        s->consumed += ndup_reader_consumed(s->reader) - before;
    b->failed = st != NEARDUP_OK;
    b->source = s->source;
    source->bytes += batch->len;
    source->failed = b->failed;
    if (b->failed || batch->len == 0) {
        b->empty_document = !b->failed && is_empty_document(s, source);
        close_source(s);
    }
    return NEARDUP_OK;
}

static neardup_status next_block(struct sketcher *s, struct member *m)
{
    struct block *b = &m->block;
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->reading);
    do {
        *b = (struct block){.number = s->next_block, .none = s->source == s->job->corpus.source_count || stopped(s)};
        if (!b->none)
            st = read_batch(s, m, b);
    } while (st == NEARDUP_OK && !b->none && m->worker->batch.len == 0 && !b->failed && !b->empty_document);
    s->next_block += !b->none;
    pthread_mutex_unlock(&s->reading);
    return st;
}

/* ---- telling: one thread at a time, in input order ---- */

static neardup_status tell_bad(struct sketcher *s, const char *name, uint64_t line, const char *problem,
                               neardup_error *err)
{
    if (s->job->options.strict) {
        neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name, line, problem);
        if (err != NULL)
            err->line = line;
        return st;
    }
    return s->notes++ < NOTES_MAX ? ndup_job_note(s->job, NEARDUP_WARNING, name, line, problem, err) : NEARDUP_OK;
}

static neardup_status tell_records(struct sketcher *s, struct member *m)
{
    const char *name = s->job->corpus.sources[m->block.source].file->name;
    for (size_t i = 0; i < m->count; i++) {
        const struct sketched *r = &m->records[i];
        uint64_t line = s->lines + r->line + 1, index = s->index++;
        if (r->problem != NULL) {
            NDUP_TRY(tell_bad(s, name, line, r->problem, &m->error));
            continue;
        }
        neardup_sketched out = {.document = {.unit = NEARDUP_UNIT_DOCUMENT,
                                             .index = index,
                                             .document = index,
                                             .id = r->id_length > 0 ? m->names.data + r->id : NULL,
                                             .id_length = r->id_length,
                                             .file = name,
                                             .line = line,
                                             .tokens = r->tokens},
                                .shingles = r->shingles,
                                .fingerprint = {r->fingerprint.low, r->fingerprint.high},
                                .signature = s->minhash != NULL ? m->signatures + i * s->stride : NULL};
        if (!s->wanted->sketched(s->wanted->context, &out))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell_failure(struct sketcher *s, const struct block *b, neardup_error *err)
{
    const char *name = s->job->corpus.sources[b->source].file->name;
    if (!b->failed)
        return NEARDUP_OK;
    if (s->job->options.strict) {
        (void)ndup_fail(err, b->why.code, "%s: %s", name, b->why.message);
        if (err != NULL)
            err->sys_errno = b->why.sys_errno;
        return b->why.code;
    }
    s->job->summary.failed_files++;
    return ndup_job_note(s->job, NEARDUP_ERROR, name, 0, b->why.message, err);
}

/* Waits until all blocks before this one are told, and tells what the member has; lines: in the block, when it is done. */
static neardup_status tell(struct sketcher *s, struct member *m, bool whole, uint64_t lines)
{
    const struct block *b = &m->block;
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    while (s->done != b->number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    if (!s->stop) {
        if (b->source != s->told_source)
            s->lines = 0;
        s->told_source = b->source;
        st = tell_records(s, m);
        if (st == NEARDUP_OK && whole)
            st = tell_failure(s, b, &m->error);
        s->lines += lines;
        s->done += whole;
        s->stop = st != NEARDUP_OK; /* now: whoever is next must not tell */
    }
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    m->count = 0;
    ndup_buf_clear(&m->names);
    return st;
}

/* ---- sketching: all threads at once ---- */

static neardup_status sketch_text(struct sketcher *s, struct member *m, const char *text, size_t length,
                                  bool invalid_utf8, struct sketched *r, neardup_error *err)
{
    struct ndup_tokens tokens;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    NDUP_TRY(ndup_text_tokenise(m->worker->text, text, length, false, &tokens, err));
    NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    m->invalid_utf8 += invalid_utf8 || tokens.invalid_utf8;
    m->tokens += tokens.count;
    m->documents += count > 0;
    m->empty += count == 0;
    m->unreliable += s->minhash == NULL && count > 0 && count < NEARDUP_SIMHASH_RELIABLE;
    r->shingles = count;
    r->tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX;
    if (s->minhash == NULL)
        return ndup_simhash_compute(m->simhash, hashes, count, &r->fingerprint, err);
    ndup_sketch_compute(s->minhash, hashes, count, m->signatures + m->count * s->stride);
    return NEARDUP_OK;
}

static neardup_status sketch_json(struct sketcher *s, struct member *m, const struct ndup_record *record,
                                  struct sketched *r, neardup_error *err)
{
    struct ndup_json_record json;
    r->problem = ndup_json_parse(m->worker->json, record->data, record->text_len, &json);
    if (r->problem != NULL) {
        m->invalid++;
        return strcmp(r->problem, "out of memory") == 0 ? ndup_fail_nomem(err) : NEARDUP_OK;
    }
    if (json.id != NULL && json.id_len <= NDUP_BLOB_MAX) {
        r->id = m->names.len;
        r->id_length = json.id_len;
        ndup_buf_append(&m->names, json.id, json.id_len);
        if (m->names.failed)
            return ndup_fail_nomem(err);
    }
    return sketch_text(s, m, json.text, json.text_len, json.invalid_utf8, r, err);
}

static neardup_status add_record(struct sketcher *s, struct member *m, const struct ndup_record *record,
                                 neardup_input_format format, neardup_error *err)
{
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records) ||
        (s->minhash != NULL &&
         !ndup_grow(&m->signatures, &m->signature_capacity, (m->count + 1) * s->stride, sizeof *m->signatures)))
        return ndup_fail_nomem(err);
    struct sketched *r = &m->records[m->count];
    *r = (struct sketched){.line = record->line};
    if (format == NEARDUP_INPUT_JSONL)
        NDUP_TRY(sketch_json(s, m, record, r, err));
    else
        NDUP_TRY(sketch_text(s, m, record->data, record->text_len, false, r, err));
    m->count++;
    return NEARDUP_OK;
}

static neardup_status sketch_block(struct sketcher *s, struct member *m)
{
    neardup_input_format format = s->job->corpus.sources[m->block.source].format;
    struct ndup_records it = {.line = 0};
    struct ndup_record record;
    if (m->block.empty_document)
        NDUP_TRY(add_record(s, m, &(struct ndup_record){.data = ""}, format, &m->error));
    if (m->worker->batch.len > 0) {
        ndup_records_begin(&it, &m->worker->batch, format);
        while (ndup_records_next(&it, &record)) {
            NDUP_TRY(add_record(s, m, &record, format, &m->error));
            if (m->count * s->stride * sizeof *m->signatures >= SIGNATURE_BYTES)
                NDUP_TRY(tell(s, m, false, 0));
        }
    }
    return tell(s, m, true, it.line);
}

static neardup_status work(struct sketcher *s, unsigned number)
{
    struct member *m = &s->members[number];
    uint64_t total = s->job->files.has_stdin ? 0 : s->job->files.bytes;
    for (;;) {
        NDUP_TRY(next_block(s, m));
        if (m->block.none)
            return NEARDUP_OK;
        NDUP_TRY(sketch_block(s, m));
        NDUP_TRY(ndup_job_check_cancel(s->job, &m->error));
        if (number != 0)
            continue;
        pthread_mutex_lock(&s->reading);
        uint64_t consumed = s->consumed;
        pthread_mutex_unlock(&s->reading);
        pthread_mutex_lock(&s->lock);
        bool go_on = ndup_job_progress(s->job, "read", consumed, total, true);
        pthread_mutex_unlock(&s->lock);
        if (!go_on)
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
}

static void work_member(void *context, unsigned number)
{
    struct sketcher *s = context;
    s->members[number].status = work(s, number);
    if (s->members[number].status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

/* ---- begin and end ---- */

static neardup_status begin(struct sketcher *s, neardup_error *err)
{
    const neardup_job_options *o = &s->job->options;
    unsigned threads = ndup_pool_threads(s->job->pool);
    if (o->method == NEARDUP_METHOD_MINHASH) {
        NDUP_TRY(ndup_sketch_create(&s->minhash, o->kind, s->wanted->slots, o->seed, o->cpu, err));
        s->stride = ndup_sketch_padded_slots(s->wanted->slots);
    }
    s->members = ndup_calloc(threads, sizeof *s->members);
    if (s->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        s->members[t].worker = &s->job->workers[t];
        if (s->minhash == NULL)
            NDUP_TRY(ndup_simhash_create(&s->members[t].simhash, o->simhash_bits, o->weights, o->cpu, err));
    }
    return NEARDUP_OK;
}

/* Of several failures that of the earliest block, which does not depend on timing. */
static const struct member *first_failure(const struct sketcher *s)
{
    const struct member *first = NULL;
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        const struct member *m = &s->members[t];
        if (m->status != NEARDUP_OK && (first == NULL || m->block.number < first->block.number))
            first = m;
    }
    return first;
}

static neardup_status end(struct sketcher *s, neardup_error *err)
{
    neardup_summary *sum = &s->job->summary;
    const struct member *failure = first_failure(s);
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        const struct member *m = &s->members[t];
        sum->documents += m->documents;
        sum->empty += m->empty;
        sum->invalid += m->invalid;
        sum->invalid_utf8 += m->invalid_utf8;
        sum->tokens += m->tokens;
        sum->unreliable += m->unreliable;
    }
    for (size_t i = 0; i < s->job->corpus.source_count; i++)
        sum->text_bytes += s->job->corpus.sources[i].bytes;
    sum->records = sum->documents + sum->empty + sum->invalid;
    if (sum->input_bytes < s->consumed)
        sum->input_bytes = s->consumed;
    if (failure == NULL)
        return NEARDUP_OK;
    if (err != NULL)
        *err = failure->error;
    return failure->status;
}

static void release(struct sketcher *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct member *m = &s->members[t];
        ndup_simhash_destroy(m->simhash);
        free(m->records);
        free(m->signatures);
        ndup_buf_free(&m->names);
    }
    free(s->members);
    ndup_reader_close(s->reader);
    ndup_sketch_destroy(s->minhash);
}

static neardup_status run(neardup_job *job, const neardup_sketching *wanted, neardup_error *err)
{
    struct sketcher s = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* no level is made */
    NDUP_TRY(ndup_job_prepare(job, err));
    pthread_mutex_init(&s.reading, NULL);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turn, NULL);
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(job->pool, work_member, &s);
        st = end(&s, err);
    }
    release(&s);
    pthread_cond_destroy(&s.turn);
    pthread_mutex_destroy(&s.lock);
    pthread_mutex_destroy(&s.reading);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.read_seconds = job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_sketch(neardup_job *job, const neardup_sketching *sketching,
                                      const neardup_callbacks *callbacks, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job runs once: make another one");
    if (o->units != NEARDUP_UNIT_DOCUMENT || o->output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "only documents are sketched, and nothing is written");
    if (o->method == NEARDUP_METHOD_MINHASH && (sketching->slots < 1 || sketching->slots > NDUP_MAX_SLOTS))
        return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %" PRIu32, NDUP_MAX_SLOTS, sketching->slots);
    job->ran = true;
    if (callbacks != NULL)
        job->callbacks = *callbacks;
    return run(job, sketching, err);
}
