/* SPDX-License-Identifier: MIT
 * Sketching itself, by all threads at once, and the run around it. */
#include "base/platform.h"

#include "engine/sketching.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"

#include <inttypes.h>
#include <stdlib.h>

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

static neardup_status sketch_record(void *context, const struct ndup_turn_record *record, neardup_error *err)
{
    struct ndup_sketching_member *m = context;
    struct ndup_sketching *s = m->sketching;
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records) ||
        (s->minhash != NULL &&
         !ndup_grow(&m->signatures, &m->signature_capacity, (m->count + 1) * s->stride, sizeof *m->signatures)))
        return ndup_fail_nomem(err);
    struct ndup_sketched_record *r = &m->records[m->count];
    *r = (struct ndup_sketched_record){.line = record->line, .problem = record->problem};
    if (record->problem != NULL) {
        m->invalid++;
    } else {
        r->id = m->names.len;
        r->id_length = record->id_length;
        ndup_buf_append(&m->names, record->id, record->id_length);
        if (m->names.failed)
            return ndup_fail_nomem(err);
        NDUP_TRY(sketch_text(s, m, record->text, record->length, record->invalid_utf8, r, err));
    }
    m->count++;
    if (m->count * s->stride * sizeof *m->signatures >= SIGNATURE_BYTES)
        return ndup_sketching_tell(s, m, false, 0, err);
    return NEARDUP_OK;
}

static neardup_status sketch_block(void *context, unsigned member, const struct ndup_turn *turn, neardup_error *err)
{
    struct ndup_sketching *s = context;
    struct ndup_sketching_member *m = &s->members[member];
    uint64_t lines;
    m->turn = turn;
    NDUP_TRY(ndup_turns_each(&s->turns, member, sketch_record, m, &lines, err));
    return ndup_sketching_tell(s, m, true, lines, err);
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
        s->members[t].sketching = s;
        s->members[t].worker = &s->job->workers[t];
        if (s->minhash == NULL)
            NDUP_TRY(ndup_simhash_create(&s->members[t].simhash, o->simhash_bits, o->weights, o->cpu, err));
    }
    return NEARDUP_OK;
}

static void summarise(struct ndup_sketching *s)
{
    neardup_summary *sum = &s->job->summary;
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
    if (sum->input_bytes < s->turns.consumed)
        sum->input_bytes = s->turns.consumed;
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
    ndup_sketch_destroy(s->minhash);
}

static neardup_status run(neardup_job *job, const neardup_sketch_options *wanted, neardup_error *err)
{
    struct ndup_sketching s = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* no level is made */
    NDUP_TRY(ndup_job_prepare(job, err));
    s.turns = (struct ndup_turns){.job = job, .phase = "read", .work = sketch_block, .context = &s};
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        st = ndup_turns_run(&s.turns, err);
        summarise(&s);
    }
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
        return ndup_fail(err, NEARDUP_E_ARG, "a job runs once: make another one");
    if (o->units != NEARDUP_UNIT_DOCUMENT || o->output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "only documents are sketched, and nothing is written");
    if (o->method == NEARDUP_METHOD_MINHASH && (own.slots < 1 || own.slots > NDUP_MAX_SLOTS))
        return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %" PRIu32, NDUP_MAX_SLOTS, own.slots);
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}
