/* SPDX-License-Identifier: MIT
 * The run that looks for texts of one split in another: its begin, its phases, its end. */
#include "base/platform.h"

#include "engine/leaks/leaks.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"

#include <stdlib.h>

/* ---- begin ---- */

static neardup_status begin(struct ndup_leaks *l, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(l->job->pool);
    l->members = ndup_calloc(threads, sizeof *l->members);
    l->split_documents = ndup_calloc(l->splits, sizeof *l->split_documents);
    l->split_tokens = ndup_calloc(l->splits, sizeof *l->split_tokens);
    l->split_short = ndup_calloc(l->splits, sizeof *l->split_short);
    if (l->members == NULL || l->split_documents == NULL || l->split_tokens == NULL || l->split_short == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        l->members[t].leaks = l;
        l->members[t].worker = &l->job->workers[t];
        NDUP_TRY(ndup_text_create(&l->members[t].text, &l->wanted->profile, l->job->options.cpu, err));
    }
    return NEARDUP_OK;
}

static neardup_status make_index(struct ndup_leaks *l, neardup_error *err)
{
    if (l->text_count == 0)
        return NEARDUP_OK;
    l->best = ndup_calloc(l->text_count * l->splits, sizeof *l->best);
    if (l->best == NULL)
        return ndup_fail_nomem(err);
    for (unsigned i = 0; i < NDUP_LEAKS_SIDES; i++) {
        struct ndup_leaks_side *side = &l->sides[i];
        NDUP_TRY(ndup_set_index_create(&side->sought, side->sets, (uint32_t)l->text_count, l->job->pool, err));
        side->floors =
            ndup_calloc((size_t)ndup_set_index_cohorts(side->sought) * l->splits, sizeof(struct ndup_leak_floor));
        size_t reaches = (size_t)ndup_set_index_groups(side->sought) * l->splits;
        side->reach = ndup_alloc(reaches, sizeof *side->reach);
        if (side->floors == NULL || side->reach == NULL)
            return ndup_fail_nomem(err);
        for (size_t k = 0; k < reaches; k++)
            atomic_init(&side->reach[k], UINT32_MAX);
        for (unsigned t = 0; t < ndup_pool_threads(l->job->pool); t++)
            NDUP_TRY(ndup_seeker_create(&l->members[t].seekers[i], side->sought, err));
    }
    return NEARDUP_OK;
}

/* ---- end ---- */

static void make_ref(const struct ndup_leaks *l, const struct ndup_leak_place *place, const char *names,
                     neardup_ref *ref)
{
    const struct ndup_corpus_source *source = &l->job->corpus.sources[place->source];
    uint64_t index = source->first_row + place->row;
    *ref = (neardup_ref){.unit = NEARDUP_UNIT_DOCUMENT,
                         .index = index,
                         .document = index,
                         .id = place->id_length > 0 ? names : NULL,
                         .id_length = place->id_length,
                         .file = source->file->name,
                         .line = place->line,
                         .tokens = place->tokens,
                         .group = place->group_length > 0 ? names + place->id_length : NULL,
                         .group_length = place->group_length,
                         .split = source->file->split,
                         .path = source->file->feed == NULL ? source->file->path : NULL};
    if (l->job->options.contents)
        ref->content = (neardup_content){place->content.high64, place->content.low64};
}

static void number_rows(neardup_job *job)
{
    uint64_t row = 0;
    for (size_t i = 0; i < job->corpus.source_count; i++) {
        job->corpus.sources[i].first_row = row;
        row += job->corpus.sources[i].rows;
    }
}

static neardup_status tell_document(const struct ndup_leaks *l, const struct ndup_leak_document *d, neardup_error *err)
{
    neardup_leak leak;
    make_ref(l, &d->place, d->names, &leak.document);
    for (uint32_t split = 0; split < l->splits; split++) {
        const struct ndup_leak_best *best = &l->best[(size_t)d->text * l->splits + split];
        uint64_t score = atomic_load_explicit(&best->score, memory_order_relaxed);
        if (split == leak.document.split || best->source == NULL)
            continue;
        make_ref(l, &best->source->place, best->source->names, &leak.source);
        leak.reason = score >= ndup_leak_score(NDUP_LEAK_EXACT, 0)  ? NEARDUP_EXACT
                      : score >= ndup_leak_score(NDUP_LEAK_NEAR, 0) ? NEARDUP_NEAR
                                                                    : NEARDUP_CONTAINED;
        leak.jaccard = best->jaccard;
        leak.containment = best->containment;
        if (l->wanted->leak != NULL && !l->wanted->leak(l->wanted->context, &leak))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell(const struct ndup_leaks *l, neardup_error *err)
{
    number_rows(l->job);
    for (size_t i = 0; i < l->document_count; i++) {
        NDUP_TRY(tell_document(l, &l->documents[i], err));
        if (i % 1024 == 0)
            NDUP_TRY(ndup_job_check_cancel(l->job, err));
    }
    return NEARDUP_OK;
}

static void summarise(struct ndup_leaks *l)
{
    for (uint32_t s = 0; s < l->splits; s++) {
        if (l->wanted->split_documents != NULL)
            l->wanted->split_documents[s] = l->split_documents[s];
        if (l->wanted->split_tokens != NULL)
            l->wanted->split_tokens[s] = l->split_tokens[s];
        if (l->wanted->split_short != NULL)
            l->wanted->split_short[s] = l->split_short[s];
    }
}

static void release(struct ndup_leaks *l)
{
    for (unsigned t = 0; l->members != NULL && t < ndup_pool_threads(l->job->pool); t++) {
        struct ndup_leaks_member *m = &l->members[t];
        ndup_text_destroy(m->text);
        ndup_probe_free(&m->probe);
        ndup_buf_free(&m->names);
        for (size_t i = 0; i < m->made_count; i++)
            ndup_leaks_release(m->made[i]);
        free(m->made);
        free(m->records);
        free(m->hashes);
        for (unsigned i = 0; i < NDUP_LEAKS_SIDES; i++)
            ndup_seeker_free(m->seekers[i]);
    }
    free(l->members);
    for (size_t i = 0; l->best != NULL && i < l->text_count * l->splits; i++)
        ndup_leaks_release(l->best[i].source);
    free(l->best);
    for (unsigned i = 0; i < NDUP_LEAKS_SIDES; i++) {
        ndup_set_index_free(l->sides[i].sought);
        free(l->sides[i].sets);
        free(l->sides[i].floors);
        free(l->sides[i].reach);
    }
    free(l->documents);
    free(l->texts);
    free(l->slots);
    free(l->split_documents);
    free(l->split_tokens);
    free(l->split_short);
    ndup_arena_free(&l->arena);
}

/* ---- all of it ---- */

static neardup_status run_phases(struct ndup_leaks *l, neardup_error *err)
{
    neardup_summary *sum = &l->job->summary;
    double start = ndup_sys_seconds();
    NDUP_TRY(begin(l, err));
    neardup_status st = ndup_leaks_collect(l, err);
    uint64_t consumed = l->pipeline.consumed;
    sum->read_seconds = ndup_sys_seconds() - start;
    if (st == NEARDUP_OK)
        st = make_index(l, err);
    if (st == NEARDUP_OK) {
        st = ndup_leaks_find(l, err);
        consumed += l->pipeline.consumed;
    }
    sum->match_seconds = ndup_sys_seconds() - start - sum->read_seconds;
    ndup_job_sum_bytes(l->job, consumed);
    summarise(l);
    return st == NEARDUP_OK ? tell(l, err) : st;
}

static neardup_status run(neardup_job *job, const neardup_leak_options *wanted, neardup_error *err)
{
    struct ndup_leaks l = {.job = job, .wanted = wanted, .splits = (uint32_t)job->split_count};
    double start = ndup_sys_seconds();
    l.contained = wanted->containment > 0;
    l.other_tokens = wanted->profile.tokens != job->options.profile.tokens && l.contained;
    job->options.units = 0; /* no level is made */
    NDUP_TRY(ndup_job_prepare(job, err));
    /* A record is in memory as tokens and shingles of both profiles, and as two sets. */
    job->limits.record_bytes = (size_t)(job->limits.budget / 32);
    for (unsigned i = 0; i < NDUP_LEAKS_LOCKS; i++) {
        pthread_mutex_init(&l.locks[i], NULL);
        pthread_mutex_init(&l.floor_locks[i], NULL);
    }
    neardup_status st = run_phases(&l, err);
    release(&l);
    for (unsigned i = 0; i < NDUP_LEAKS_LOCKS; i++) {
        pthread_mutex_destroy(&l.locks[i]);
        pthread_mutex_destroy(&l.floor_locks[i]);
    }
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_leaks(neardup_job *job, const neardup_leak_options *wanted,
                                     const neardup_callbacks *callbacks, neardup_error *err)
{
    const neardup_job_options *o = &job->options;
    neardup_leak_options own = NEARDUP_LEAK_OPTIONS_INIT;
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_leak_options, split_short), wanted,
                           "neardup_leak_options", err));
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job can run only once: create another one");
    if (o->units != NEARDUP_UNIT_DOCUMENT || o->output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "a search for leaks requires documents as the only unit, and no output folder");
    if (job->split_count < 2)
        return ndup_fail(err, NEARDUP_E_ARG, "a search for leaks requires at least two splits");
    for (size_t i = 0; i < job->input_count; i++) {
        if (job->inputs[i].reference)
            return ndup_fail(err, NEARDUP_E_ARG, "a search for leaks cannot have references");
    }
    if (!(own.containment >= 0 && own.containment <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "the containment of leaks must be from 0 to 1, not %g", own.containment);
    if (neardup_profile_fingerprint(&own.profile) == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "invalid profile of leaks (ngram %u)", own.profile.ngram);
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}
