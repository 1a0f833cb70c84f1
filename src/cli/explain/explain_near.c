/* SPDX-License-Identifier: MIT
 * The documents similar to one that stays: why none of them took it away, and why it does not stand for them. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/explain/explain.h"
#include "cli/signals.h"
#include "term/emit.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>

/* Members of the document's own cluster that are looked past, in search of others. */
#define OWN_MOST 10000u

static bool on_neighbour(void *context, const neardup_neighbour *neighbour)
{
    struct ndup_explained *x = context;
    struct ndup_explained_near near = {.neighbour = *neighbour};
    if (!ndup_kept_ref_copy(&near.document, &neighbour->document))
        return false;
    if (!ndup_grow(&x->near, &x->near_capacity, x->near_count + 1, sizeof *x->near)) {
        ndup_kept_ref_free(&near.document);
        return false;
    }
    x->near[x->near_count++] = near;
    return true;
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct ndup_explained *x = context;
    ndup_progress_update(&x->cli->progress, progress);
    return true;
}

/* What was removed for the document is told as such. */
static void drop_own(struct ndup_explained *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->near_count; i++) {
        struct ndup_explained_near *near = &x->near[i];
        bool own = near->removed && ndup_same_place(&near->keeper.ref, &x->document.ref);
        if (own || n == x->limit) {
            ndup_kept_ref_free(&near->document);
            ndup_kept_ref_free(&near->keeper);
        } else {
            x->near[n++] = *near;
        }
    }
    x->near_count = n;
}

bool ndup_explain_search(struct ndup_explained *x)
{
    uint64_t own = x->is_keeper ? (x->member_total < OWN_MOST ? x->member_total : OWN_MOST) : 0;
    neardup_searching searching = {.text = x->text.bytes,
                                   .length = x->text.length,
                                   .skip = {x->document.ref.file, x->document.ref.line},
                                   .count = x->limit + (size_t)own,
                                   .context = x,
                                   .neighbour = on_neighbour};
    neardup_callbacks callbacks = {.context = x, .progress = x->cli->progress.enabled ? on_progress : NULL};
    neardup_error err = {.message = ""};
    neardup_job *job = ndup_explain_job(x);
    if (job == NULL)
        return x->no_texts[0] != '\0';
    ndup_signals_watch(job);
    neardup_status st = neardup_job_run_search(job, &searching, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    x->unread = neardup_job_summary(job)->failed_files;
    neardup_job_destroy(job);
    if (st == NEARDUP_E_CANCELED && caught == 0)
        ndup_msg_error(&x->cli->msg, "out of memory");
    else if (!ndup_explain_ended(x, st, &err, caught))
        return false;
    if (st == NEARDUP_E_CANCELED)
        return false;
    x->searched = st == NEARDUP_OK;
    if (!ndup_explain_near_fates(x))
        return false;
    drop_own(x);
    return true;
}

static void append_name(struct ndup_buf *out, const neardup_ref *ref)
{
    if (ref->file == NULL)
        ndup_buf_append_str(out, "no other");
    else if (ref->id != NULL)
        ndup_emit_plain(out, ref->id, ref->id_length);
    else
        ndup_buf_printf(out, "%s:%" PRIu64, ref->file, ref->line);
}

static bool is_similar(const struct ndup_explained *x, const neardup_neighbour *n)
{
    const neardup_job_options *o = &x->options;
    bool simhash = o->method == NEARDUP_METHOD_SIMHASH;
    bool within = !simhash || (n->distance >= 0 && (unsigned)n->distance <= o->distance);
    return within && ((simhash && !o->verify) || n->jaccard >= o->threshold);
}

/* Whether the run looks at such a pair, if both are there to be compared. */
static bool would_meet(const struct ndup_explained *x, const neardup_neighbour *n)
{
    if (x->options.method == NEARDUP_METHOD_SIMHASH)
        return n->distance >= 0 && (unsigned)n->distance <= x->options.distance;
    return x->plan.bands == 0 || n->bands > 0;
}

void ndup_explain_near_words(const struct ndup_explained *x, const struct ndup_explained_near *near,
                             struct ndup_buf *out)
{
    const neardup_neighbour *n = &near->neighbour;
    bool simhash = x->options.method == NEARDUP_METHOD_SIMHASH;
    bool similar = is_similar(x, n), meets = would_meet(x, n);
    if (similar)
        ndup_buf_append_str(out, "similar enough");
    else if (simhash && !meets)
        ndup_buf_printf(out, "more than %u bits apart", x->options.distance);
    else
        ndup_buf_printf(out, "below %s", ndup_number_score(x->options.threshold).text);
    if (near->removed && !similar) {
        ndup_buf_append_str(out, "; removed");
    } else if (near->removed) {
        ndup_buf_append_str(out, ", but removed for ");
        append_name(out, &near->keeper.ref);
    } else if (simhash || x->plan.bands == 0) {
        ndup_buf_append_str(out, similar ? ", but not compared: see capped_buckets" : "");
    } else if (!meets) {
        ndup_buf_append_str(out, similar ? ", but never compared: no band met" : "; never compared");
    } else {
        ndup_buf_append_str(out, similar ? ", but not compared: see capped_buckets" : "; compared");
    }
}
