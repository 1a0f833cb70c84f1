/* SPDX-License-Identifier: MIT
 * The documents nearest to a text. Every shingle of the input is looked up in the text's set; only documents that share
 * some, and enough to be among the nearest so far, are looked at closer. */
#include "base/platform.h"

#include "engine/pipeline.h"
#include "engine/reread.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "match/verify.h"
#include "sketch/simhash.h"
#include "sketch/sketch.h"

#include <stdlib.h>
#include <string.h>

/* Bits of the filter, as powers of two: 512 bytes to 256 KiB, so that it stays in the nearest caches; and 64 bits for
 * each shingle of the query, so that about 1.6 % of foreign shingles pass. With a smaller share more are looked up in
 * the set for nothing; not swept. */
#define FILTER_LEAST 12u
#define FILTER_MOST  21u
#define FILTER_SPARE 64u

/* ---- the documents most similar to a text, as far as a search has come: by similarity, then by input order ---- */

struct near {
    double jaccard;
    uint64_t order;        /* of the document: no two are equal */
    uint64_t line, shared; /* line: in the batch, or in the file */
    uint64_t tokens;
    size_t id, id_length; /* of names, or (id a copy) of nobody */
    char *id_copy;        /* owned */
    uint32_t source;
    unsigned bands;
    int distance;
};

struct nearest {
    struct near *list;
    size_t count, capacity;
    size_t wanted;
    double floor; /* what is not above it cannot be among the wanted any more; negative: everything can */
};

static int nearest_first(const void *left, const void *right)
{
    const struct near *a = left, *b = right;
    if (a->jaccard != b->jaccard)
        return a->jaccard > b->jaccard ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorts, and drops what is not wanted. */
static void nearest_settle(struct nearest *nearest)
{
    if (nearest->count > 1)
        qsort(nearest->list, nearest->count, sizeof *nearest->list, nearest_first);
    while (nearest->count > nearest->wanted)
        free(nearest->list[--nearest->count].id_copy);
    if (nearest->count == nearest->wanted)
        nearest->floor = nearest->list[nearest->count - 1].jaccard;
}

/* Adds one, whose id_copy it takes. False: no memory, and the copy is freed. Twice as many as are wanted are held, so that
 * they are not sorted for each. */
static bool nearest_add(struct nearest *nearest, struct near near)
{
    if (!ndup_grow(&nearest->list, &nearest->capacity, nearest->count + 1, sizeof *nearest->list)) {
        free(near.id_copy);
        return false;
    }
    nearest->list[nearest->count++] = near;
    if (nearest->count / 2 >= nearest->wanted)
        nearest_settle(nearest);
    return true;
}

/* Empties it; all can be wanted again. */
static void nearest_clear(struct nearest *nearest)
{
    while (nearest->count > 0)
        free(nearest->list[--nearest->count].id_copy);
    nearest->floor = -1;
}

static void nearest_free(struct nearest *nearest)
{
    nearest_clear(nearest);
    free(nearest->list);
    nearest->list = NULL;
    nearest->capacity = 0;
}

/* ---- the search ---- */

struct searching;

struct member {
    struct searching *searching;
    struct ndup_worker *worker;
    struct ndup_simhash *simhash;
    uint32_t *signature;
    struct ndup_probe probe; /* of a document */
    struct nearest nearest;  /* of the batch */
    struct ndup_buf names;
    struct bad_query { /* records that could not be read */
        uint32_t line, record;
        const char *problem;
    } * bad;
    size_t bad_count, bad_capacity;
    double floor; /* of those found before */
    uint64_t records;
    struct ndup_counts counts;
};

struct searching {
    neardup_job *job;
    const neardup_search_options *wanted;
    struct ndup_pipeline pipeline;
    struct ndup_probe query;
    uint64_t *filter;      /* a bit each for the highest bits of the query's hashes: most others have none there */
    unsigned filter_shift; /* to these bits */
    struct ndup_sketch *minhash; /* NULL: no signatures */
    uint32_t *signature;         /* of the query */
    bool simhash;
    struct ndup_fingerprint fingerprint;
    bool skips; /* this document: */
    struct ndup_wanted skip;
    struct member *members;
    struct nearest nearest; /* of all; in turn */
};

/* ---- side by side: what a batch has ---- */

/* Shingles, with repetitions, that the query has. */
static size_t hits(const struct searching *s, const uint64_t *hashes, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = hashes[i] >> s->filter_shift;
        if (NDUP_UNLIKELY((s->filter[bit / 64] >> (bit % 64) & 1) != 0))
            n += ndup_probe_shared(&s->query, &hashes[i], 1);
    }
    return n;
}

static unsigned bands_met(const struct searching *s, const uint32_t *signature)
{
    const neardup_plan *plan = &s->job->documents.plan;
    unsigned met = 0;
    for (uint32_t i = 0; i < plan->bands; i++) {
        size_t at = (size_t)i * plan->rows;
        met += memcmp(signature + at, s->signature + at, plan->rows * sizeof *signature) == 0;
    }
    return met;
}

/* Few documents come so far: their public hashes are made only now. */
static neardup_status fill_sketch(struct member *m, const struct ndup_document *d, struct near *near,
                                  neardup_error *err)
{
    const struct searching *s = m->searching;
    struct ndup_tokens tokens;
    const uint64_t *hashes;
    size_t count;
    near->distance = NEARDUP_NO_DISTANCE;
    if (s->minhash == NULL && !s->simhash)
        return NEARDUP_OK;
    NDUP_TRY(ndup_text_tokenise(m->worker->text, d->text, d->text_length, 0, &tokens, err));
    NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    if (s->minhash != NULL) {
        ndup_sketch_compute(s->minhash, hashes, count, m->signature);
        near->bands = bands_met(s, m->signature);
    }
    if (s->simhash) {
        struct ndup_fingerprint f;
        NDUP_TRY(ndup_simhash_compute(m->simhash, hashes, count, &f, err));
        near->distance = (int)ndup_simhash_distance(f, s->fingerprint);
    }
    return NEARDUP_OK;
}

/* A document that shares at most this number of shingles. */
static neardup_status look_at(struct member *m, struct ndup_document *d, size_t tokens, const uint64_t *hashes,
                              size_t count, size_t most, neardup_error *err)
{
    const struct searching *s = m->searching;
    double floor = m->nearest.floor > m->floor ? m->nearest.floor : m->floor;
    /* The union holds the whole query. */
    if (most < s->query.count && ndup_jaccard(most, s->query.count, most) <= floor)
        return NEARDUP_OK;
    NDUP_TRY(ndup_probe_fill(&m->probe, hashes, count, err));
    struct near near = {.order = m->records, .line = d->line, .tokens = tokens};
    near.shared = ndup_probe_shared(&s->query, m->probe.distinct, m->probe.count);
    near.jaccard = ndup_jaccard(near.shared, s->query.count, m->probe.count);
    if (near.jaccard <= floor)
        return NEARDUP_OK;
    NDUP_TRY(fill_sketch(m, d, &near, err));
    near.id = m->names.len;
    near.id_length = d->id_length;
    ndup_buf_append(&m->names, d->id, d->id_length);
    return !m->names.failed && nearest_add(&m->nearest, near) ? NEARDUP_OK : ndup_fail_nomem(err);
}

static neardup_status search_record(void *context, struct ndup_document *d, neardup_error *err)
{
    struct member *m = context;
    struct ndup_tokens tokens;
    const uint64_t *hashes = NULL;
    size_t count = 0, shared;
    if (d->problem != NULL) {
        m->counts.invalid++;
        if (!ndup_grow(&m->bad, &m->bad_capacity, m->bad_count + 1, sizeof *m->bad))
            return ndup_fail_nomem(err);
        m->bad[m->bad_count++] = (struct bad_query){d->line, (uint32_t)m->records++, d->problem};
        return NEARDUP_OK;
    }
    NDUP_TRY(ndup_text_tokenise(m->worker->text, d->text, d->text_length, NDUP_DECIDE, &tokens, err));
    NDUP_TRY(ndup_text_shingle_keyed(m->worker->text, tokens.keyed, tokens.count, &hashes, &count, err));
    ndup_count_document(&m->counts, d, &tokens);
    shared = hits(m->searching, hashes, count);
    if (shared > 0)
        NDUP_TRY(look_at(m, d, tokens.count, hashes, count, shared, err));
    m->records++;
    return NEARDUP_OK;
}

/* ---- in input order: what all batches have ---- */

static bool is_skipped(const struct searching *s, uint32_t source, uint64_t line)
{
    return s->skips && s->skip.source == source && s->skip.line == line;
}

static neardup_status take(struct searching *s, const struct member *m, const struct ndup_task *task,
                           neardup_error *err)
{
    for (size_t i = 0; i < m->nearest.count; i++) {
        struct near near = m->nearest.list[i];
        near.source = task->source;
        near.line += task->lines_before + 1;
        near.order += s->pipeline.index;
        if (near.jaccard <= s->nearest.floor || is_skipped(s, task->source, near.line))
            continue;
        near.id_copy = ndup_alloc(near.id_length, 1);
        if (near.id_copy == NULL)
            return ndup_fail_nomem(err);
        if (near.id_length > 0)
            memcpy(near.id_copy, m->names.data + near.id, near.id_length);
        if (!nearest_add(&s->nearest, near))
            return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

static neardup_status report(struct searching *s, struct member *m, const struct ndup_task *task, neardup_error *err)
{
    for (size_t i = 0; i < m->bad_count; i++)
        NDUP_TRY(ndup_pipeline_report_bad(&s->pipeline, task, task->lines_before + m->bad[i].line + 1, 0,
                                          m->bad[i].problem, err));
    NDUP_TRY(take(s, m, task, err));
    s->pipeline.index += m->records;
    m->floor = s->nearest.floor;
    return NEARDUP_OK;
}

static neardup_status search_batch(void *context, unsigned number, struct ndup_task *task, neardup_error *err)
{
    struct searching *s = context;
    struct member *m = &s->members[number];
    nearest_clear(&m->nearest);
    ndup_buf_clear(&m->names);
    m->bad_count = 0;
    m->records = 0;
    NDUP_TRY(ndup_task_each(&s->pipeline, number, task, search_record, m, err));
    nearest_settle(&m->nearest);
    neardup_status st = ndup_pipeline_turn(&s->pipeline, task) ? report(s, m, task, err) : NEARDUP_OK;
    return ndup_pipeline_done(&s->pipeline, task, true, st, err);
}

/* ---- begin and end ---- */

static neardup_status begin_filter(struct searching *s, neardup_error *err)
{
    unsigned bits = FILTER_LEAST;
    while (bits < FILTER_MOST && ((uint64_t)1 << bits) / FILTER_SPARE < s->query.count)
        bits++;
    s->filter_shift = 64 - bits;
    s->filter = ndup_calloc(((size_t)1 << bits) / 64, sizeof *s->filter);
    if (s->filter == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < s->query.count; i++) {
        uint64_t bit = s->query.distinct[i] >> s->filter_shift;
        s->filter[bit / 64] |= (uint64_t)1 << (bit % 64);
    }
    return NEARDUP_OK;
}

static neardup_status begin_query(struct searching *s, neardup_error *err)
{
    const neardup_job_options *o = &s->job->options;
    const neardup_plan *plan = &s->job->documents.plan;
    struct member *first = &s->members[0];
    struct ndup_tokens tokens;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    struct ndup_text *text = s->job->workers[0].text;
    NDUP_TRY(ndup_text_tokenise(text, s->wanted->text, s->wanted->length, NDUP_KEYED, &tokens, err));
    NDUP_TRY(ndup_text_shingle_keyed(text, tokens.keyed, tokens.count, &hashes, &count, err));
    NDUP_TRY(ndup_probe_fill(&s->query, hashes, count, err));
    NDUP_TRY(ndup_text_shingle(text, tokens.hash, tokens.count, &hashes, &count, err));
    NDUP_TRY(begin_filter(s, err));
    s->simhash = o->method == NEARDUP_METHOD_SIMHASH;
    if (s->simhash)
        return ndup_simhash_compute(first->simhash, hashes, count, &s->fingerprint, err);
    if (plan->all)
        return NEARDUP_OK;
    NDUP_TRY(ndup_sketch_create(&s->minhash, plan->kind, plan->slots, o->seed, o->cpu, err));
    size_t padded = ndup_sketch_padded_slots(plan->slots);
    s->signature = ndup_alloc_aligned(padded, sizeof *s->signature);
    if (s->signature == NULL)
        return ndup_fail_nomem(err);
    ndup_sketch_compute(s->minhash, hashes, count, s->signature);
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++) {
        s->members[t].signature = ndup_alloc_aligned(padded, sizeof *s->signature);
        if (s->members[t].signature == NULL)
            return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

static neardup_status begin_skip(struct searching *s, neardup_error *err)
{
    const neardup_read_options reading = {.struct_size = sizeof reading, .places = &s->wanted->skip, .count = 1};
    struct ndup_wanted *place;
    size_t count;
    if (s->wanted->skip.file == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_reading_places(s->job, &reading, &place, &count, err));
    s->skips = count > 0;
    if (s->skips)
        s->skip = *place;
    free(place);
    return NEARDUP_OK;
}

static neardup_status begin(struct searching *s, neardup_error *err)
{
    const neardup_job_options *o = &s->job->options;
    unsigned threads = ndup_pool_threads(s->job->pool);
    size_t most = s->wanted->count < SIZE_MAX / 2 ? s->wanted->count : SIZE_MAX / 2;
    s->nearest = (struct nearest){.wanted = most, .floor = -1};
    s->members = ndup_calloc(threads, sizeof *s->members);
    if (s->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        struct member *m = &s->members[t];
        m->searching = s;
        m->worker = &s->job->workers[t];
        m->floor = -1;
        /* One more: the document that is passed over shows only later. */
        m->nearest = (struct nearest){.wanted = most + 1, .floor = -1};
        if (o->method == NEARDUP_METHOD_SIMHASH)
            NDUP_TRY(ndup_simhash_create(&m->simhash, o->simhash_bits, o->weights, o->cpu, err));
    }
    NDUP_TRY(begin_skip(s, err));
    return begin_query(s, err);
}

static neardup_status report_neighbours(struct searching *s, neardup_error *err)
{
    nearest_settle(&s->nearest);
    for (size_t i = 0; i < s->nearest.count; i++) {
        const struct near *n = &s->nearest.list[i];
        const struct ndup_file *file = s->job->corpus.sources[n->source].file;
        neardup_neighbour out = {.document = {.unit = NEARDUP_UNIT_DOCUMENT,
                                              .index = n->order,
                                              .document = n->order,
                                              .id = n->id_length > 0 ? n->id_copy : NULL,
                                              .id_length = n->id_length,
                                              .file = file->name,
                                              .line = n->line,
                                              .tokens = n->tokens,
                                              .split = file->split,
                                              .reference = file->reference},
                                 .jaccard = n->jaccard,
                                 .query_in_document = (double)n->shared / (double)s->query.count,
                                 .shared = n->shared,
                                 .bands = n->bands,
                                 .distance = n->distance};
        if (!s->wanted->neighbour(s->wanted->context, &out))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static void summarise(const struct searching *s)
{
    for (unsigned t = 0; t < ndup_pool_threads(s->job->pool); t++)
        ndup_counts_add(&s->job->summary, &s->members[t].counts);
    ndup_job_sum_bytes(s->job, s->pipeline.consumed);
}

static void release(struct searching *s)
{
    for (unsigned t = 0; s->members != NULL && t < ndup_pool_threads(s->job->pool); t++) {
        struct member *m = &s->members[t];
        ndup_simhash_destroy(m->simhash);
        free(m->signature);
        ndup_probe_free(&m->probe);
        nearest_free(&m->nearest);
        ndup_buf_free(&m->names);
        free(m->bad);
    }
    free(s->members);
    ndup_probe_free(&s->query);
    free(s->filter);
    ndup_sketch_destroy(s->minhash);
    free(s->signature);
    nearest_free(&s->nearest);
}

static neardup_status run(neardup_job *job, const neardup_search_options *wanted, neardup_error *err)
{
    struct searching s = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* nothing is compared */
    NDUP_TRY(ndup_job_prepare(job, err));
    s.pipeline = (struct ndup_pipeline){
        .job = job, .phase = "read", .order = NDUP_ORDER_BATCH, .work = search_batch, .context = &s};
    neardup_status st = begin(&s, err);
    if (st == NEARDUP_OK) {
        st = ndup_pipeline_run(&s.pipeline, err);
        summarise(&s);
    }
    if (st == NEARDUP_OK)
        st = ndup_job_check_read(job, err);
    if (st == NEARDUP_OK)
        st = report_neighbours(&s, err);
    release(&s);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.read_seconds = job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_search(neardup_job *job, const neardup_search_options *wanted,
                                      const neardup_callbacks *callbacks, neardup_error *err)
{
    neardup_search_options own = {.struct_size = sizeof own};
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_search_options, neighbour), wanted,
                           "neardup_search_options", err));
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job can run only once: create another one");
    if (job->options.output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "a search for neighbours cannot have an output folder");
    if (own.count < 1)
        return ndup_fail(err, NEARDUP_E_ARG, "the number of neighbours must be at least 1");
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}
