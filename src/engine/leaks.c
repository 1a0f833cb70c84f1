/* SPDX-License-Identifier: MIT
 * The run that looks for texts of one split in another: its begin, its phases, its end. */
#include "base/platform.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/leaks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- collecting ---- */

/* The texts that are looked for: every distinct one once, as sets of shingles. The threads make the sets, and in their
 * turn put those of new texts into the arena, so that texts are numbered in input order. */

/* ---- collecting: all threads at once ---- */

neardup_status ndup_leaks_tokenise(struct ndup_leaks_member *m, struct ndup_document *d, struct ndup_tokens *tokens,
                                   neardup_error *err)
{
    NDUP_TRY(ndup_text_tokenise(m->worker->text, d->text, d->text_length,
                                NDUP_DECIDE | NDUP_FORM | (m->leaks->job->options.contents ? (unsigned)NDUP_WORDS : 0),
                                tokens, err));
    ndup_count_document(&m->counts, d, tokens);
    return NEARDUP_OK;
}

/* With marks, texts with the same tokens are exact copies, and have no form. */
neardup_status ndup_leaks_exact_form(struct ndup_leaks_member *m, const char *text, size_t length, uint64_t *form,
                                     neardup_error *err)
{
    if (*form == 0 || ndup_form_is_plain(*form))
        return NEARDUP_OK;
    return ndup_text_exact_form(m->exact, text, length, false, form, err);
}

neardup_status ndup_leaks_contained_shingles(struct ndup_leaks_member *m, struct ndup_document *d,
                                             struct ndup_tokens *tokens, const uint64_t **hashes, size_t *count,
                                             neardup_error *err)
{
    *hashes = NULL;
    *count = 0;
    if (m->leaks->other_tokens)
        NDUP_TRY(ndup_text_tokenise(m->text, d->text, d->text_length, NDUP_DECIDE, tokens, err));
    if (!m->leaks->contained || tokens->count < m->leaks->wanted->profile.ngram)
        return NEARDUP_OK;
    return ndup_text_shingle_keyed(m->text, tokens->keyed, tokens->count, hashes, count, err);
}

static neardup_status add_set(struct ndup_leaks_member *m, const uint64_t *hashes, size_t count, uint32_t *distinct,
                              neardup_error *err)
{
    NDUP_TRY(ndup_probe_fill(&m->probe, hashes, count, err));
    size_t n = m->probe.count;
    if (n >= UINT32_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "a text has too many shingles");
    if (!ndup_grow(&m->hashes, &m->hash_capacity, m->hash_count + n, sizeof *m->hashes))
        return ndup_fail_nomem(err);
    if (n > 0)
        memcpy(m->hashes + m->hash_count, m->probe.distinct, n * sizeof *m->hashes);
    m->hash_count += n;
    *distinct = (uint32_t)n;
    return NEARDUP_OK;
}

static neardup_status make_sets(struct ndup_leaks_member *m, struct ndup_document *d, struct ndup_leaks_record *r,
                                neardup_error *err)
{
    struct ndup_tokens tokens;
    const uint64_t *hashes;
    size_t count;
    NDUP_TRY(ndup_leaks_tokenise(m, d, &tokens, err));
    r->tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX;
    if (tokens.count == 0)
        return NEARDUP_OK;
    r->digest = ndup_text_digest(m->worker->text, tokens.keyed, tokens.count);
    r->content = ndup_text_content(tokens.words);
    r->form = tokens.form;
    NDUP_TRY(ndup_leaks_exact_form(m, d->text, d->text_length, &r->form, err));
    r->hashes = m->hash_count;
    NDUP_TRY(ndup_text_shingle_keyed(m->worker->text, tokens.keyed, tokens.count, &hashes, &count, err));
    NDUP_TRY(add_set(m, hashes, count, &r->counts[NDUP_LEAKS_NEAR], err));
    NDUP_TRY(ndup_leaks_contained_shingles(m, d, &tokens, &hashes, &count, err));
    if (m->leaks->other_tokens)
        r->other = ndup_text_digest(m->text, tokens.keyed, tokens.count);
    return add_set(m, hashes, count, &r->counts[NDUP_LEAKS_CONTAINED], err);
}

static neardup_status collect_record(void *context, struct ndup_document *d, neardup_error *err)
{
    struct ndup_leaks_member *m = context;
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records))
        return ndup_fail_nomem(err);
    struct ndup_leaks_record *r = &m->records[m->count++];
    *r = (struct ndup_leaks_record){
        .line = d->line, .lines = ndup_garbled_lines(d), .problem = d->problem, .names = m->names.len};
    m->rows++;
    m->counts.invalid += d->problem != NULL;
    if (d->problem != NULL)
        return NEARDUP_OK;
    if (NDUP_UNLIKELY(d->invalid_utf8))
        r->problem = ndup_stray_problem(m->task->decoded);
    r->id_length = (uint32_t)d->id_length;
    r->group_length = (uint32_t)d->group_length;
    ndup_buf_append(&m->names, d->id, d->id_length);
    ndup_buf_append(&m->names, d->group, d->group_length);
    if (m->names.failed)
        return ndup_fail_nomem(err);
    return make_sets(m, d, r, err);
}

/* ---- collecting: texts by content ---- */

static size_t slot_of(const struct ndup_leaks *l, struct ndup_digest digest)
{
    size_t slot = digest.low & (l->slot_count - 1);
    while (l->slots[slot] != 0 && !ndup_digest_equal(l->texts[l->slots[slot] - 1].digest, digest))
        slot = (slot + 1) & (l->slot_count - 1);
    return slot;
}

uint32_t ndup_leaks_text(const struct ndup_leaks *l, struct ndup_digest digest)
{
    return l->slot_count == 0 ? NDUP_LEAKS_NO_TEXT : l->slots[slot_of(l, digest)] - 1;
}

/* Room for one more, at most half full. */
static neardup_status make_room(struct ndup_leaks *l, neardup_error *err)
{
    if (l->text_count >= NDUP_LEAKS_NO_TEXT - 1)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than %" PRIu32 " texts to search for", NDUP_LEAKS_NO_TEXT - 2);
    if (!ndup_grow(&l->texts, &l->text_capacity, l->text_count + 1, sizeof *l->texts))
        return ndup_fail_nomem(err);
    for (unsigned side = 0; side < NDUP_LEAKS_SIDES; side++) {
        struct ndup_leaks_side *s = &l->sides[side];
        if (!ndup_grow(&s->sets, &s->set_capacity, l->text_count + 1, sizeof *s->sets))
            return ndup_fail_nomem(err);
    }
    if (2 * (l->text_count + 1) <= l->slot_count)
        return NEARDUP_OK;
    size_t larger = l->slot_count > 0 ? 2 * l->slot_count : 1024;
    uint32_t *slots = ndup_calloc(larger, sizeof *slots), *old = l->slots;
    size_t old_count = l->slot_count;
    if (slots == NULL)
        return ndup_fail_nomem(err);
    l->slots = slots;
    l->slot_count = larger;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0)
            slots[slot_of(l, l->texts[old[i] - 1].digest)] = old[i];
    }
    free(old);
    return NEARDUP_OK;
}

static neardup_status put_set(struct ndup_leaks *l, unsigned side, const uint64_t *hashes, uint32_t count, double share,
                              neardup_error *err)
{
    struct ndup_leaks_side *s = &l->sides[side];
    struct ndup_set_index_set *set = &s->sets[l->text_count];
    *set = (struct ndup_set_index_set){.count = count};
    if (count == 0)
        return NEARDUP_OK;
    set->hashes = ndup_arena_alloc(&l->arena, count, sizeof *set->hashes);
    if (set->hashes == NULL)
        return ndup_fail_nomem(err);
    memcpy(set->hashes, hashes, count * sizeof *set->hashes);
    set->need = ndup_share_least(share, count);
    s->shingles += count;
    s->largest = count > s->largest ? count : s->largest;
    s->prefixes += count - set->need + 1;
    return NEARDUP_OK;
}

/* The text of a record, a new one if need be. */
static neardup_status find_text(struct ndup_leaks *l, const struct ndup_leaks_record *r, const uint64_t *hashes,
                                uint32_t *text, neardup_error *err)
{
    NDUP_TRY(make_room(l, err));
    size_t slot = slot_of(l, r->digest);
    uint32_t first = l->slots[slot] - 1;
    for (*text = first; *text != NDUP_LEAKS_NO_TEXT; *text = l->texts[*text].next) {
        if (ndup_digest_equal(l->texts[*text].other, r->other))
            return NEARDUP_OK;
    }
    NDUP_TRY(put_set(l, NDUP_LEAKS_NEAR, hashes, r->counts[0], l->job->options.threshold, err));
    NDUP_TRY(put_set(l, NDUP_LEAKS_CONTAINED, hashes + r->counts[0], r->counts[1], l->wanted->containment, err));
    *text = (uint32_t)l->text_count++;
    l->texts[*text] = (struct ndup_leak_text){r->digest, r->other, NDUP_LEAKS_NOWHERE, first};
    l->slots[slot] = *text + 1;
    return NEARDUP_OK;
}

/* ---- collecting: in turn ---- */

static neardup_status put_document(struct ndup_leaks_member *m, const struct ndup_leaks_record *r, uint64_t row,
                                   neardup_error *err)
{
    struct ndup_leaks *l = m->leaks;
    uint32_t text, split = l->job->corpus.sources[m->task->source].file->split;
    size_t names = (size_t)r->id_length + r->group_length;
    if (!ndup_grow(&l->documents, &l->document_capacity, l->document_count + 1, sizeof *l->documents))
        return ndup_fail_nomem(err);
    NDUP_TRY(find_text(l, r, m->hashes + r->hashes, &text, err));
    char *copy = ndup_arena_alloc(&l->arena, names, 1);
    if (copy == NULL)
        return ndup_fail_nomem(err);
    if (names > 0)
        memcpy(copy, m->names.data + r->names, names);
    struct ndup_leak_text *t = &l->texts[text];
    /* Any longer one has a shingle to be looked for by. */
    l->split_short[split] += l->contained && r->counts[NDUP_LEAKS_CONTAINED] == 0;
    if (t->only_split == NDUP_LEAKS_NOWHERE)
        t->only_split = split;
    else if (t->only_split != split)
        t->only_split = NDUP_LEAKS_SEVERAL;
    l->documents[l->document_count++] =
        (struct ndup_leak_document){{row, m->task->lines_before + r->line + 1, m->task->source, r->tokens, r->id_length,
                                     r->group_length, r->digest, r->form, r->content},
                                    copy,
                                    text};
    return NEARDUP_OK;
}

/* The texts, and the index that will be made of them, must fit; reported before the first split is read. */
static neardup_status check_memory(const struct ndup_leaks *l, struct ndup_task *task, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(l->job->pool);
    uint64_t budget = l->job->limits.budget;
    uint64_t more = l->text_count * l->splits * (sizeof(struct ndup_leak_best) + sizeof(struct ndup_leak_source) + 48);
    for (unsigned side = 0; side < NDUP_LEAKS_SIDES; side++)
        more += ndup_set_index_bytes(l->text_count, l->sides[side].shingles, l->sides[side].prefixes, threads);
    uint64_t need = ndup_sys_resident_bytes() + more;
    if (need > budget && ndup_sys_trim())
        need = ndup_sys_resident_bytes() + more;
    if (need <= budget || NDUP_SANITIZED)
        return NEARDUP_OK;
    double rest = task->consumed > 0 && task->total > task->consumed ? (double)task->total / (double)task->consumed : 1;
    return ndup_fail(err, NEARDUP_E_LIMIT,
                     "the texts of the later splits need about %.0f MiB of memory, but the budget is %" PRIu64
                     " MiB: raise `memory`, or check fewer splits at a time",
                     (double)(need >> 20) * rest + 1, budget >> 20);
}

void ndup_leaks_count(struct ndup_leaks_member *m)
{
    struct ndup_leaks *l = m->leaks;
    struct ndup_corpus_source *source = &l->job->corpus.sources[m->task->source];
    source->rows += m->rows;
    l->split_documents[source->file->split] += m->counts.documents;
    l->split_tokens[source->file->split] += m->counts.tokens;
    ndup_counts_add(&l->job->summary, &m->counts);
    m->counts = (struct ndup_counts){0};
    m->rows = 0;
}

static neardup_status put_batch(struct ndup_leaks_member *m, neardup_error *err)
{
    struct ndup_leaks *l = m->leaks;
    uint64_t row = l->job->corpus.sources[m->task->source].rows;
    for (size_t i = 0; i < m->count; i++, row++) {
        const struct ndup_leaks_record *r = &m->records[i];
        uint64_t line = m->task->lines_before + r->line + 1;
        if (r->problem != NULL)
            NDUP_TRY(ndup_pipeline_report_bad(&l->pipeline, m->task, line, r->lines, r->problem, err));
        if (r->tokens > 0)
            NDUP_TRY(put_document(m, r, row, err));
        else if (r->problem == NULL || ndup_is_stray_problem(r->problem))
            NDUP_TRY(ndup_job_report_empty(l->job, m->task->source, line, err));
    }
    ndup_leaks_count(m);
    return check_memory(l, m->task, err);
}

static neardup_status collect_batch(void *context, unsigned member, struct ndup_task *task, neardup_error *err)
{
    struct ndup_leaks *l = context;
    struct ndup_leaks_member *m = &l->members[member];
    m->task = task;
    NDUP_TRY(ndup_task_each(&l->pipeline, member, task, collect_record, m, err));
    neardup_status st = ndup_pipeline_turn(&l->pipeline, task) ? put_batch(m, err) : NEARDUP_OK;
    st = ndup_pipeline_done(&l->pipeline, task, true, st, err);
    m->count = m->hash_count = 0;
    ndup_buf_clear(&m->names);
    return st;
}

static bool is_first_split(const void *context, uint32_t source)
{
    const struct ndup_leaks *l = context;
    return l->job->corpus.sources[source].file->split == 0;
}

static neardup_status collect(struct ndup_leaks *l, neardup_error *err)
{
    l->pipeline = (struct ndup_pipeline){.job = l->job,
                                         .phase = "read",
                                         .order = NDUP_ORDER_BATCH,
                                         .work = collect_batch,
                                         .skip = is_first_split,
                                         .context = l};
    NDUP_TRY(ndup_pipeline_run(&l->pipeline, err));
    for (unsigned t = 0; t < ndup_pool_threads(l->job->pool); t++) {
        struct ndup_leaks_member *m = &l->members[t];
        free(m->records);
        free(m->hashes);
        m->records = NULL;
        m->hashes = NULL;
        m->capacity = m->hash_capacity = 0;
    }
    return NEARDUP_OK;
}

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
        NDUP_TRY(ndup_text_create_exact(&l->members[t].exact, &l->job->options.profile, l->job->options.cpu, err));
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
        ref->content = place->content;
}

static void number_rows(neardup_job *job)
{
    uint64_t row = 0;
    for (size_t i = 0; i < job->corpus.source_count; i++) {
        job->corpus.sources[i].first_row = row;
        row += job->corpus.sources[i].rows;
    }
}

static neardup_status report_document(const struct ndup_leaks *l, const struct ndup_leak_document *d,
                                      neardup_error *err)
{
    neardup_leak leak;
    make_ref(l, &d->place, d->names, &leak.document);
    for (uint32_t split = 0; split < l->splits; split++) {
        const struct ndup_leak_best *best = &l->best[(size_t)d->text * l->splits + split];
        uint64_t score = atomic_load_explicit(&best->score, memory_order_relaxed);
        if (split == leak.document.split || best->source == NULL)
            continue;
        make_ref(l, &best->source->place, best->source->names, &leak.source);
        bool exact = score >= ndup_leak_score(NDUP_LEAK_EXACT, 0) && d->place.form == best->source->place.form;
        leak.reason = exact                                         ? NEARDUP_EXACT
                      : score >= ndup_leak_score(NDUP_LEAK_NEAR, 0) ? NEARDUP_NEAR
                                                                    : NEARDUP_CONTAINED;
        leak.jaccard = best->jaccard;
        leak.containment = best->containment;
        if (l->wanted->leak != NULL && !l->wanted->leak(l->wanted->context, &leak))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status report_leaks(const struct ndup_leaks *l, neardup_error *err)
{
    number_rows(l->job);
    for (size_t i = 0; i < l->document_count; i++) {
        NDUP_TRY(report_document(l, &l->documents[i], err));
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
        ndup_text_destroy(m->exact);
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
    neardup_status st = collect(l, err);
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
    if (st == NEARDUP_OK)
        st = ndup_corpus_check_unchanged(&l->job->corpus, true, err);
    if (st == NEARDUP_OK)
        st = ndup_job_check_read(l->job, err);
    return st == NEARDUP_OK ? report_leaks(l, err) : st;
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
