/* SPDX-License-Identifier: MIT
 * The texts of a document and of those that it was compared with, read again and compared again. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/explain/explain.h"
#include "cli/reopen_inputs.h"
#include "cli/signals.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the corpus ---- */

neardup_job *ndup_explain_job(struct ndup_explained *x)
{
    neardup_job_options o = x->options;
    neardup_job *job = NULL;
    neardup_error err = {.message = ""};
    const char *why;
    if (x->no_texts[0] != '\0')
        return NULL;
    o.threads = (unsigned)x->cli->settings.threads;
    o.memory = x->cli->settings.memory;
    o.units = NEARDUP_UNIT_DOCUMENT;
    o.output_dir = o.scratch_dir = o.command = NULL;
    o.strict = o.pairs = o.annotate = o.contents = o.reports_only = o.drop_emptied = false;
    if (ndup_rejob_open_with(&job, &o, x->run, &x->cli->settings.inputs, &why, &err) != NEARDUP_OK)
        ndup_msg_error(&x->cli->msg, "%s", err.message);
    else if (job == NULL)
        snprintf(x->no_texts, sizeof x->no_texts, "%s", why);
    return job;
}

void ndup_explain_unread(const char *file, const char *message, char *out, size_t size)
{
    if (file != NULL && out[0] == '\0')
        snprintf(out, size, "%.120s: %.120s", file, message);
}

bool ndup_explain_ended(struct ndup_explained *x, neardup_status status, const neardup_error *err, int caught)
{
    ndup_progress_clear(&x->cli->progress);
    if (caught != 0) {
        x->cli->raise_signal = caught;
        return false;
    }
    if (status == NEARDUP_OK)
        return true;
    /* A failed system call that is not about an input: scratch, threads. */
    if (status != NEARDUP_E_IO || err->sys_errno != 0) {
        ndup_msg_error(&x->cli->msg, "%s", err->message);
        return false;
    }
    snprintf(x->no_texts, sizeof x->no_texts, "%.200s", err->message);
    return true;
}

/* ---- reading ---- */

struct reader {
    struct ndup_explained *x;
    struct ndup_explained_text **texts; /* a place each */
    const neardup_span *ranges;         /* of the text, by place; NULL: all of it */
    char unread[256];                   /* the first file that could not be read */
    bool failed;                        /* no memory */
};

static bool on_text(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct reader *r = context;
    struct ndup_explained_text *to = r->texts[index];
    (void)id, (void)id_length;
    if (r->ranges != NULL && r->ranges[index].end > 0) {
        neardup_span range = r->ranges[index];
        if (range.begin > range.end || range.end > length)
            return true; /* another text than the run has read */
        text += range.begin;
        length = (size_t)(range.end - range.begin);
    }
    if (to->bytes != NULL)
        return true;
    to->bytes = ndup_alloc(length + 1, 1);
    r->failed = to->bytes == NULL;
    if (r->failed)
        return false;
    memcpy(to->bytes, text, length);
    to->length = length;
    return true;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct reader *r = context;
    (void)line;
    if (severity == NEARDUP_ERROR)
        ndup_explain_unread(file, message, r->unread, sizeof r->unread);
    return true;
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct reader *r = context;
    ndup_progress_update(&r->x->cli->progress, progress);
    return true;
}

static bool lacks_text(struct ndup_explained_text *const *texts, const neardup_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].file != NULL && texts[i]->bytes == NULL)
            return true;
    }
    return false;
}

static bool read_texts(struct ndup_explained *x, const neardup_place *places, struct ndup_explained_text **texts,
                       const neardup_span *ranges, size_t count)
{
    struct reader r = {.x = x, .texts = texts, .ranges = ranges};
    neardup_reading reading = {places, count, &r, on_text};
    neardup_callbacks callbacks = {
        .context = &r, .message = on_message, .progress = x->cli->progress.enabled ? on_progress : NULL};
    neardup_error err = {.message = ""};
    neardup_job *job = ndup_explain_job(x);
    if (job == NULL)
        return x->no_texts[0] != '\0';
    ndup_signals_watch(job);
    neardup_status st = neardup_job_run_read(job, &reading, &callbacks, &err);
    int caught = ndup_signals_unwatch();
    neardup_job_destroy(job);
    if (r.failed)
        ndup_msg_error(&x->cli->msg, "out of memory");
    if (r.failed || !ndup_explain_ended(x, st, &err, caught))
        return false;
    if (r.unread[0] != '\0' && x->no_texts[0] == '\0' && lacks_text(texts, places, count))
        memcpy(x->no_texts, r.unread, sizeof x->no_texts);
    return true;
}

bool ndup_explain_text(struct ndup_explained *x)
{
    neardup_place place = {x->document.ref.file, x->document.ref.line};
    struct ndup_explained_text *text = &x->text;
    return read_texts(x, &place, &text, NULL, 1);
}

/* Of the document and its keeper, and of what was cut of it. */
static bool read_all(struct ndup_explained *x)
{
    size_t most = 2 + 2 * x->cut_count, n = 0;
    neardup_place *places = ndup_alloc(most, sizeof *places);
    neardup_span *ranges = ndup_calloc(most, sizeof *ranges);
    struct ndup_explained_text **texts = ndup_alloc(most, sizeof(struct ndup_explained_text *));
    bool good = places != NULL && ranges != NULL && texts != NULL;
    if (!good)
        ndup_msg_error(&x->cli->msg, "out of memory");
    if (good) {
        places[n] = (neardup_place){x->document.ref.file, x->document.ref.line};
        texts[n++] = &x->text;
        places[n] = (neardup_place){x->keeper.ref.file, x->keeper.ref.line};
        texts[n++] = &x->keeper_text;
        for (size_t i = 0; i < x->cut_count; i++) {
            struct ndup_explained_cut *cut = &x->cuts[i];
            places[n] = (neardup_place){cut->part.ref.file, cut->part.ref.line};
            ranges[n] = cut->part.ref.bytes;
            texts[n++] = &cut->text;
            places[n] = (neardup_place){cut->keeper.ref.file, cut->keeper.ref.line};
            ranges[n] = cut->keeper.ref.bytes;
            texts[n++] = &cut->keeper_text;
        }
        good = read_texts(x, places, texts, ranges, n);
    }
    free(places);
    free(ranges);
    free(texts);
    return good;
}

/* ---- comparing ---- */

static bool find_bands(struct ndup_explained *x, neardup_error *err)
{
    const neardup_plan *plan = &x->plan;
    struct ndup_explained_pair *p = &x->pair;
    neardup_sketcher *sketcher = NULL;
    uint32_t *a = ndup_alloc(plan->slots, sizeof *a), *b = ndup_alloc(plan->slots, sizeof *b);
    p->bands = ndup_alloc(plan->bands, sizeof *p->bands);
    bool good = a != NULL && b != NULL && p->bands != NULL;
    if (!good)
        snprintf(err->message, sizeof err->message, "out of memory");
    good = good &&
           neardup_sketcher_create(&sketcher, &x->options.profile, plan->kind, plan->slots, x->options.seed,
                                   NEARDUP_CPU_AUTO, err) == NEARDUP_OK &&
           neardup_sketcher_sketch(sketcher, x->text.bytes, x->text.length, a, NULL, err) == NEARDUP_OK &&
           neardup_sketcher_sketch(sketcher, x->keeper_text.bytes, x->keeper_text.length, b, NULL, err) == NEARDUP_OK;
    for (uint32_t i = 0; good && i < plan->bands; i++) {
        size_t at = (size_t)i * plan->rows;
        if (memcmp(a + at, b + at, plan->rows * sizeof *a) == 0)
            p->bands[p->band_count++] = i + 1;
    }
    neardup_sketcher_destroy(sketcher);
    free(a);
    free(b);
    return good;
}

static bool find_distance(struct ndup_explained *x, neardup_error *err)
{
    const neardup_job_options *o = &x->options;
    neardup_simhasher *simhasher = NULL;
    neardup_fingerprint a, b;
    bool good =
        neardup_simhasher_create(&simhasher, &o->profile, o->simhash_bits, o->weights, NEARDUP_CPU_AUTO, err) ==
            NEARDUP_OK &&
        neardup_simhasher_compute(simhasher, x->text.bytes, x->text.length, &a, NULL, err) == NEARDUP_OK &&
        neardup_simhasher_compute(simhasher, x->keeper_text.bytes, x->keeper_text.length, &b, NULL, err) == NEARDUP_OK;
    if (good)
        x->pair.distance = (int)neardup_fingerprint_distance(a, b);
    neardup_simhasher_destroy(simhasher);
    return good;
}

/* Scores were written with six decimals, rounded down. */
static bool has_changed(const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    if (x->reason == NEARDUP_EXACT)
        return !p->comparison.identical;
    double off = p->comparison.jaccard - x->jaccard;
    return off < -1e-9 || off > 1e-6 + 1e-9;
}

static bool compare(struct ndup_explained *x)
{
    struct ndup_explained_pair *p = &x->pair;
    const neardup_profile *profile = &x->options.profile;
    neardup_error err = {.message = ""};
    p->distance = NEARDUP_NO_DISTANCE;
    bool good = neardup_compare(profile, x->text.bytes, x->text.length, x->keeper_text.bytes, x->keeper_text.length,
                                &p->comparison, &p->passages, &p->passage_count, &err) == NEARDUP_OK &&
                neardup_diff(profile, x->text.bytes, x->text.length, x->keeper_text.bytes, x->keeper_text.length,
                             &p->segments, &p->segment_count, &err) == NEARDUP_OK;
    if (good && x->options.method == NEARDUP_METHOD_SIMHASH)
        good = find_distance(x, &err);
    else if (good && x->plan.bands > 0)
        good = find_bands(x, &err);
    if (!good) {
        ndup_msg_error(&x->cli->msg, "%s", err.message);
        return false;
    }
    p->changed = has_changed(x);
    p->known = true;
    return true;
}

bool ndup_explain_texts(struct ndup_explained *x)
{
    const char *not_there = x->cli->settings.inputs.count > 0 ? "does not stand in what --input names"
                                                              : "does not stand any more where it stood";
    if (!read_all(x))
        return false;
    x->texts = x->text.bytes != NULL;
    if (!x->texts && x->no_texts[0] == '\0')
        snprintf(x->no_texts, sizeof x->no_texts, "the document %s", not_there);
    else if (x->keeper.ref.file != NULL && x->keeper_text.bytes == NULL && x->no_texts[0] == '\0')
        snprintf(x->no_texts, sizeof x->no_texts, "the keeper %s", not_there);
    return x->text.bytes == NULL || x->keeper_text.bytes == NULL || compare(x);
}
