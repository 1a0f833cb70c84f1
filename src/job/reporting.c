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

#define FLUSH_BYTES ((size_t)1 << 20)

struct report { /* a file of the output folder that grows line by line; descriptor -1: not wanted */
    int descriptor;
    const char *name;
    struct ndup_buf text;
};

static neardup_status report_open(neardup_job *job, struct report *r, const char *name, neardup_error *err)
{
    *r = (struct report){.descriptor = -1, .name = name, .text = NDUP_BUF_INIT};
    return job->outdir == NULL ? NEARDUP_OK : ndup_outdir_create(job->outdir, name, &r->descriptor, err);
}

static neardup_status report_flush(struct report *r, size_t above, neardup_error *err)
{
    if (r->text.failed)
        return ndup_fail_nomem(err);
    if (r->descriptor < 0 || r->text.len <= above)
        return NEARDUP_OK;
    neardup_status st = ndup_write_all(r->descriptor, r->text.data, r->text.len, r->name, err);
    ndup_buf_clear(&r->text);
    return st;
}

static neardup_status report_close(struct report *r, neardup_status status, neardup_error *err)
{
    if (status == NEARDUP_OK)
        status = report_flush(r, 0, err);
    ndup_buf_free(&r->text);
    if (r->descriptor >= 0 && close(r->descriptor) != 0 && status == NEARDUP_OK)
        status = ndup_fail(err, NEARDUP_E_IO, "cannot close '%s'", r->name);
    return status;
}

static neardup_status canceled(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

/* ---- decisions ---- */

static neardup_status tell_decision(neardup_job *job, uint64_t row_index, const struct ndup_row *row, void *context,
                                    neardup_error *err)
{
    struct report *r = context;
    if (!ndup_job_is_removed(job, row_index))
        return NEARDUP_OK;
    struct ndup_fate fate;
    ndup_job_fate(job, row_index, row, &fate);
    neardup_decision d = {
        .reason = fate.reason, .jaccard = fate.jaccard, .cluster = job->clusters.number[fate.keeper_rank]};
    NDUP_TRY(ndup_job_ref(job, row_index, 0, &d.document, err));
    NDUP_TRY(ndup_job_ref(job, fate.keeper_row, 1, &d.keeper, err));
    if (r->descriptor >= 0) {
        ndup_report_decision(&r->text, &d);
        NDUP_TRY(report_flush(r, FLUSH_BYTES, err));
    }
    if (job->callbacks.decision != NULL && !job->callbacks.decision(job->callbacks.context, &d))
        return canceled(err);
    return NEARDUP_OK;
}

static neardup_status tell_decisions(neardup_job *job, neardup_error *err)
{
    struct report r;
    NDUP_TRY(report_open(job, &r, "decisions.jsonl", err));
    return report_close(&r, ndup_job_each_row(job, tell_decision, &r, err), err);
}

/* ---- clusters ---- */

static neardup_status get_member(neardup_job *job, uint64_t row_index, unsigned slot, neardup_member *member,
                                 neardup_error *err)
{
    struct ndup_row row;
    struct ndup_fate fate;
    NDUP_TRY(ndup_corpus_row(&job->corpus, row_index, &row, err));
    ndup_job_fate(job, row_index, &row, &fate);
    *member = (neardup_member){.reason = fate.reason, .jaccard = fate.jaccard};
    return ndup_job_ref(job, row_index, slot, &member->document, err);
}

static neardup_status write_cluster(neardup_job *job, struct report *r, const neardup_cluster *k, const uint32_t *rows,
                                    neardup_error *err)
{
    ndup_report_cluster_begin(&r->text, k);
    for (uint64_t i = 0; i < k->member_count; i++) {
        neardup_member member;
        NDUP_TRY(get_member(job, rows[i], 1, &member, err));
        ndup_report_cluster_member(&r->text, &member, i == 0);
        if (i % 4096 == 4095)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        NDUP_TRY(report_flush(r, FLUSH_BYTES, err));
    }
    ndup_report_cluster_end(&r->text);
    return report_flush(r, FLUSH_BYTES, err);
}

/* For the callback all members stand in memory at once, their ids one after the other in one buffer. */
static neardup_status call_cluster(neardup_job *job, neardup_cluster *k, const uint32_t *rows, neardup_error *err)
{
    struct ndup_buf ids = NDUP_BUF_INIT;
    neardup_member *members = ndup_alloc(k->member_count, sizeof *members);
    if (members == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < k->member_count; i++) {
        st = i % 4096 == 4095 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = get_member(job, rows[i], 1, &members[i], err);
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

static neardup_status tell_clusters(neardup_job *job, neardup_error *err)
{
    struct report r;
    const struct ndup_member_list *m = &job->clusters;
    NDUP_TRY(report_open(job, &r, "clusters.jsonl", err));
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < m->cluster_count; i++) {
        const struct ndup_cluster_info *info = &m->clusters[i];
        neardup_cluster k = {.number = i + 1, .member_count = info->count, .component = info->component};
        st = ndup_job_ref(job, info->keeper_row, 0, &k.keeper, err);
        if (st == NEARDUP_OK && r.descriptor >= 0)
            st = write_cluster(job, &r, &k, m->members + info->first, err);
        if (st == NEARDUP_OK && job->callbacks.cluster != NULL)
            st = call_cluster(job, &k, m->members + info->first, err);
        if (st == NEARDUP_OK && i % 1024 == 0)
            st = ndup_job_check_cancel(job, err);
    }
    return report_close(&r, st, err);
}

neardup_status ndup_job_report(neardup_job *job, neardup_error *err)
{
    if (job->options.pairs)
        NDUP_TRY(ndup_job_tell_pairs(job, err));
    if (job->outdir != NULL || job->callbacks.decision != NULL)
        NDUP_TRY(tell_decisions(job, err));
    if (job->outdir != NULL || job->callbacks.cluster != NULL)
        NDUP_TRY(tell_clusters(job, err));
    return NEARDUP_OK;
}
