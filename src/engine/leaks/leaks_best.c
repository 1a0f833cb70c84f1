/* SPDX-License-Identifier: MIT
 * The most similar source of every text in every split. A source that cannot win is not counted through: the overlap that a search
 * asks for rises with the best that is known. Ties go to the first in input order, so a tie still has to be looked at
 * unless it is known to come later. */
#include "base/platform.h"

#include "engine/leaks/leaks.h"

#include "base/error.h"
#include "base/mem.h"
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

/* ---- least overlaps ---- */

uint32_t ndup_leaks_least(double share, size_t count)
{
    double about = floor(share * (double)count);
    size_t least = about > 1 ? (size_t)about - 1 : 0;
    while (least < count && (double)least / (double)count < share)
        least++;
    return least < 1 ? 1 : least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
}

/* The least overlap of sets of these sizes whose Jaccard is at least this; it may be more than they can have. */
static uint32_t least_near(double jaccard, size_t a, size_t b)
{
    double about = floor(jaccard / (1 + jaccard) * (double)(a + b));
    size_t least = about > 1 ? (size_t)about - 1 : 0;
    while (least <= a && ndup_jaccard(least, a, b) < jaccard)
        least++;
    return least < 1 ? 1 : least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
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
    return least_near(jaccard, k->l->sides[NDUP_LEAKS_NEAR].sets[text].count, size);
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
    return ndup_leaks_least(share, k->l->sides[NDUP_LEAKS_CONTAINED].sets[text].count);
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
    uint32_t least = least_near(jaccard, count, size);
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
    uint32_t least = ndup_leaks_least(share, count);
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
    return ndup_leaks_least(floor.score > 0 ? similarity_of(floor.score) : share, count);
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
    for (uint32_t t = ndup_leaks_text(k->l, k->place.content); t != NDUP_LEAKS_NO_TEXT; t = k->l->texts[t].next) {
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
