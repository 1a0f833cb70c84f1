/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/replay.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const char *try_wrong_ = (call);                                                                               \
        if (try_wrong_ != NULL)                                                                                        \
            return try_wrong_;                                                                                         \
    } while (0)

/* ---- decisions ---- */

static const char *read_decision(struct neardup_run *run, const char *text, size_t length, neardup_decision *d,
                                 uint64_t *stored)
{
    struct ndup_replay_entry e;
    TRY(ndup_json_reader_begin(run->json, text, length));
    TRY(ndup_replay_read_entry(run, &e));
    if (e.keeper.ref.file == NULL && !e.no_keeper)
        return "no keeper";
    if (e.cluster == 0 && e.reason != NEARDUP_EMPTIED)
        return "no cluster";
    *d = (neardup_decision){.document = e.own.ref,
                            .reason = e.reason,
                            .jaccard = e.jaccard,
                            .containment = e.containment,
                            .distance = e.distance,
                            .keeper = e.keeper.ref,
                            .cut = e.cut,
                            .cluster = e.cluster};
    if (e.no_keeper)
        d->keeper = (neardup_ref){0};
    *stored = e.own.stored;
    return NULL;
}

static neardup_status each_decision(struct neardup_run *run, struct ndup_line_file *f,
                                    ndup_replay_visit_decision *visit, void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        neardup_decision d;
        uint64_t stored;
        NDUP_TRY(ndup_line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = read_decision(run, text, length, &d, &stored);
        if (wrong != NULL)
            return ndup_line_file_wrong(f, wrong, err);
        NDUP_TRY(visit(context, &d, stored, err));
    }
}

neardup_status ndup_replay_decisions(struct neardup_run *run, ndup_replay_visit_decision *visit, void *context,
                                     neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(ndup_line_file_open(&f, run->decisions_path, err));
    neardup_status st = each_decision(run, &f, visit, context, err);
    ndup_line_file_close(&f);
    return st;
}

/* ---- clusters ---- */

struct cluster_line {
    struct ndup_replay_place keeper, first;
    bool has_number, has_size, has_keeper, has_first, has_members, has_documents, is_group;
    uint64_t size;
};

static const char *read_members(struct neardup_run *run, const struct ndup_json_value *value, neardup_cluster *k)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    if (value->type != NDUP_JSON_ARRAY)
        return "members are no array";
    ndup_json_reader_enter(run->json);
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE) {
        struct ndup_replay_entry e;
        if (v.type != NDUP_JSON_OBJECT)
            return "a member is no object";
        ndup_json_reader_enter(run->json);
        TRY(ndup_replay_read_entry(run, &e));
        if (!ndup_grow(&run->members, &run->member_capacity, (size_t)k->member_count + 1, sizeof *run->members))
            return "out of memory";
        run->members[k->member_count++] = (neardup_member){.document = e.own.ref,
                                                           .reason = e.reason,
                                                           .jaccard = e.jaccard,
                                                           .containment = e.containment,
                                                           .distance = e.distance};
    }
    return step == NDUP_JSON_WRONG ? ndup_replay_wrong(run) : NULL;
}

static const char *read_count(const struct ndup_json_value *v, uint64_t *number, bool *has)
{
    *has = ndup_json_value_u64(v, number);
    return *has ? NULL : "a number is missing, or is not one that we write";
}

static const char *read_keeper(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l)
{
    l->has_keeper = v->type != NDUP_JSON_NULL;
    return l->has_keeper ? ndup_replay_read_place(run, v, &l->keeper) : NULL;
}

static const char *read_first(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l)
{
    l->has_first = true;
    return ndup_replay_read_place(run, v, &l->first);
}

static const char *read_member(struct neardup_run *run, const struct ndup_json_value *v, struct cluster_line *l,
                               neardup_cluster *k)
{
    bool unused;
    if (ndup_json_value_is(v, "cluster"))
        return read_count(v, &k->number, &l->has_number);
    if (ndup_json_value_is(v, "size"))
        return read_count(v, &l->size, &l->has_size);
    if (ndup_json_value_is(v, "keeper"))
        return read_keeper(run, v, l);
    if (ndup_json_value_is(v, "first"))
        return read_first(run, v, l);
    if (ndup_json_value_is(v, "members")) {
        if (l->has_members)
            return "members stand there twice";
        l->has_members = true;
        return read_members(run, v, k);
    }
    if (ndup_json_value_is(v, "component"))
        return read_count(v, &k->component, &unused);
    if (ndup_json_value_is(v, "documents"))
        return read_count(v, &k->documents, &l->has_documents);
    if (ndup_json_value_is(v, "tokens"))
        return read_count(v, &k->tokens, &unused);
    if (ndup_json_value_is(v, "boilerplate"))
        k->boilerplate = v->type == NDUP_JSON_TRUE;
    l->is_group = l->is_group || ndup_json_value_is(v, "group_documents");
    return NULL;
}

static const char *check_cluster(const struct cluster_line *l, neardup_cluster *k, bool *skipped)
{
    *skipped = l->is_group && !l->has_members;
    if (*skipped)
        return NULL;
    if (!l->has_number || k->number == 0 || !l->has_size || !l->has_members || (!l->has_keeper && !l->has_first))
        return "this is no cluster: it needs cluster, size, keeper and members";
    k->all_go = !l->has_keeper;
    k->keeper = k->all_go ? l->first.ref : l->keeper.ref;
    if (l->size != ndup_cluster_size(k) || k->member_count == 0)
        return "size is not the number of texts";
    if (k->component == 0)
        k->component = k->number;
    if (!l->has_documents)
        k->documents = l->size;
    return NULL;
}

const char *ndup_replay_read_cluster(struct neardup_run *run, const char *text, size_t length, neardup_cluster *k,
                                     bool *skipped)
{
    struct cluster_line l = {0};
    struct ndup_json_value v;
    enum ndup_json_step step;
    *k = (neardup_cluster){0};
    *skipped = false;
    TRY(ndup_json_reader_begin(run->json, text, length));
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_member(run, &v, &l, k));
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    TRY(check_cluster(&l, k, skipped));
    k->members = run->members;
    return NULL;
}

static neardup_status each_cluster(struct neardup_run *run, struct ndup_line_file *f, ndup_replay_visit_cluster *visit,
                                   void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        neardup_cluster k;
        bool skipped;
        NDUP_TRY(ndup_line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = ndup_replay_read_cluster(run, text, length, &k, &skipped);
        if (wrong != NULL)
            return ndup_line_file_wrong(f, wrong, err);
        if (!skipped)
            NDUP_TRY(visit(context, &k, f, length, err));
    }
}

neardup_status ndup_replay_clusters(struct neardup_run *run, ndup_replay_visit_cluster *visit, void *context,
                                    neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(ndup_line_file_open(&f, run->clusters_path, err));
    neardup_status st = each_cluster(run, &f, visit, context, err);
    ndup_line_file_close(&f);
    return st;
}

/* ---- pairs ---- */

struct sides {
    struct ndup_replay_place a, b;
};

static const char *read_pair_member(struct neardup_run *run, const struct ndup_json_value *v, struct sides *sides,
                                    neardup_pair *pair, unsigned *seen)
{
    if (ndup_json_value_is(v, "a")) {
        *seen |= 1;
        return ndup_replay_read_place(run, v, &sides->a);
    }
    if (ndup_json_value_is(v, "b")) {
        *seen |= 2;
        return ndup_replay_read_place(run, v, &sides->b);
    }
    if (ndup_json_value_is(v, "reason")) {
        *seen |= 4;
        return ndup_replay_read_reason(v, &pair->reason);
    }
    if (ndup_json_value_is(v, "jaccard")) {
        *seen |= 8;
        return ndup_replay_read_score(v, &pair->jaccard);
    }
    return ndup_json_value_is(v, "distance") ? ndup_replay_read_distance(v, &pair->distance) : NULL;
}

static const char *read_pair(struct neardup_run *run, const char *text, size_t length, struct sides *sides,
                             neardup_pair *pair)
{
    struct ndup_json_value v;
    enum ndup_json_step step;
    unsigned seen = 0;
    *pair = (neardup_pair){.distance = NEARDUP_NO_DISTANCE};
    TRY(ndup_json_reader_begin(run->json, text, length));
    while ((step = ndup_json_reader_next(run->json, &v)) == NDUP_JSON_VALUE)
        TRY(read_pair_member(run, &v, sides, pair, &seen));
    if (step == NDUP_JSON_WRONG)
        return ndup_replay_wrong(run);
    if (seen != 15 || (pair->reason != NEARDUP_EXACT && pair->reason != NEARDUP_NEAR))
        return "this is no pair: it needs a, b, reason and jaccard";
    pair->a = sides->a.ref;
    pair->b = sides->b.ref;
    return NULL;
}

static neardup_status each_pair(struct neardup_run *run, struct ndup_line_file *f, ndup_replay_visit_pair *visit,
                                void *context, neardup_error *err)
{
    const char *text;
    size_t length;
    for (;;) {
        struct sides sides;
        neardup_pair pair;
        NDUP_TRY(ndup_line_file_next(f, &text, &length, err));
        if (text == NULL)
            return NEARDUP_OK;
        const char *wrong = read_pair(run, text, length, &sides, &pair);
        if (wrong != NULL)
            return ndup_line_file_wrong(f, wrong, err);
        NDUP_TRY(visit(context, &pair, &sides.a, &sides.b, err));
    }
}

neardup_status ndup_replay_pairs(struct neardup_run *run, ndup_replay_visit_pair *visit, void *context,
                                 neardup_error *err)
{
    struct ndup_line_file f;
    NDUP_TRY(ndup_line_file_open(&f, run->pairs_path, err));
    neardup_status st = each_pair(run, &f, visit, context, err);
    ndup_line_file_close(&f);
    return st;
}
