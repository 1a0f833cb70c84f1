/* SPDX-License-Identifier: MIT
 * Documents pass by the index: those of the first split as they are read, those of the others, whose sets are in memory
 * anyway, from there (and so from pipes, too). */
#include "base/platform.h"

#include "engine/leaks/leaks.h"

#include "base/error.h"
#include "base/mem.h"

/* Documents of the other splits that a thread takes at a time. */
#define STEP 256u

/* ---- the first split ---- */

static void take_place(struct ndup_leak_look *k, struct ndup_document *d, const struct ndup_tokens *tokens)
{
    const struct ndup_leaks_member *m = k->m;
    k->place = (struct ndup_leak_place){
        .row = m->rows - 1,
        .line = (uint64_t)d->line + 1,
        .source = m->task->source,
        .tokens = tokens->count < UINT32_MAX ? (uint32_t)tokens->count : UINT32_MAX,
        .id_length = (uint32_t)d->id_length,
        .group_length = (uint32_t)d->group_length,
        .content = ndup_text_digest(tokens->hash, tokens->count),
    };
    k->id = d->id;
    k->group = d->group;
    /* A batch has fewer than 2^32 records, of a byte or more each. */
    k->order = m->task->number << 32 | (m->rows - 1);
}

/* One that cannot be read, or (problem NULL) has no token: to be reported when it is the batch's turn. */
static neardup_status note_odd(struct ndup_leaks_member *m, struct ndup_document *d, neardup_error *err)
{
    m->counts.invalid += d->problem != NULL;
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records))
        return ndup_fail_nomem(err);
    m->records[m->count++] = (struct ndup_leaks_record){.line = d->line, .problem = d->problem};
    return NEARDUP_OK;
}

static neardup_status find_in_record(void *context, struct ndup_document *d, neardup_error *err)
{
    struct ndup_leaks_member *m = context;
    struct ndup_leak_look look = {.l = m->leaks, .m = m};
    struct ndup_tokens tokens;
    const uint64_t *hashes;
    size_t count;
    m->rows++;
    if (d->problem != NULL)
        return note_odd(m, d, err);
    NDUP_TRY(ndup_leaks_tokenise(m, d, &tokens, err));
    if (tokens.count == 0)
        return note_odd(m, d, err);
    if (m->leaks->text_count == 0)
        return NEARDUP_OK;
    take_place(&look, d, &tokens);
    NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    ndup_seeker_take(m->seekers[NDUP_LEAKS_NEAR], hashes, count);
    NDUP_TRY(ndup_leaks_contained_shingles(m, d, &tokens, &hashes, &count, err));
    ndup_seeker_take(m->seekers[NDUP_LEAKS_CONTAINED], hashes, count);
    return ndup_leaks_look(&look, err);
}

/* Now the rows and lines before the batch are known. */
static void mend_places(struct ndup_leaks_member *m)
{
    const struct ndup_leaks *l = m->leaks;
    for (size_t i = 0; i < m->made_count; i++) {
        m->made[i]->place.row += l->job->corpus.sources[m->task->source].rows;
        m->made[i]->place.line += m->task->lines_before;
    }
}

static neardup_status report_batch(struct ndup_leaks_member *m, neardup_error *err)
{
    struct ndup_leaks *l = m->leaks;
    for (size_t i = 0; i < m->count; i++) {
        uint64_t line = m->task->lines_before + m->records[i].line + 1;
        const char *problem = m->records[i].problem;
        NDUP_TRY(problem != NULL ? ndup_pipeline_report_bad(&l->pipeline, m->task, line, problem, err)
                                 : ndup_job_report_empty(l->job, m->task->source, line, err));
    }
    mend_places(m);
    ndup_leaks_count(m);
    return NEARDUP_OK;
}

static void let_go(struct ndup_leaks_member *m)
{
    for (size_t i = 0; i < m->made_count; i++)
        ndup_leaks_release(m->made[i]);
    m->made_count = 0;
}

static neardup_status find_in_batch(void *context, unsigned member, struct ndup_task *task, neardup_error *err)
{
    struct ndup_leaks *l = context;
    struct ndup_leaks_member *m = &l->members[member];
    m->task = task;
    NDUP_TRY(ndup_task_each(&l->pipeline, member, task, find_in_record, m, err));
    neardup_status st = ndup_pipeline_turn(&l->pipeline, task) ? report_batch(m, err) : NEARDUP_OK;
    st = ndup_pipeline_done(&l->pipeline, task, true, st, err);
    let_go(m);
    m->count = 0;
    return st;
}

/* ---- the others ---- */

static neardup_status find_in_document(struct ndup_leaks_member *m, uint64_t number, neardup_error *err)
{
    struct ndup_leaks *l = m->leaks;
    const struct ndup_leak_document *d = &l->documents[number];
    struct ndup_leak_look look = {.l = l,
                                  .m = m,
                                  .place = d->place,
                                  .id = d->names,
                                  .group = d->names + d->place.id_length,
                                  .order = number,
                                  .split = l->job->corpus.sources[d->place.source].file->split};
    for (unsigned side = 0; side < NDUP_LEAKS_SIDES; side++) {
        const struct ndup_set_index_set *set = &l->sides[side].sets[d->text];
        if (m->seekers[side] != NULL)
            ndup_seeker_take(m->seekers[side], set->hashes, set->count);
    }
    neardup_status st = ndup_leaks_look(&look, err);
    let_go(m);
    return st;
}

static neardup_status find_in_documents(struct ndup_leaks *l, unsigned member, neardup_error *err)
{
    struct ndup_leaks_member *m = &l->members[member];
    uint64_t begin;
    while (!atomic_load(&l->stop) && (begin = atomic_fetch_add(&l->next, STEP)) < l->document_count) {
        uint64_t end = l->document_count - begin < STEP ? l->document_count : begin + STEP;
        for (uint64_t i = begin; i < end; i++)
            NDUP_TRY(find_in_document(m, i, err));
        NDUP_TRY(ndup_job_check_cancel(l->job, err));
        if (member == 0 && !ndup_job_progress(l->job, "match", begin, l->document_count, false))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static void find_in_documents_member(void *context, unsigned member)
{
    struct ndup_leaks *l = context;
    struct ndup_leaks_member *m = &l->members[member];
    m->status = find_in_documents(l, member, &m->error);
    if (m->status != NEARDUP_OK)
        atomic_store(&l->stop, true);
}

static neardup_status find_in_others(struct ndup_leaks *l, neardup_error *err)
{
    ndup_pool_run(l->job->pool, find_in_documents_member, l);
    for (unsigned t = 0; t < ndup_pool_threads(l->job->pool); t++) {
        if (l->members[t].status != NEARDUP_OK) {
            if (err != NULL)
                *err = l->members[t].error;
            return l->members[t].status;
        }
    }
    return NEARDUP_OK;
}

static bool is_other_split(const void *context, uint32_t source)
{
    const struct ndup_leaks *l = context;
    return l->job->corpus.sources[source].file->split != 0;
}

neardup_status ndup_leaks_find(struct ndup_leaks *l, neardup_error *err)
{
    uint64_t notes = l->pipeline.notes;
    /* With two splits the only other one is the one whose texts are looked for. */
    if (l->splits > 2)
        NDUP_TRY(find_in_others(l, err));
    l->pipeline = (struct ndup_pipeline){.job = l->job,
                                         .phase = "match",
                                         .order = NDUP_ORDER_BATCH,
                                         .work = find_in_batch,
                                         .skip = is_other_split,
                                         .context = l,
                                         .notes = notes};
    return ndup_pipeline_run(&l->pipeline, err);
}
