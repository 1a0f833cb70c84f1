/* SPDX-License-Identifier: MIT
 * Reports the lines of a finished run to callbacks, and checks their number against what the summary counts. */
#include "base/platform.h"

#include "run/open.h"

#include "base/abi.h"
#include "base/error.h"
#include "run/names.h"

#include <inttypes.h>

struct reporting {
    const neardup_callbacks *callbacks;
    uint64_t count;
};

static neardup_status answer(bool more, neardup_error *err)
{
    return more ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

static neardup_status report_decision(void *context, neardup_decision *decision, uint64_t stored, neardup_error *err)
{
    (void)stored;
    struct reporting *t = context;
    t->count++;
    return answer(t->callbacks->decision(t->callbacks->context, decision), err);
}

static neardup_status report_cluster(void *context, neardup_cluster *cluster, const struct ndup_line_file *file,
                                     size_t length, neardup_error *err)
{
    struct reporting *t = context;
    (void)file;
    (void)length;
    t->count++;
    return answer(t->callbacks->cluster(t->callbacks->context, cluster), err);
}

static neardup_status report_pair(void *context, const neardup_pair *pair, const struct ndup_replay_place *a,
                                  const struct ndup_replay_place *b, neardup_error *err)
{
    struct reporting *t = context;
    neardup_pair reported = *pair;
    (void)a;
    (void)b;
    t->count++;
    reported.a.index = reported.b.index = reported.a.document = reported.b.document =
        0; /* as in decisions and clusters */
    return answer(t->callbacks->pair(t->callbacks->context, &reported), err);
}

/* A file that was cut off at the end of a line, or belongs to another run. */
static neardup_status check_count(const struct neardup_run *run, const char *path, const char *what, uint64_t found,
                                  uint64_t expected, neardup_error *err)
{
    if (!run->has_summary || found == expected)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_FORMAT, "%.300s: %" PRIu64 " %s, but summary.json counts %" PRIu64, path, found,
                     what, expected);
}

static uint64_t count_decisions(const neardup_summary *s)
{
    const neardup_paragraph_summary *p = &s->paragraphs;
    return s->exact + s->near + s->contained + p->exact + p->near + p->contained + p->boilerplate + p->emptied;
}

neardup_status ndup_replay_check_pairs(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    const neardup_summary *s = &run->own_summary;
    return check_count(run, run->pairs_path, "pairs", found, s->pairs + s->paragraphs.pairs, err);
}

static neardup_status check_decisions(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    return check_count(run, run->decisions_path, "decisions", found, count_decisions(&run->own_summary), err);
}

static neardup_status check_clusters(const struct neardup_run *run, uint64_t found, neardup_error *err)
{
    const neardup_summary *s = &run->own_summary;
    return check_count(run, run->clusters_path, "clusters", found, s->clusters + s->paragraphs.clusters, err);
}

static neardup_status report_run(struct neardup_run *run, const neardup_callbacks *callbacks, neardup_error *err)
{
    if (callbacks->pair != NULL && run->pairs_path != NULL) {
        struct reporting t = {callbacks, 0};
        NDUP_TRY(ndup_replay_pairs(run, report_pair, &t, err));
        NDUP_TRY(ndup_replay_check_pairs(run, t.count, err));
    }
    if (callbacks->decision != NULL && run->decisions_path != NULL) {
        struct reporting t = {callbacks, 0};
        NDUP_TRY(ndup_replay_decisions(run, report_decision, &t, err));
        NDUP_TRY(check_decisions(run, t.count, err));
    }
    if (callbacks->cluster != NULL) {
        struct reporting t = {callbacks, 0};
        NDUP_TRY(ndup_replay_clusters(run, report_cluster, &t, err));
        NDUP_TRY(check_clusters(run, t.count, err));
    }
    return NEARDUP_OK;
}

neardup_status neardup_run_replay(neardup_run *run, const neardup_callbacks *callbacks, neardup_error *err)
{
    neardup_callbacks own;
    NDUP_TRY(ndup_abi_take_callbacks(&own, callbacks, err));
    return run->redecided != NULL ? ndup_redecided_report(run, run->redecided, &own, err) : report_run(run, &own, err);
}
