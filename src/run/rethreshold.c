/* SPDX-License-Identifier: MIT
 * Which way a run is decided again, and what the two ways have in common. */
#include "base/platform.h"

#include "run/rethreshold.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

void ndup_redecided_free(struct ndup_redecided *r)
{
    if (r == NULL)
        return;
    free(r->filter.clusters);
    free(r->filter.told);
    free(r->greedy.items);
    free(r->greedy.edges);
    free(r->greedy.texts);
    free(r->greedy.clusters);
    free(r->greedy.members);
    ndup_buf_free(&r->greedy.strings);
    free(r);
}

/* Pairs say all that decides about documents, and about paragraphs where the first copy simply stays. They do not where
 * paragraphs of other documents would be looked at, or lines inside of paragraphs that stay now. */
static bool can_use_pairs(const struct neardup_run *run)
{
    const neardup_job_options *o = &run->options;
    const neardup_summary *s = &run->own_summary;
    if (run->pairs_path == NULL)
        return false;
    if (o->units == NEARDUP_UNIT_DOCUMENT)
        return true;
    return (o->units & NEARDUP_UNIT_DOCUMENT) == 0 && o->max_copies == 0 && !o->drop_emptied &&
           s->paragraphs.contained == 0 && run->repeated_lines == 0;
}

static neardup_status check(const struct neardup_run *run, double threshold, neardup_error *err)
{
    const neardup_job_options *o = &run->options;
    if (!(threshold > 0 && threshold <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not %g", threshold);
    if (!run->has_summary)
        return NEARDUP_OK;
    if (o->method == NEARDUP_METHOD_SIMHASH && !o->verify)
        return ndup_fail(err, NEARDUP_E_ARG, "the run had no threshold: the distance of fingerprints decided alone");
    if (threshold < run->own_threshold)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "threshold %g is below the run's own, %g: what was not similar enough then is not known",
                         threshold, run->own_threshold);
    return NEARDUP_OK;
}

neardup_status neardup_run_rethreshold(neardup_run *run, double threshold, bool *exact, neardup_error *err)
{
    NDUP_TRY(check(run, threshold, err));
    struct ndup_redecided *r = ndup_calloc(1, sizeof *r);
    if (r == NULL)
        return ndup_fail_nomem(err);
    neardup_summary before = run->summary;
    r->threshold = threshold;
    r->from_pairs = can_use_pairs(run);
    run->summary = run->own_summary;
    neardup_status st = r->from_pairs ? ndup_greedy_make(run, r, err) : ndup_filter_make(run, r, err);
    if (st != NEARDUP_OK) {
        run->summary = before;
        ndup_redecided_free(r);
        return st;
    }
    ndup_redecided_free(run->redecided);
    run->redecided = r;
    run->options.threshold = threshold;
    if (exact != NULL)
        *exact =
            r->from_pairs && run->own_summary.capped_buckets == 0 && run->own_summary.paragraphs.capped_buckets == 0;
    return NEARDUP_OK;
}

/* ---- telling ---- */

struct telling {
    const neardup_callbacks *callbacks;
    double threshold;
};

static neardup_status tell_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                const struct ndup_replay_place *b, neardup_error *err)
{
    const struct telling *t = context;
    neardup_pair told = *pair;
    (void)a;
    (void)b;
    if (ndup_redecided_frees(t->threshold, pair->reason, pair->jaccard))
        return NEARDUP_OK;
    told.a.index = told.b.index = told.a.document = told.b.document = 0;
    return t->callbacks->pair(t->callbacks->context, &told) ? NEARDUP_OK
                                                            : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

neardup_status ndup_redecided_tell(struct neardup_run *run, const struct ndup_redecided *r,
                                   const neardup_callbacks *callbacks, neardup_error *err)
{
    struct telling t = {callbacks, r->threshold};
    if (callbacks->pair != NULL && run->pairs_path != NULL)
        NDUP_TRY(ndup_replay_pairs(run, tell_pair, &t, err));
    return r->from_pairs ? ndup_greedy_tell(run, &r->greedy, callbacks, err) : ndup_filter_tell(run, r, callbacks, err);
}
