/* SPDX-License-Identifier: MIT
 * What the files say, told to callbacks, and held against what the summary counts. */
#include "base/platform.h"

#include "run/rethreshold.h"
#include "run/replay.h"

#include "base/error.h"
#include "run/names.h"

#include <inttypes.h>

struct telling {
    const neardup_callbacks *callbacks;
    uint64_t count;
};

static neardup_status answer(bool go_on, neardup_error *err)
{
    return go_on ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

static neardup_status tell_decision(void *context, neardup_decision *decision, uint64_t stored, neardup_error *err)
{
    (void)stored;
    struct telling *t = context;
    t->count++;
    return answer(t->callbacks->decision(t->callbacks->context, decision), err);
}

static neardup_status tell_cluster(void *context, neardup_cluster *cluster, const struct ndup_line_file *file,
                                   size_t length, neardup_error *err)
{
    struct telling *t = context;
    (void)file;
    (void)length;
    t->count++;
    return answer(t->callbacks->cluster(t->callbacks->context, cluster), err);
}

static neardup_status tell_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                const struct ndup_replay_place *b, neardup_error *err)
{
    struct telling *t = context;
    neardup_pair told = *pair;
    (void)a;
    (void)b;
    t->count++;
    told.a.index = told.b.index = told.a.document = told.b.document = 0; /* as everywhere */
    return answer(t->callbacks->pair(t->callbacks->context, &told), err);
}

/* A file that was cut off at the end of a line, or belongs to another run. */
static neardup_status check_count(const struct neardup_run *run, const char *path, const char *what, uint64_t found,
                                  uint64_t expected, neardup_error *err)
{
    if (!run->has_summary || found == expected)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: %" PRIu64 " %s, and summary.json counts %" PRIu64, path, found,
                     what, expected);
}

static uint64_t count_decisions(const neardup_summary *s)
{
    const neardup_parts *p = &s->parts;
    return s->exact + s->near + p->exact + p->near + p->contained + p->boilerplate + p->emptied;
}

neardup_status ndup_replay_check_pairs(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    const neardup_summary *s = &run->own_summary;
    return check_count(run, run->pairs_path, "pairs", found, s->pairs + s->parts.pairs, err);
}

neardup_status ndup_replay_check_decisions(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    return check_count(run, run->decisions_path, "decisions", found, count_decisions(&run->own_summary), err);
}

neardup_status ndup_replay_check_clusters(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    const neardup_summary *s = &run->own_summary;
    return check_count(run, run->clusters_path, "clusters", found, s->clusters + s->parts.clusters, err);
}

static neardup_status tell_as_run(struct neardup_run *run, const neardup_callbacks *callbacks, neardup_error *err)
{
    if (callbacks->pair != NULL && run->pairs_path != NULL) {
        struct telling t = {callbacks, 0};
        NDUP_TRY(ndup_replay_pairs(run, tell_pair, &t, err));
        NDUP_TRY(ndup_replay_check_pairs(run, t.count, err));
    }
    if (callbacks->decision != NULL && run->decisions_path != NULL) {
        struct telling t = {callbacks, 0};
        NDUP_TRY(ndup_replay_decisions(run, tell_decision, &t, err));
        NDUP_TRY(ndup_replay_check_decisions(run, t.count, err));
    }
    if (callbacks->cluster != NULL) {
        struct telling t = {callbacks, 0};
        NDUP_TRY(ndup_replay_clusters(run, tell_cluster, &t, err));
        NDUP_TRY(ndup_replay_check_clusters(run, t.count, err));
    }
    return NEARDUP_OK;
}

neardup_status neardup_run_replay(neardup_run *run, const neardup_callbacks *callbacks, neardup_error *err)
{
    return run->redecided != NULL ? ndup_redecided_tell(run, run->redecided, callbacks, err)
                                  : tell_as_run(run, callbacks, err);
}
