/* SPDX-License-Identifier: MIT
 * Documents that longer ones contain (--contained): from the samples that the reading pass took to decisions. The rule is in
 * cluster/containment.h, candidates and their recall in match/contained.h.
 *
 * It comes after the decisions on near-duplicates, so that only the documents that are kept are looked for, and looked in:
 * most of the work of a corpus full of copies is done by then. Where pairs are wanted, all are. */
#include "base/platform.h"

#include "base/error.h"
#include "base/sys.h"
#include "engine/phases.h"

/* Candidates of a document: with as many longer documents as this it is compared, those that share the most samples with it.
 * What is in more documents than 64 is in the first ones of these as a whole, more often than not: of a text in 10 000 pages
 * the keeper is the first of the pages that contain all of it, whatever the cap is. Without one, 10^5 pages of one template,
 * each of which contains most of all others, would be compared 10^10 times. */
#define DECIDING 64u
/* With pairs: as many as a bucket of near-duplicates has at most (candidates.c). */
#define REPORTED 1000u

struct containing {
    struct ndup_load_context loading;
    struct ndup_containment_options verify;
    uint32_t most;
};

static bool is_kept(const struct ndup_texts *texts, struct ndup_rank rank)
{
    return !ndup_decided_removed(&texts->decided, rank);
}

static bool holds(const void *context, struct ndup_rank rank)
{
    const struct containing *c = context;
    return c->loading.job->options.pairs || is_kept(c->loading.texts, rank);
}

/* Documents of references are kept; that one of them is in an input is not reported. */
static bool is_sought(const void *context, struct ndup_rank rank)
{
    const struct containing *c = context;
    return c->loading.job->options.pairs ? ndup_texts_is_new(c->loading.texts, rank)
                                         : rank.value >= c->loading.texts->references && holds(context, rank);
}

static bool match_progress(void *context, uint64_t done, uint64_t total)
{
    const struct containing *c = context;
    (void)total;
    return ndup_job_progress(c->loading.job, "match", done, c->loading.texts->ranks, false);
}

static bool verify_progress(void *context, uint64_t done, uint64_t total)
{
    const struct containing *c = context;
    return ndup_job_progress(c->loading.job, "verify", done, total, false);
}

static neardup_status verify(void *context, const struct ndup_contained_text *texts, size_t count, neardup_error *err)
{
    struct containing *c = context;
    struct ndup_texts *own = c->loading.texts;
    double start = ndup_sys_seconds();
    for (size_t i = 0; i < count; i++)
        c->loading.job->summary.contained_capped += texts[i].count >= c->most;
    neardup_status st =
        ndup_containment_verify(&c->verify, own->decided.decisions, texts, count, &own->containment, err);
    c->loading.job->summary.verify_seconds += ndup_sys_seconds() - start;
    NDUP_TRY(st);
    return ndup_job_check_memory(c->loading.job, own->containment.pair_count * sizeof *own->containment.pairs / 2, err);
}

static neardup_status contain(struct containing *c, neardup_error *err)
{
    neardup_job *job = c->loading.job;
    struct ndup_texts *texts = c->loading.texts;
    const struct ndup_contained_options o = {
        .share = job->options.contained,
        .samples = texts->samples,
        .rank_of = texts->rank_of,
        .ranks = texts->ranks,
        .alias = texts->alias,
        .context = c,
        .holds = holds,
        .sought = is_sought,
        .most = c->most,
        .memory_bytes = job->limits.join_bytes,
        .pool = job->pool,
        .cancel = &job->cancel,
        .progress = match_progress,
        .found = verify,
    };
    double start = ndup_sys_seconds(), verified = job->summary.verify_seconds;
    NDUP_TRY(ndup_contained_find(&o, err));
    job->summary.match_seconds += ndup_sys_seconds() - start - (job->summary.verify_seconds - verified);
    ndup_samples_free(texts->samples);
    texts->samples = NULL;
    start = ndup_sys_seconds();
    NDUP_TRY(ndup_containment_decide(&c->verify, texts->decided.decisions, &texts->containment, err));
    job->summary.verify_seconds += ndup_sys_seconds() - start;
    job->summary.contained_candidates = texts->containment.candidates;
    job->summary.contained_pairs = texts->containment.pair_count;
    return NEARDUP_OK;
}

neardup_status ndup_job_contain(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct containing c = {.loading = {.job = job, .texts = texts}, .most = job->options.pairs ? REPORTED : DECIDING};
    c.verify = (struct ndup_containment_options){
        .share = job->options.contained,
        .ranks = texts->ranks,
        .references = texts->references,
        .keep_numbers = ndup_keeps_numbers(job, texts),
        .deciding = DECIDING,
        .cache_bytes = job->limits.cache_bytes,
        .pool = job->pool,
        .loader = {&c.loading, ndup_job_load},
        .cancel = &job->cancel,
        .context = &c,
        .progress = verify_progress,
    };
    return contain(&c, err);
}
