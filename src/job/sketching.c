/* SPDX-License-Identifier: MIT
 * Sketching itself, by all threads at once, and the run around it. */
#include "base/platform.h"

#include "job/sketching.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Told before the batch is done, lest short lines with long signatures fill the memory. */
#define SIGNATURE_BYTES ((size_t)4 << 20)

/* ---- sketching: all threads at once ---- */

static neardup_status sketch_text(struct ndup_sketching *s, struct ndup_sketching_member *m, const char *text,
                                  size_t length, bool invalid_utf8, struct ndup_sketched_record *r, neardup_error *err)
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

static neardup_status sketch_json(struct ndup_sketching *s, struct ndup_sketching_member *m,
                                  const struct ndup_record *record, struct ndup_sketched_record *r, neardup_error *err)
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

static neardup_status add_record(struct ndup_sketching *s, struct ndup_sketching_member *m,
                                 const struct ndup_record *record, neardup_input_format format, neardup_error *err)
{
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records) ||
        (s->minhash != NULL &&
         !ndup_grow(&m->signatures, &m->signature_capacity, (m->count + 1) * s->stride, sizeof *m->signatures)))
        return ndup_fail_nomem(err);
    struct ndup_sketched_record *r = &m->records[m->count];
    *r = (struct ndup_sketched_record){.line = record->line};
    if (format == NEARDUP_INPUT_JSONL)
        NDUP_TRY(sketch_json(s, m, record, r, err));
    else
        NDUP_TRY(sketch_text(s, m, record->data, record->text_len, false, r, err));
    m->count++;
    return NEARDUP_OK;
}

static neardup_status sketch_block(struct ndup_sketching *s, struct ndup_sketching_member *m)
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
                NDUP_TRY(ndup_sketching_tell(s, m, false, 0));
        }
    }
    return ndup_sketching_tell(s, m, true, it.line);
}

static neardup_status work(struct ndup_sketching *s, unsigned number)
{
    struct ndup_sketching_member *m = &s->members[number];
    uint64_t total = s->job->files.has_stdin ? 0 : s->job->files.bytes;
    for (;;) {
        NDUP_TRY(ndup_sketching_next(s, m));
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
    struct ndup_sketching *s = context;
    s->members[number].status = work(s, number);
    if (s->members[number].status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

/* ---- begin and end ---- */

static neardup_status begin(struct ndup_sketching *s, neardup_error *err)
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
static const struct ndup_sketching_member *first_failure(const struct ndup_sketching *s)
{
    const struct ndup_sketching_member *first = NULL;
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        const struct ndup_sketching_member *m = &s->members[t];
        if (m->status != NEARDUP_OK && (first == NULL || m->block.number < first->block.number))
            first = m;
    }
    return first;
}

static neardup_status end(struct ndup_sketching *s, neardup_error *err)
{
    neardup_summary *sum = &s->job->summary;
    const struct ndup_sketching_member *failure = first_failure(s);
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        const struct ndup_sketching_member *m = &s->members[t];
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

static void release(struct ndup_sketching *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct ndup_sketching_member *m = &s->members[t];
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
    struct ndup_sketching s = {.job = job, .wanted = wanted};
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
