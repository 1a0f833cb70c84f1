/* SPDX-License-Identifier: MIT
 * The most similar source of every text in every split. A source that cannot win is not counted through: the overlap that a search
 * asks for rises with the best that is known. Ties go to the first in input order, so a tie still has to be looked at
 * unless it is known to come later. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/leaks.h"
#include "match/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KIND_SHIFT 62u /* doubles from 0 to 1 have their two highest bits free, and order as their bits do */

uint64_t ndup_leak_score(enum ndup_leak_kind kind, double similarity)
{
    uint64_t bits;
    memcpy(&bits, &similarity, sizeof bits);
    return (uint64_t)kind << KIND_SHIFT | bits;
}

static double similarity_of(uint64_t score)
{
    double similarity;
    score &= ((uint64_t)1 << KIND_SHIFT) - 1;
    memcpy(&similarity, &score, sizeof similarity);
    return similarity;
}

static unsigned kind_of(uint64_t score)
{
    return (unsigned)(score >> KIND_SHIFT);
}

static struct ndup_leak_best *best_of(const struct ndup_leak_look *k, uint32_t text)
{
    return &k->l->best[(size_t)text * k->l->splits + k->split];
}

static uint64_t known(const struct ndup_leak_look *k, uint32_t text)
{
    return atomic_load_explicit(&best_of(k, text)->score, memory_order_relaxed);
}

static uint32_t need_near(void *context, uint32_t text, size_t size)
{
    struct ndup_leak_look *k = context;
    uint64_t score = known(k, text);
    double jaccard = k->l->job->options.threshold;
    k->size = size;
    if (kind_of(score) == NDUP_LEAK_EXACT || k->l->texts[text].only_split == k->split)
        return NDUP_SET_INDEX_NONE;
    if (kind_of(score) == NDUP_LEAK_NEAR)
        jaccard = similarity_of(score);
    return ndup_jaccard_least(jaccard, k->l->sides[NDUP_LEAKS_NEAR].sets[text].count, size);
}

static uint32_t need_contained(void *context, uint32_t text, size_t size)
{
    const struct ndup_leak_look *k = context;
    uint64_t score = known(k, text);
    double share = k->l->wanted->containment;
    (void)size;
    if (kind_of(score) > NDUP_LEAK_CONTAINED || k->l->texts[text].only_split == k->split)
        return NDUP_SET_INDEX_NONE;
    if (kind_of(score) == NDUP_LEAK_CONTAINED)
        share = similarity_of(score);
    return ndup_share_least(share, k->l->sides[NDUP_LEAKS_CONTAINED].sets[text].count);
}

/* ---- floors of cohorts ---- */

#define CLOSED UINT64_MAX /* floor of a cohort of which nothing matters any more */

static struct ndup_leak_floor floor_of(const struct ndup_leak_look *k, unsigned side, uint32_t cohort)
{
    pthread_mutex_t *lock = &k->l->floor_locks[cohort % NDUP_LEAKS_LOCKS];
    pthread_mutex_lock(lock);
    struct ndup_leak_floor floor = k->l->sides[side].floors[(size_t)cohort * k->l->splits + k->split];
    pthread_mutex_unlock(lock);
    return floor;
}

static void raise_floor(const struct ndup_leak_look *k, unsigned side, uint32_t cohort, uint64_t score)
{
    pthread_mutex_t *lock = &k->l->floor_locks[cohort % NDUP_LEAKS_LOCKS];
    pthread_mutex_lock(lock);
    struct ndup_leak_floor *floor = &k->l->sides[side].floors[(size_t)cohort * k->l->splits + k->split];
    if (score > floor->score || (score == floor->score && k->order < floor->order))
        *floor = (struct ndup_leak_floor){score, k->order};
    pthread_mutex_unlock(lock);
}

/* What comes later has to be better. */
static bool ties_lose(const struct ndup_leak_look *k, const struct ndup_leak_floor *floor)
{
    return floor->score > 0 && k->order >= floor->order;
}

static uint32_t cohort_need_near(void *context, uint32_t cohort, uint32_t count, size_t size)
{
    struct ndup_leak_look *k = context;
    struct ndup_leak_floor floor = floor_of(k, NDUP_LEAKS_NEAR, cohort);
    if (floor.score == CLOSED)
        return NDUP_SET_INDEX_NONE;
    double jaccard = floor.score > 0 ? similarity_of(floor.score) : k->l->job->options.threshold;
    uint32_t least = ndup_jaccard_least(jaccard, count, size);
    k->size = size;
    return least + (ties_lose(k, &floor) && ndup_jaccard(least, count, size) <= jaccard);
}

static uint32_t cohort_need_contained(void *context, uint32_t cohort, uint32_t count, size_t size)
{
    const struct ndup_leak_look *k = context;
    struct ndup_leak_floor floor = floor_of(k, NDUP_LEAKS_CONTAINED, cohort);
    if (floor.score == CLOSED)
        return NDUP_SET_INDEX_NONE;
    double share = floor.score > 0 ? similarity_of(floor.score) : k->l->wanted->containment;
    uint32_t least = ndup_share_least(share, count);
    (void)size;
    return least + (ties_lose(k, &floor) && (double)least / (double)count <= share);
}

static void cohort_done_near(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed)
{
    const struct ndup_leak_look *k = context;
    raise_floor(k, NDUP_LEAKS_NEAR, cohort,
                closed ? CLOSED : ndup_leak_score(NDUP_LEAK_NEAR, ndup_jaccard(overlap, count, k->size)));
}

static void cohort_done_contained(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed)
{
    const struct ndup_leak_look *k = context;
    raise_floor(k, NDUP_LEAKS_CONTAINED, cohort,
                closed ? CLOSED : ndup_leak_score(NDUP_LEAK_CONTAINED, (double)overlap / (double)count));
}

static uint32_t cohort_least(const struct ndup_leak_look *k, unsigned side, double share, uint32_t cohort,
                             uint32_t count)
{
    struct ndup_leak_floor floor = floor_of(k, side, cohort);
    if (floor.score == CLOSED)
        return NDUP_SET_INDEX_NONE;
    return ndup_share_least(floor.score > 0 ? similarity_of(floor.score) : share, count);
}

/* Shared shingles are no more than a share of this size even if the other set has nothing else. */
static uint32_t cohort_least_near(void *context, uint32_t cohort, uint32_t count)
{
    const struct ndup_leak_look *k = context;
    return cohort_least(k, NDUP_LEAKS_NEAR, k->l->job->options.threshold, cohort, count);
}

static uint32_t cohort_least_contained(void *context, uint32_t cohort, uint32_t count)
{
    const struct ndup_leak_look *k = context;
    return cohort_least(k, NDUP_LEAKS_CONTAINED, k->l->wanted->containment, cohort, count);
}

/* ---- what is found ---- */

void ndup_leaks_release(struct ndup_leak_source *source)
{
    if (source != NULL && atomic_fetch_sub(&source->references, 1) == 1)
        free(source);
}

static neardup_status make_source(struct ndup_leak_look *k, neardup_error *err)
{
    struct ndup_leaks_member *m = k->m;
    size_t names = (size_t)k->place.id_length + k->place.group_length;
    if (k->source != NULL)
        return NEARDUP_OK;
    if (!ndup_grow(&m->made, &m->made_capacity, m->made_count + 1, sizeof(void *)))
        return ndup_fail_nomem(err);
    if (k->words.bytes != NULL)
        k->place.content = ndup_text_content(k->words);
    if (k->text != NULL)
        NDUP_TRY(ndup_leaks_exact_form(m, k->text, k->length, &k->place.form, err));
    struct ndup_leak_source *s = ndup_alloc(1, sizeof *s + names);
    if (s == NULL)
        return ndup_fail_nomem(err);
    atomic_init(&s->references, 1); /* that of the list of made ones */
    s->place = k->place;
    if (k->place.id_length > 0)
        memcpy(s->names, k->id, k->place.id_length);
    if (k->place.group_length > 0)
        memcpy(s->names + k->place.id_length, k->group, k->place.group_length);
    m->made[m->made_count++] = k->source = s;
    return NEARDUP_OK;
}

static neardup_status offer(struct ndup_leak_look *k, uint32_t text, uint64_t score, double jaccard, double containment,
                            neardup_error *err)
{
    struct ndup_leak_best *best = best_of(k, text);
    pthread_mutex_t *lock = &k->l->locks[text % NDUP_LEAKS_LOCKS];
    struct ndup_leak_source *replaced = NULL;
    NDUP_TRY(make_source(k, err));
    pthread_mutex_lock(lock);
    uint64_t present = atomic_load_explicit(&best->score, memory_order_relaxed);
    if (score > present || (score == present && k->order < best->order)) {
        replaced = best->source;
        atomic_fetch_add(&k->source->references, 1);
        best->source = k->source;
        best->order = k->order;
        best->jaccard = jaccard;
        best->containment = containment;
        atomic_store_explicit(&best->score, score, memory_order_relaxed);
    }
    pthread_mutex_unlock(lock);
    ndup_leaks_release(replaced);
    return NEARDUP_OK;
}

/* A look without the lock's cost for what comes; what may win is decided by offer(). */
static bool may_win(struct ndup_leak_look *k, uint32_t text, uint64_t score)
{
    struct ndup_leak_best *best = best_of(k, text);
    if (score != known(k, text))
        return score > known(k, text);
    pthread_mutex_t *lock = &k->l->locks[text % NDUP_LEAKS_LOCKS];
    pthread_mutex_lock(lock);
    bool may = atomic_load_explicit(&best->score, memory_order_relaxed) == score && k->order < best->order;
    pthread_mutex_unlock(lock);
    return may;
}

static neardup_status found_near(void *context, uint32_t text, uint32_t overlap, neardup_error *err)
{
    struct ndup_leak_look *k = context;
    double jaccard = ndup_jaccard(overlap, k->l->sides[NDUP_LEAKS_NEAR].sets[text].count, k->size), containment = 0;
    uint64_t score = ndup_leak_score(NDUP_LEAK_NEAR, jaccard);
    if (!may_win(k, text, score))
        return NEARDUP_OK;
    uint32_t count = k->l->contained ? k->l->sides[NDUP_LEAKS_CONTAINED].sets[text].count : 0;
    if (count > 0) {
        uint32_t held;
        size_t size;
        NDUP_TRY(ndup_seeker_overlap(k->m->seekers[NDUP_LEAKS_CONTAINED], text, &held, &size, err));
        containment = (double)held / (double)count;
    }
    return offer(k, text, score, jaccard, containment, err);
}

static neardup_status found_contained(void *context, uint32_t text, uint32_t overlap, neardup_error *err)
{
    struct ndup_leak_look *k = context;
    double containment = (double)overlap / (double)k->l->sides[NDUP_LEAKS_CONTAINED].sets[text].count;
    uint64_t score = ndup_leak_score(NDUP_LEAK_CONTAINED, containment);
    uint32_t shared;
    size_t size;
    if (!may_win(k, text, score))
        return NEARDUP_OK;
    NDUP_TRY(ndup_seeker_overlap(k->m->seekers[NDUP_LEAKS_NEAR], text, &shared, &size, err));
    double jaccard = ndup_jaccard(shared, k->l->sides[NDUP_LEAKS_NEAR].sets[text].count, size);
    return offer(k, text, score, jaccard, containment, err);
}

static neardup_status look_for_equal(struct ndup_leak_look *k, neardup_error *err)
{
    uint64_t score = ndup_leak_score(NDUP_LEAK_EXACT, 1);
    for (uint32_t t = ndup_leaks_text(k->l, k->place.digest); t != NDUP_LEAKS_NO_TEXT; t = k->l->texts[t].next) {
        if (k->l->texts[t].only_split != k->split && may_win(k, t, score))
            NDUP_TRY(offer(k, t, score, 1, 1, err));
    }
    return NEARDUP_OK;
}

/* Many documents have more shingles than anything near to one of the texts could have. */
static bool too_large(const struct ndup_leak_look *k)
{
    double limit = (double)k->l->sides[NDUP_LEAKS_NEAR].largest / k->l->job->options.threshold + 1;
    return ndup_seeker_surely_more(k->m->seekers[NDUP_LEAKS_NEAR], (size_t)limit);
}

neardup_status ndup_leaks_look(struct ndup_leak_look *look, neardup_error *err)
{
    const struct ndup_leaks_side *sides = look->l->sides;
    const struct ndup_set_index_visitor near = {
        look,
        need_near,
        found_near,
        cohort_need_near,
        cohort_done_near,
        cohort_least_near,
        sides[NDUP_LEAKS_NEAR].reach + (size_t)look->split * ndup_set_index_groups(sides[NDUP_LEAKS_NEAR].sought)};
    const struct ndup_set_index_visitor contained = {look,
                                                     need_contained,
                                                     found_contained,
                                                     cohort_need_contained,
                                                     cohort_done_contained,
                                                     cohort_least_contained,
                                                     sides[NDUP_LEAKS_CONTAINED].reach +
                                                         (size_t)look->split *
                                                             ndup_set_index_groups(sides[NDUP_LEAKS_CONTAINED].sought)};
    NDUP_TRY(look_for_equal(look, err));
    if (!too_large(look))
        NDUP_TRY(ndup_seeker_find(look->m->seekers[NDUP_LEAKS_NEAR], &near, err));
    return look->l->contained ? ndup_seeker_find(look->m->seekers[NDUP_LEAKS_CONTAINED], &contained, err) : NEARDUP_OK;
}

/* ---- finding ---- */

/* Documents pass by the index: those of the first split as they are read, those of the others, whose sets are in memory
 * anyway, from there (and so from pipes, too). */

/* Documents of the other splits that a thread takes at a time: some ms of work, so that the counter costs nothing and
 * threads end together. */
#define STEP 256u

/* ---- finding: the first split ---- */

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
        .digest = ndup_text_digest(m->worker->text, tokens->keyed, tokens->count),
        .form = tokens->form,
    };
    k->words = tokens->words;
    k->text = d->text;
    k->length = d->text_length;
    k->id = d->id;
    k->group = d->group;
    /* A batch has fewer than 2^32 records, of a byte or more each. */
    k->order = m->task->number << 32 | (m->rows - 1);
}

/* One that cannot be read, has stray bytes, or (problem NULL) has no token: to be reported when it is the batch's turn. */
static neardup_status note_odd(struct ndup_leaks_member *m, const struct ndup_document *d, const char *problem,
                               neardup_error *err)
{
    if (!ndup_grow(&m->records, &m->capacity, m->count + 1, sizeof *m->records))
        return ndup_fail_nomem(err);
    m->records[m->count++] =
        (struct ndup_leaks_record){.line = d->line, .lines = ndup_garbled_lines(d), .problem = problem};
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
    m->counts.invalid += d->problem != NULL;
    if (d->problem != NULL)
        return note_odd(m, d, d->problem, err);
    if (NDUP_UNLIKELY(d->invalid_utf8))
        NDUP_TRY(note_odd(m, d, ndup_stray_problem(m->task->decoded), err));
    NDUP_TRY(ndup_leaks_tokenise(m, d, &tokens, err));
    if (tokens.count == 0)
        return note_odd(m, d, NULL, err);
    if (m->leaks->text_count == 0)
        return NEARDUP_OK;
    take_place(&look, d, &tokens);
    NDUP_TRY(ndup_text_shingle_keyed(m->worker->text, tokens.keyed, tokens.count, &hashes, &count, err));
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
        NDUP_TRY(problem != NULL
                     ? ndup_pipeline_report_bad(&l->pipeline, m->task, line, m->records[i].lines, problem, err)
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

/* ---- finding: the others ---- */

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
