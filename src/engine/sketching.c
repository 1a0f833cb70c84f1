/* SPDX-License-Identifier: MIT
 * A job that sketches documents and compares nothing: the threads sketch batches side by side, and report in input order. */
#include "base/platform.h"

#include "engine/pipeline.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"

#include <inttypes.h>
#include <stdlib.h>

/* Signatures that a thread holds: then it reports them before the batch is done, since short lines with long signatures
 * would fill the memory: a batch of 2-byte lines with 4096 slots would need 8 GiB. Within THREAD_BYTES of limits.c. */
#define SIGNATURE_BYTES ((size_t)4 << 20)

struct sketched_record {
    size_t id, id_length; /* in the names; length 0: none */
    uint64_t shingles;
    uint32_t lines;        /* ndup_garbled_lines */
    uint32_t line, tokens; /* line 0-based in the batch */
    struct ndup_fingerprint fingerprint;
    const char *problem; /* a record that could not be read, or has stray bytes; static */
};

struct sketching_member {
    struct sketching *sketching;
    struct ndup_worker *worker;
    struct ndup_simhash *simhash;
    struct ndup_task *task;
    struct sketched_record *records;
    size_t count, capacity;
    uint32_t *signatures; /* padded, one a record */
    size_t signature_capacity;
    struct ndup_buf names;
    struct ndup_counts counts;
    uint64_t unreliable;
};

struct sketching {
    struct ndup_pipeline pipeline;
    neardup_job *job;
    const neardup_sketch_options *wanted;
    struct sketching_member *members;
    struct ndup_sketch *minhash; /* NULL: SimHash */
    uint32_t slots, stride;
};

/* ---- in turn: sketches and bad records ---- */

static neardup_status report_records(struct sketching *s, struct sketching_member *m, neardup_error *err)
{
    const struct ndup_file *file = s->job->corpus.sources[m->task->source].file;
    const char *name = file->name;
    for (size_t i = 0; i < m->count; i++) {
        const struct sketched_record *r = &m->records[i];
        uint64_t line = m->task->lines_before + r->line + 1, index = s->pipeline.index++;
        if (r->problem != NULL)
            NDUP_TRY(ndup_pipeline_report_bad(&s->pipeline, m->task, line, r->lines, r->problem, err));
        if (r->problem != NULL && !ndup_is_stray_problem(r->problem))
            continue;
        neardup_sketched out = {.document = {.unit = NEARDUP_UNIT_DOCUMENT,
                                             .index = index,
                                             .document = index,
                                             .id = r->id_length > 0 ? m->names.data + r->id : NULL,
                                             .id_length = r->id_length,
                                             .file = name,
                                             .line = line,
                                             .tokens = r->tokens,
                                             .split = file->split,
                                             .reference = file->reference},
                                .shingles = r->shingles,
                                .fingerprint = {r->fingerprint.low, r->fingerprint.high},
                                .signature = s->minhash != NULL ? m->signatures + i * s->stride : NULL};
        if (!s->wanted->sketched(s->wanted->context, &out))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

/* whole: the batch ends here. */
static neardup_status report(struct sketching *s, struct sketching_member *m, bool whole, neardup_error *err)
{
    neardup_status st = ndup_pipeline_turn(&s->pipeline, m->task) ? report_records(s, m, err) : NEARDUP_OK;
    st = ndup_pipeline_done(&s->pipeline, m->task, whole, st, err);
    m->count = 0;
    ndup_buf_clear(&m->names);
    return st;
}

/* ---- sketching: all threads at once ---- */

static neardup_status sketch_text(struct sketching *s, struct sketching_member *m, const struct ndup_document *d,
                                  struct sketched_record *r, neardup_error *err)
{
    struct ndup_tokens tokens;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    NDUP_TRY(ndup_text_tokenise(m->worker->text, d->text, d->text_length, false, &tokens, err));
    NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    ndup_count_document(&m->counts, d, &tokens);
    m->unreliable += s->minhash == NULL && count > 0 && ndup_simhash_is_short(m->simhash, hashes, count);
    r->shingles = count;
    r->tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX;
    if (s->minhash == NULL)
        return ndup_simhash_compute(m->simhash, hashes, count, &r->fingerprint, err);
    ndup_sketch_compute(s->minhash, hashes, count, m->signatures + m->count * s->stride);
    return NEARDUP_OK;
}

static neardup_status sketch_record(void *context, struct ndup_document *d, neardup_error *err)
{
    struct sketching_member *m = context;
    struct sketching *s = m->sketching;
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records) ||
        (s->minhash != NULL &&
         !ndup_grow(&m->signatures, &m->signature_capacity, (m->count + 1) * s->stride, sizeof *m->signatures)))
        return ndup_fail_nomem(err);
    struct sketched_record *r = &m->records[m->count];
    *r = (struct sketched_record){.line = d->line, .lines = ndup_garbled_lines(d), .problem = d->problem};
    if (d->problem != NULL) {
        m->counts.invalid++;
    } else {
        if (NDUP_UNLIKELY(d->invalid_utf8))
            r->problem = ndup_stray_problem(m->task->decoded);
        r->id = m->names.len;
        r->id_length = d->id_length;
        ndup_buf_append(&m->names, d->id, d->id_length);
        if (m->names.failed)
            return ndup_fail_nomem(err);
        NDUP_TRY(sketch_text(s, m, d, r, err));
    }
    m->count++;
    if (m->count * s->stride * sizeof *m->signatures >= SIGNATURE_BYTES)
        return report(s, m, false, err);
    return NEARDUP_OK;
}

static neardup_status sketch_batch(void *context, unsigned member, struct ndup_task *task, neardup_error *err)
{
    struct sketching *s = context;
    struct sketching_member *m = &s->members[member];
    m->task = task;
    NDUP_TRY(ndup_task_each(&s->pipeline, member, task, sketch_record, m, err));
    return report(s, m, true, err);
}

/* ---- begin and end ---- */

static neardup_status begin(struct sketching *s, neardup_error *err)
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
        s->members[t].sketching = s;
        s->members[t].worker = &s->job->workers[t];
        if (s->minhash == NULL)
            NDUP_TRY(ndup_simhash_create(&s->members[t].simhash, o->simhash_bits, o->weights, o->cpu, err));
    }
    return NEARDUP_OK;
}

static void summarise(struct sketching *s)
{
    neardup_summary *sum = &s->job->summary;
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        const struct sketching_member *m = &s->members[t];
        ndup_counts_add(sum, &m->counts);
        sum->unreliable += m->unreliable;
    }
    ndup_job_sum_bytes(s->job, s->pipeline.consumed);
}

static void release(struct sketching *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct sketching_member *m = &s->members[t];
        ndup_simhash_destroy(m->simhash);
        free(m->records);
        free(m->signatures);
        ndup_buf_free(&m->names);
    }
    free(s->members);
    ndup_sketch_destroy(s->minhash);
}

static neardup_status run(neardup_job *job, const neardup_sketch_options *wanted, neardup_error *err)
{
    struct sketching s = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* nothing is compared */
    NDUP_TRY(ndup_job_prepare(job, err));
    s.pipeline = (struct ndup_pipeline){
        .job = job, .phase = "read", .order = NDUP_ORDER_BATCH, .work = sketch_batch, .context = &s};
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        st = ndup_pipeline_run(&s.pipeline, err);
        if (st == NEARDUP_OK)
            st = ndup_corpus_check_unchanged(&job->corpus, true, err);
        summarise(&s);
    }
    if (st == NEARDUP_OK)
        st = ndup_job_check_read(job, err);
    release(&s);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.read_seconds = job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_sketch(neardup_job *job, const neardup_sketch_options *wanted,
                                      const neardup_callbacks *callbacks, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    neardup_sketch_options own = {.struct_size = sizeof own};
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_sketch_options, sketched), wanted,
                           "neardup_sketch_options", err));
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job can run only once: create another one");
    if (o->units != NEARDUP_UNIT_DOCUMENT || o->output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "sketching requires documents as the only unit, and no output folder");
    if (o->method == NEARDUP_METHOD_MINHASH && (own.slots < 1 || own.slots > NDUP_MAX_SLOTS))
        return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %" PRIu32, NDUP_MAX_SLOTS, own.slots);
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}
