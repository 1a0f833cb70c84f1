/* SPDX-License-Identifier: MIT
 * What a caller has in memory: documents that a job reads from a caller's function (input/feed.h has the how), and columns,
 * in which a job's results stay. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/feed.h"

#include <stdlib.h>
#include <string.h>

/* ---- documents in ---------------------------------------------------------------------------------------------- */

neardup_status neardup_job_add_source(neardup_job *job, const char *name, const neardup_source_vtable *vtable,
                                      void *context, bool reference, neardup_error *err)
{
    struct ndup_feed *feed;
    if (name == NULL || name[0] == '\0' || name[0] == '/' || strcmp(name, "-") == 0 || strstr(name, "..") != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "the name of a source must be that of a file, without / at its beginning");
    for (size_t i = 0; i < job->input_count; i++) {
        if (job->inputs[i].feed != NULL && strcmp(job->inputs[i].path, name) == 0)
            return ndup_fail(err, NEARDUP_E_ARG, "two sources have the name '%s'", name);
    }
    NDUP_TRY(ndup_feed_create(&feed, vtable, context, err));
    char *copy = strdup(name);
    if (copy == NULL || !ndup_grow(&job->inputs, &job->input_capacity, job->input_count + 1, sizeof *job->inputs)) {
        free(copy);
        ndup_feed_destroy(feed);
        return ndup_fail_nomem(err);
    }
    job->inputs[job->input_count++] = (struct ndup_input){
        .path = copy, .feed = feed, .bytes = vtable->bytes, .reference = reference, .split = job->split};
    return NEARDUP_OK;
}

/* ---- columns out ----------------------------------------------------------------------------------------------- */

/* Arrays that grow together. */
struct decision_arrays {
    uint8_t *unit, *reason;
    uint64_t *index, *document, *keeper, *keeper_document, *cluster, *cut_begin, *cut_end, *kept_first, *kept_begin,
        *kept_end;
    double *jaccard, *containment, *keeper_containment;
    int32_t *distance;
    uint8_t *numbers_differ;
};

struct pair_arrays {
    uint8_t *unit, *reason;
    uint64_t *a, *b;
    double *jaccard, *a_in_b, *b_in_a;
    int32_t *distance;
    uint8_t *numbers_differ;
};

struct cluster_arrays {
    uint8_t *unit;
    uint64_t *number, *keeper, *component, *first, *members;
};

struct ndup_collector {
    unsigned wanted;
    neardup_callbacks user; /* are called, too */
    struct decision_arrays d;
    struct pair_arrays p;
    struct cluster_arrays k;
    size_t d_capacity, p_capacity, k_capacity, member_capacity;
    uint64_t member_count;
    size_t kept_count, kept_capacity;
    bool contained; /* documents may be: columns that other runs do not have */
    bool failed;    /* no memory */
    neardup_decision_columns decisions;
    neardup_pair_columns pairs;
    neardup_cluster_columns clusters;
};

#define RESIZE(array, count) ndup_resize(&(array), (count), sizeof *(array))

static size_t larger(size_t capacity, size_t needed)
{
    size_t more = capacity + capacity / 2 + 64;
    return more > needed ? more : needed;
}

static bool grow_decisions(struct ndup_collector *c)
{
    struct decision_arrays *d = &c->d;
    if (c->decisions.count + 1 < c->d_capacity)
        return true;
    size_t n = larger(c->d_capacity, c->decisions.count + 2);
    if (!RESIZE(d->unit, n) || !RESIZE(d->reason, n) || !RESIZE(d->index, n) || !RESIZE(d->document, n) ||
        !RESIZE(d->keeper, n) || !RESIZE(d->keeper_document, n) || !RESIZE(d->cluster, n) || !RESIZE(d->cut_begin, n) ||
        !RESIZE(d->cut_end, n) || !RESIZE(d->kept_first, n) || !RESIZE(d->jaccard, n) || !RESIZE(d->containment, n) ||
        !RESIZE(d->distance, n) || !RESIZE(d->numbers_differ, n) || (c->contained && !RESIZE(d->keeper_containment, n)))
        return false;
    c->d_capacity = n;
    return true;
}

/* With room for the ranges that stay of one more. */
static bool grow_kept(struct ndup_collector *c, size_t more)
{
    struct decision_arrays *d = &c->d;
    if (c->kept_count + more <= c->kept_capacity)
        return true;
    size_t n = larger(c->kept_capacity, c->kept_count + more);
    if (!RESIZE(d->kept_begin, n) || !RESIZE(d->kept_end, n))
        return false;
    c->kept_capacity = n;
    return true;
}

static bool grow_pairs(struct ndup_collector *c)
{
    struct pair_arrays *p = &c->p;
    if (c->pairs.count < c->p_capacity)
        return true;
    size_t n = larger(c->p_capacity, c->pairs.count + 1);
    if (!RESIZE(p->unit, n) || !RESIZE(p->reason, n) || !RESIZE(p->a, n) || !RESIZE(p->b, n) ||
        !RESIZE(p->jaccard, n) || !RESIZE(p->distance, n) || !RESIZE(p->numbers_differ, n) ||
        (c->contained && (!RESIZE(p->a_in_b, n) || !RESIZE(p->b_in_a, n))))
        return false;
    c->p_capacity = n;
    return true;
}

/* With room for `members` more, and for the end of the last cluster. */
static bool grow_clusters(struct ndup_collector *c, uint64_t members)
{
    struct cluster_arrays *k = &c->k;
    if (!ndup_grow(&k->members, &c->member_capacity, c->member_count + members, sizeof *k->members))
        return false;
    if (c->clusters.count + 1 < c->k_capacity)
        return true;
    size_t n = larger(c->k_capacity, c->clusters.count + 2);
    if (!RESIZE(k->unit, n) || !RESIZE(k->number, n) || !RESIZE(k->keeper, n) || !RESIZE(k->component, n) ||
        !RESIZE(k->first, n))
        return false;
    c->k_capacity = n;
    return true;
}

static bool collect_decision(void *context, const neardup_decision *decision)
{
    struct ndup_collector *c = context;
    struct decision_arrays *d = &c->d;
    bool kept = decision->keeper.file != NULL;
    if (!grow_decisions(c) || !grow_kept(c, decision->kept_count)) {
        c->failed = true;
        return false;
    }
    uint64_t i = c->decisions.count++;
    d->unit[i] = (uint8_t)decision->document.unit;
    d->reason[i] = (uint8_t)decision->reason;
    d->index[i] = decision->document.index;
    d->document[i] = decision->document.document;
    d->keeper[i] = kept ? decision->keeper.index : NEARDUP_NONE;
    d->keeper_document[i] = kept ? decision->keeper.document : NEARDUP_NONE;
    d->cluster[i] = decision->cluster;
    d->cut_begin[i] = decision->cut.begin;
    d->cut_end[i] = decision->cut.end;
    d->kept_first[i] = c->kept_count;
    for (size_t k = 0; k < decision->kept_count; k++) {
        d->kept_begin[c->kept_count] = decision->kept[k].begin;
        d->kept_end[c->kept_count++] = decision->kept[k].end;
    }
    d->kept_first[i + 1] = c->kept_count;
    d->jaccard[i] = decision->jaccard;
    d->containment[i] = decision->containment;
    if (c->contained)
        d->keeper_containment[i] = decision->keeper_containment;
    d->distance[i] = decision->distance;
    d->numbers_differ[i] = decision->numbers_differ;
    return c->user.decision == NULL || c->user.decision(c->user.context, decision);
}

static bool collect_pair(void *context, const neardup_pair *pair)
{
    struct ndup_collector *c = context;
    struct pair_arrays *p = &c->p;
    if (!grow_pairs(c)) {
        c->failed = true;
        return false;
    }
    uint64_t i = c->pairs.count++;
    p->unit[i] = (uint8_t)pair->a.unit;
    p->reason[i] = (uint8_t)pair->reason;
    p->a[i] = pair->a.index;
    p->b[i] = pair->b.index;
    p->jaccard[i] = pair->jaccard;
    p->distance[i] = pair->distance;
    p->numbers_differ[i] = pair->numbers_differ;
    if (c->contained) {
        p->a_in_b[i] = pair->a_in_b;
        p->b_in_a[i] = pair->b_in_a;
    }
    return c->user.pair == NULL || c->user.pair(c->user.context, pair);
}

static bool collect_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_collector *c = context;
    struct cluster_arrays *k = &c->k;
    if (!grow_clusters(c, cluster->member_count)) {
        c->failed = true;
        return false;
    }
    uint64_t i = c->clusters.count++;
    k->unit[i] = (uint8_t)cluster->keeper.unit;
    k->number[i] = cluster->number;
    k->keeper[i] = cluster->keeper.index;
    k->component[i] = cluster->component;
    k->first[i] = c->member_count;
    for (uint64_t m = 0; m < cluster->member_count; m++)
        k->members[c->member_count++] = cluster->members[m].document.index;
    k->first[i + 1] = c->member_count;
    return c->user.cluster == NULL || c->user.cluster(c->user.context, cluster);
}

/* The callbacks that are not collected are the caller's, but get our context. */
static bool pass_progress(void *context, const neardup_progress *progress)
{
    struct ndup_collector *c = context;
    return c->user.progress(c->user.context, progress);
}

static bool pass_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct ndup_collector *c = context;
    return c->user.message(c->user.context, severity, file, line, message);
}

static bool pass_decision(void *context, const neardup_decision *decision)
{
    struct ndup_collector *c = context;
    return c->user.decision(c->user.context, decision);
}

static bool pass_pair(void *context, const neardup_pair *pair)
{
    struct ndup_collector *c = context;
    return c->user.pair(c->user.context, pair);
}

static bool pass_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_collector *c = context;
    return c->user.cluster(c->user.context, cluster);
}

static bool pass_group_repeat(void *context, const neardup_group_repeat *repeat)
{
    struct ndup_collector *c = context;
    return c->user.group_repeat(c->user.context, repeat);
}

static bool pass_near_miss(void *context, const neardup_pair *pair)
{
    struct ndup_collector *c = context;
    return c->user.near_miss(c->user.context, pair);
}

static bool pass_empty(void *context, const char *file, uint64_t line)
{
    struct ndup_collector *c = context;
    return c->user.empty(c->user.context, file, line);
}

static bool pass_invalid(void *context, const char *file, uint64_t line, const char *reason, uint64_t count)
{
    struct ndup_collector *c = context;
    return c->user.invalid(c->user.context, file, line, reason, count);
}

static bool pass_skipped(void *context, const char *file, const char *kind)
{
    struct ndup_collector *c = context;
    return c->user.skipped(c->user.context, file, kind);
}

void ndup_collector_begin(neardup_job *job)
{
    struct ndup_collector *c = job->collector;
    neardup_callbacks *own = &job->callbacks;
    c->user = *own;
    own->context = c;
    own->progress = own->progress != NULL ? pass_progress : NULL;
    own->message = own->message != NULL ? pass_message : NULL;
    own->decision = (c->wanted & NEARDUP_COLUMNS_DECISIONS) != 0 ? collect_decision
                    : own->decision != NULL                      ? pass_decision
                                                                 : NULL;
    own->pair = (c->wanted & NEARDUP_COLUMNS_PAIRS) != 0 ? collect_pair : own->pair != NULL ? pass_pair : NULL;
    own->cluster = (c->wanted & NEARDUP_COLUMNS_CLUSTERS) != 0 ? collect_cluster
                   : own->cluster != NULL                      ? pass_cluster
                                                               : NULL;
    own->group_repeat = own->group_repeat != NULL ? pass_group_repeat : NULL;
    own->near_miss = own->near_miss != NULL ? pass_near_miss : NULL;
    own->empty = own->empty != NULL ? pass_empty : NULL;
    own->invalid = own->invalid != NULL ? pass_invalid : NULL;
    own->skipped = own->skipped != NULL ? pass_skipped : NULL;
}

neardup_status neardup_job_collect(neardup_job *job, unsigned columns, neardup_error *err)
{
    unsigned known = NEARDUP_COLUMNS_DECISIONS | NEARDUP_COLUMNS_PAIRS | NEARDUP_COLUMNS_CLUSTERS;
    if ((columns & ~known) != 0)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown columns %#x", columns & ~known);
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "columns must be asked for before the job runs");
    if (job->collector == NULL)
        job->collector = ndup_calloc(1, sizeof *job->collector);
    if (job->collector == NULL || !grow_clusters(job->collector, 0))
        return ndup_fail_nomem(err);
    job->collector->k.first[0] = 0;
    job->collector->contained = job->options.contained > 0;
    job->collector->wanted |= columns;
    return NEARDUP_OK;
}

bool ndup_collector_failed(const struct ndup_collector *c)
{
    return c != NULL && c->failed;
}

void ndup_collector_end(struct ndup_collector *c)
{
    if (c == NULL)
        return;
    const struct decision_arrays *d = &c->d;
    c->decisions = (neardup_decision_columns){.struct_size = sizeof c->decisions,
                                              .count = c->decisions.count,
                                              .unit = d->unit,
                                              .index = d->index,
                                              .document = d->document,
                                              .reason = d->reason,
                                              .jaccard = d->jaccard,
                                              .containment = d->containment,
                                              .distance = d->distance,
                                              .numbers_differ = d->numbers_differ,
                                              .keeper = d->keeper,
                                              .keeper_document = d->keeper_document,
                                              .cluster = d->cluster,
                                              .cut_begin = d->cut_begin,
                                              .cut_end = d->cut_end,
                                              .kept_first = d->kept_first,
                                              .kept_begin = d->kept_begin,
                                              .kept_end = d->kept_end,
                                              .keeper_containment = d->keeper_containment};
    c->pairs = (neardup_pair_columns){.struct_size = sizeof c->pairs,
                                      .count = c->pairs.count,
                                      .unit = c->p.unit,
                                      .a = c->p.a,
                                      .b = c->p.b,
                                      .reason = c->p.reason,
                                      .jaccard = c->p.jaccard,
                                      .distance = c->p.distance,
                                      .numbers_differ = c->p.numbers_differ,
                                      .a_in_b = c->p.a_in_b,
                                      .b_in_a = c->p.b_in_a};
    c->clusters = (neardup_cluster_columns){.struct_size = sizeof c->clusters,
                                            .count = c->clusters.count,
                                            .unit = c->k.unit,
                                            .number = c->k.number,
                                            .keeper = c->k.keeper,
                                            .component = c->k.component,
                                            .first = c->k.first,
                                            .members = c->k.members};
}

void ndup_collector_free(struct ndup_collector *c)
{
    if (c == NULL)
        return;
    void *const arrays[] = {c->d.unit,
                            c->d.reason,
                            c->d.index,
                            c->d.document,
                            c->d.keeper,
                            c->d.keeper_document,
                            c->d.cluster,
                            c->d.cut_begin,
                            c->d.cut_end,
                            c->d.jaccard,
                            c->d.containment,
                            c->d.distance,
                            c->p.unit,
                            c->p.reason,
                            c->p.a,
                            c->p.b,
                            c->p.jaccard,
                            c->p.distance,
                            c->d.kept_first,
                            c->d.kept_begin,
                            c->d.kept_end,
                            c->k.unit,
                            c->k.number,
                            c->k.keeper,
                            c->k.component,
                            c->k.first,
                            c->k.members,
                            c->d.numbers_differ,
                            c->p.numbers_differ,
                            c->d.keeper_containment,
                            c->p.a_in_b,
                            c->p.b_in_a};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(c);
}

const neardup_decision_columns *neardup_job_decisions(const neardup_job *job)
{
    const struct ndup_collector *c = job->collector;
    return c != NULL && (c->wanted & NEARDUP_COLUMNS_DECISIONS) != 0 ? &c->decisions : NULL;
}

const neardup_pair_columns *neardup_job_pairs(const neardup_job *job)
{
    const struct ndup_collector *c = job->collector;
    return c != NULL && (c->wanted & NEARDUP_COLUMNS_PAIRS) != 0 ? &c->pairs : NULL;
}

const neardup_cluster_columns *neardup_job_clusters(const neardup_job *job)
{
    const struct ndup_collector *c = job->collector;
    return c != NULL && (c->wanted & NEARDUP_COLUMNS_CLUSTERS) != 0 ? &c->clusters : NULL;
}
