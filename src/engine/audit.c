/* SPDX-License-Identifier: MIT
 * The recall of a run, measured on its own documents (--audit).
 *
 * A run that finds its candidates by bands of signatures can miss a near-duplicate: both documents are then kept. So the
 * audit takes a random sample of the kept documents and compares them exactly with every other kept one: the sample is
 * indexed by prefixes of its shingles (match/set_index.h), and all kept documents are read once more and looked up. A document
 * that is near to an earlier kept one was missed. Removed documents need no audit, since each removal is verified.
 *
 * With R near-duplicates removed out of the run, K documents kept, and a share p of the sample missed, the recall is
 * R / (R + p K). The interval is that of p (Wilson, JASA 22, 1927), which stays honest where nothing was missed: after
 * n documents without a miss, p is below 3.84 / (n + 3.84) in 95 % of all samples. A sample of all documents instead of the
 * kept ones would spend most of its work on what is known.
 *
 * The sample depends on the number of documents alone, so that a run can be repeated. Only where the memory budget is too
 * small for it, it is smaller, and the summary says how large it was. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"
#include "match/set_index.h"
#include "match/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 95 % of a normal distribution lie within this many standard deviations. */
#define DEVIATIONS 1.959964

/* Texts that a thread takes at a time. */
#define STEP 64u

/* ---- the estimate ---- */

void ndup_audit_interval(uint64_t missed, uint64_t sampled, double *low, double *high)
{
    double n = (double)sampled, p = (double)missed / n, z2 = DEVIATIONS * DEVIATIONS;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = DEVIATIONS / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = missed == 0 ? 0 : middle - half;
    *high = missed == sampled ? 1 : middle + half;
}

static double recall_of(uint64_t removed, uint64_t kept, double missed_share)
{
    double missed = missed_share * (double)kept;
    return removed == 0 && missed <= 0 ? 1 : (double)removed / ((double)removed + missed);
}

static void estimate(neardup_audit *audit)
{
    double low = 0, high = 0;
    if (audit->sampled > 0) {
        low = high = (double)audit->missed / (double)audit->sampled;
        audit->recall = recall_of(audit->removed, audit->kept, low);
        if (audit->sampled < audit->kept)
            ndup_audit_interval(audit->missed, audit->sampled, &low, &high);
    }
    audit->recall_low = audit->sampled > 0 ? recall_of(audit->removed, audit->kept, high) : 0;
    audit->recall_high = audit->sampled > 0 ? recall_of(audit->removed, audit->kept, low) : 1;
}

/* ---- the sample ---- */

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct auditing {
    neardup_job *job;
    const struct ndup_texts *texts;
    struct ndup_loader loader;
    struct ndup_rank *ranks;         /* [count] of the sample, ascending */
    struct ndup_set_index_set *sets; /* [count] */
    atomic_bool *missed;             /* [count] */
    uint32_t count;
    uint64_t bytes; /* of the sets; the budget ends the sample */
    struct ndup_set_index *index;
    struct audit_member *members;
    _Atomic uint32_t next;
    atomic_bool stop;
};

struct audit_member {
    struct auditing *audit;
    struct ndup_seeker *seeker;
    _Atomic uint32_t *reach;
    struct ndup_rank rank; /* of the text that is looked up */
    size_t size;           /* its distinct shingles */
    neardup_status status;
    neardup_error error;
};

/* References are kept, whatever is near to them. */
static bool is_kept(const struct ndup_texts *texts, uint32_t rank)
{
    return !ndup_decided_removed(&texts->decided, (struct ndup_rank){rank});
}

/* Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): each kept text with equal probability, in order. */
static neardup_status choose(struct auditing *a, uint32_t wanted, neardup_error *err)
{
    const struct ndup_texts *texts = a->texts;
    neardup_audit *result = &a->job->summary.audit;
    for (uint32_t r = texts->references; r < texts->ranks; r++) {
        result->kept += is_kept(texts, r);
        result->removed += !is_kept(texts, r);
    }
    uint64_t left = result->kept, state = 0;
    if (wanted > left)
        wanted = (uint32_t)left;
    a->ranks = ndup_alloc(wanted, sizeof *a->ranks);
    a->sets = ndup_calloc(wanted, sizeof *a->sets);
    a->missed = ndup_calloc(wanted, sizeof *a->missed);
    if (a->ranks == NULL || a->sets == NULL || a->missed == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = texts->references; r < texts->ranks && a->count < wanted; r++) {
        if (!is_kept(texts, r))
            continue;
        if (next_random(&state) % left < wanted - a->count)
            a->ranks[a->count++] = (struct ndup_rank){r};
        left--;
    }
    return NEARDUP_OK;
}

/* The sets of the sample, which is shuffled first: where the budget ends it, the rest is a random sample, too. */
static neardup_status load_sample(struct auditing *a, neardup_error *err)
{
    struct ndup_probe probe = {0};
    struct ndup_loaded loaded;
    neardup_status st = NEARDUP_OK;
    uint64_t state = 1, shingles = 0, budget = a->job->limits.cache_bytes;
    for (uint32_t i = a->count; i > 1; i--) {
        uint32_t k = (uint32_t)(next_random(&state) % i);
        struct ndup_rank rank = a->ranks[i - 1];
        a->ranks[i - 1] = a->ranks[k];
        a->ranks[k] = rank;
    }
    for (uint32_t i = 0; st == NEARDUP_OK && i < a->count; i++) {
        struct ndup_set_index_set *set = &a->sets[i];
        st = a->loader.load(a->loader.context, 0, a->ranks[i], &loaded, err);
        if (st == NEARDUP_OK)
            st = ndup_probe_fill(&probe, loaded.hashes, loaded.count, err);
        if (st != NEARDUP_OK)
            break;
        shingles += probe.count;
        if (budget > 0 &&
            ndup_set_index_bytes(i + 1, shingles, shingles, ndup_pool_threads(a->job->pool)) + 8 * shingles > budget) {
            a->count = i;
            break;
        }
        set->hashes = ndup_alloc(probe.count, sizeof *set->hashes);
        if (set->hashes == NULL) {
            st = ndup_fail_nomem(err);
            break;
        }
        memcpy(set->hashes, probe.distinct, probe.count * sizeof *set->hashes);
        set->count = (uint32_t)probe.count;
        set->need = ndup_share_least(a->job->options.threshold, probe.count);
        st = ndup_job_check_cancel(a->job, err);
    }
    ndup_probe_free(&probe);
    return st;
}

/* ---- every kept text ---- */

static uint32_t least_shared(const struct auditing *a, uint32_t count, size_t size)
{
    return ndup_jaccard_least(a->job->options.threshold, count, size);
}

static uint32_t need(void *context, uint32_t set, size_t size)
{
    struct audit_member *m = context;
    m->size = size;
    if (atomic_load_explicit(&m->audit->missed[set], memory_order_relaxed))
        return NDUP_SET_INDEX_NONE;
    return least_shared(m->audit, m->audit->sets[set].count, size);
}

/* Earlier texts alone: of two that should not both be there, the later one was missed. */
static neardup_status found(void *context, uint32_t set, uint32_t overlap, neardup_error *err)
{
    struct audit_member *m = context;
    const struct auditing *a = m->audit;
    (void)err;
    if (m->rank.value < a->ranks[set].value &&
        ndup_jaccard(overlap, a->sets[set].count, m->size) >= a->job->options.threshold)
        atomic_store_explicit(&a->missed[set], true, memory_order_relaxed);
    return NEARDUP_OK;
}

static uint32_t cohort_need(void *context, uint32_t cohort, uint32_t count, size_t size)
{
    const struct audit_member *m = context;
    (void)cohort;
    return least_shared(m->audit, count, size);
}

static void cohort_done(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed)
{
    (void)context;
    (void)cohort;
    (void)count;
    (void)overlap;
    (void)closed;
}

static uint32_t cohort_least(void *context, uint32_t cohort, uint32_t count)
{
    const struct audit_member *m = context;
    (void)cohort;
    return ndup_share_least(m->audit->job->options.threshold, count);
}

static neardup_status look_up(struct audit_member *m, uint32_t rank)
{
    const struct auditing *a = m->audit;
    const struct ndup_set_index_visitor visitor = {m, need, found, cohort_need, cohort_done, cohort_least, m->reach};
    struct ndup_loaded loaded;
    m->rank = (struct ndup_rank){rank};
    NDUP_TRY(a->loader.load(a->loader.context, (unsigned)(m - a->members), m->rank, &loaded, &m->error));
    ndup_seeker_take(m->seeker, loaded.hashes, loaded.count);
    return ndup_seeker_find(m->seeker, &visitor, &m->error);
}

static void look_up_all(void *context, unsigned member)
{
    struct auditing *a = context;
    struct audit_member *m = &a->members[member];
    while (m->status == NEARDUP_OK && !atomic_load(&a->stop)) {
        uint32_t begin = atomic_fetch_add(&a->next, STEP);
        if (begin >= a->texts->ranks)
            return;
        uint32_t left = a->texts->ranks - begin, end = begin + (left < STEP ? left : STEP);
        m->status = ndup_job_check_cancel(a->job, &m->error);
        for (uint32_t r = begin; r < end && m->status == NEARDUP_OK; r++) {
            if (is_kept(a->texts, r))
                m->status = look_up(m, r);
        }
    }
    atomic_store(&a->stop, true);
}

static neardup_status look_up_texts(struct auditing *a, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(a->job->pool);
    size_t groups = ndup_set_index_groups(a->index);
    _Atomic uint32_t *reach = ndup_alloc(groups, sizeof *reach);
    a->members = ndup_calloc(threads, sizeof *a->members);
    neardup_status st = reach == NULL || a->members == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < groups; i++)
        atomic_init(&reach[i], UINT32_MAX);
    for (unsigned t = 0; st == NEARDUP_OK && t < threads; t++) {
        a->members[t].audit = a;
        a->members[t].reach = reach;
        st = ndup_seeker_create(&a->members[t].seeker, a->index, err);
    }
    if (st == NEARDUP_OK)
        ndup_pool_run(a->job->pool, look_up_all, a);
    for (unsigned t = 0; a->members != NULL && t < threads; t++) {
        if (st == NEARDUP_OK && a->members[t].status != NEARDUP_OK) {
            st = a->members[t].status;
            if (err != NULL)
                *err = a->members[t].error;
        }
        ndup_seeker_free(a->members[t].seeker);
    }
    free(a->members);
    free(reach);
    return st;
}

static neardup_status audit(struct auditing *a, neardup_error *err)
{
    neardup_audit *result = &a->job->summary.audit;
    NDUP_TRY(choose(a, a->job->options.audit, err));
    NDUP_TRY(load_sample(a, err));
    if (a->count > 0) {
        NDUP_TRY(ndup_set_index_create(&a->index, a->sets, a->count, a->job->pool, err));
        NDUP_TRY(look_up_texts(a, err));
    }
    result->sampled = a->count;
    for (uint32_t i = 0; i < a->count; i++)
        result->missed += atomic_load(&a->missed[i]);
    estimate(result);
    return NEARDUP_OK;
}

neardup_status ndup_job_audit(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct ndup_load_context loading = {.job = job, .texts = texts};
    struct auditing a = {.job = job, .texts = texts, .loader = {&loading, ndup_job_load}};
    if (job->options.audit == 0)
        return NEARDUP_OK;
    neardup_status st = audit(&a, err);
    ndup_set_index_free(a.index);
    for (uint32_t i = 0; a.sets != NULL && i < a.count; i++)
        free(a.sets[i].hashes);
    free(a.ranks);
    free(a.sets);
    free(a.missed);
    return st;
}
