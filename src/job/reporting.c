/* SPDX-License-Identifier: MIT
 * Decisions and clusters, to callbacks and into the output folder. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "output/report_lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static neardup_status canceled(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

/* ---- decisions ---- */

static neardup_status tell_decision(neardup_job *job, struct ndup_level *level, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_level_is_removed(level, item->index))
        return NEARDUP_OK;
    neardup_decision d;
    NDUP_TRY(ndup_job_decision(job, level, item, job->scratch_text, &d, err));
    NDUP_TRY(ndup_job_tell_decision(job, &d, &job->reports.decisions.text, err));
    return ndup_report_flush(&job->reports.decisions, err);
}

neardup_status ndup_job_decision(const neardup_job *job, const struct ndup_level *level, const struct ndup_item *item,
                                 struct ndup_buf texts[2], neardup_decision *d, neardup_error *err)
{
    struct ndup_fate fate;
    struct ndup_row row;
    struct ndup_part_row part;
    struct ndup_item keeper;
    NDUP_TRY(ndup_job_fate(job, level, item, &fate, err));
    *d = (neardup_decision){.reason = fate.reason,
                            .jaccard = fate.jaccard,
                            .containment = fate.containment,
                            .distance = fate.distance,
                            .cluster = level->clusters.number[fate.rank]};
    NDUP_TRY(ndup_job_ref(job, item, &texts[0], &d->document, err));
    if (fate.keeper == NDUP_NO_ITEM)
        return NEARDUP_OK;
    NDUP_TRY(ndup_level_item(job, level, fate.keeper, &row, &part, &keeper, err));
    return ndup_job_ref(job, &keeper, &texts[1], &d->keeper, err);
}

neardup_status ndup_job_tell_decision(const neardup_job *job, const neardup_decision *decision, struct ndup_buf *lines,
                                      neardup_error *err)
{
    if (job->reports.decisions.descriptor >= 0)
        ndup_report_decision(lines, decision);
    if (job->callbacks.decision != NULL && !job->callbacks.decision(job->callbacks.context, decision))
        return canceled(err);
    return NEARDUP_OK;
}

neardup_status ndup_job_tell_documents(neardup_job *job, neardup_error *err)
{
    if (job->reports.decisions.descriptor < 0 && job->callbacks.decision == NULL)
        return NEARDUP_OK;
    return ndup_level_each(job, &job->documents, tell_decision, NULL, err);
}

/* ---- clusters ---- */

static neardup_status get_member(neardup_job *job, struct ndup_level *level, uint64_t index, unsigned slot,
                                 neardup_member *member, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_part_row part;
    struct ndup_item item;
    struct ndup_fate fate;
    NDUP_TRY(ndup_level_item(job, level, index, &row, &part, &item, err));
    NDUP_TRY(ndup_job_fate(job, level, &item, &fate, err));
    *member = (neardup_member){
        .reason = fate.reason, .jaccard = fate.jaccard, .containment = fate.containment, .distance = fate.distance};
    return ndup_job_ref(job, &item, &job->scratch_text[slot], &member->document, err);
}

static neardup_status write_cluster(neardup_job *job, struct ndup_level *level, const neardup_cluster *k,
                                    const uint32_t *items, neardup_error *err)
{
    struct ndup_report *r = &job->reports.clusters;
    ndup_report_cluster_begin(&r->text, k);
    for (uint64_t i = 0; i < k->member_count; i++) {
        neardup_member member;
        NDUP_TRY(get_member(job, level, items[i], 1, &member, err));
        ndup_report_cluster_member(&r->text, &member, i == 0);
        if (i % 4096 == 4095)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        NDUP_TRY(ndup_report_flush(r, err));
    }
    ndup_report_cluster_end(&r->text);
    return ndup_report_flush(r, err);
}

static neardup_status call_cluster(neardup_job *job, struct ndup_level *level, neardup_cluster *k,
                                   const uint32_t *items, neardup_error *err)
{
    struct ndup_buf ids = NDUP_BUF_INIT;
    neardup_member *members = ndup_alloc(k->member_count, sizeof *members);
    if (members == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < k->member_count; i++) {
        st = i % 4096 == 4095 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = get_member(job, level, items[i], 1, &members[i], err);
        if (st == NEARDUP_OK && members[i].document.id != NULL)
            ndup_buf_append(&ids, members[i].document.id, members[i].document.id_length);
    }
    if (st == NEARDUP_OK && ids.failed)
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK) {
        size_t at = 0; /* the buffer moves no more: now the pointers */
        for (uint64_t i = 0; i < k->member_count; i++) {
            if (members[i].document.id == NULL)
                continue;
            members[i].document.id = ids.data + at;
            at += members[i].document.id_length;
        }
        k->members = members;
        if (!job->callbacks.cluster(job->callbacks.context, k))
            st = canceled(err);
    }
    free(members);
    ndup_buf_free(&ids);
    return st;
}

/* Documents that hold the keeper or a member. Members are in input order. */
static neardup_status count_documents(const struct ndup_level *level, const struct ndup_cluster_info *info,
                                      neardup_cluster *k, neardup_error *err)
{
    const uint32_t *members = level->clusters.members + info->first;
    struct ndup_part_row part;
    uint32_t last = UINT32_MAX;
    bool keeper_met = false;
    for (uint64_t i = 0; i < info->count; i++) {
        NDUP_TRY(ndup_column_get(level->parts, members[i], &part, err));
        keeper_met = keeper_met || part.document == k->keeper.document;
        k->documents += part.document != last;
        last = part.document;
    }
    k->documents += !keeper_met;
    return NEARDUP_OK;
}

static neardup_status get_cluster(neardup_job *job, struct ndup_level *level, uint64_t number, neardup_cluster *k,
                                  neardup_error *err)
{
    const struct ndup_cluster_info *info = &level->clusters.clusters[number - 1];
    struct ndup_row row;
    struct ndup_part_row part;
    struct ndup_item keeper;
    *k = (neardup_cluster){.number = number,
                           .member_count = info->count,
                           .component = info->component,
                           .documents = level->parts == NULL ? info->count + 1 : 0,
                           .tokens = info->tokens};
    NDUP_TRY(ndup_level_item(job, level, info->keeper, &row, &part, &keeper, err));
    NDUP_TRY(ndup_job_ref(job, &keeper, &job->scratch_text[0], &k->keeper, err));
    if (level->parts == NULL)
        return NEARDUP_OK;
    k->boilerplate = level->policy[info->rank] >= NDUP_POLICY_BOILERPLATE;
    k->all_go = level->policy[info->rank] == NDUP_POLICY_ALL_GO;
    return count_documents(level, info, k, err);
}

neardup_status ndup_job_tell_clusters(neardup_job *job, struct ndup_level *level, neardup_error *err)
{
    bool written = job->reports.clusters.descriptor >= 0;
    for (uint64_t i = 0; (written || job->callbacks.cluster != NULL) && i < level->clusters.cluster_count; i++) {
        const uint32_t *members = level->clusters.members + level->clusters.clusters[i].first;
        neardup_cluster k;
        NDUP_TRY(get_cluster(job, level, i + 1, &k, err));
        if (written)
            NDUP_TRY(write_cluster(job, level, &k, members, err));
        if (job->callbacks.cluster != NULL)
            NDUP_TRY(call_cluster(job, level, &k, members, err));
        if (i % 1024 == 0)
            NDUP_TRY(ndup_job_check_cancel(job, err));
    }
    return NEARDUP_OK;
}
