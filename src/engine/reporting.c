/* SPDX-License-Identifier: MIT
 * Decisions and clusters, to callbacks and into the output folder. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/lines.h"
#include "run/report_lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static neardup_status canceled(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

/* What one thread needs to make lines. */
struct teller {
    struct ndup_column_cursor rows;
    struct ndup_buf ids[2]; /* ids */
};

struct telling {
    neardup_job *job;
    struct ndup_texts *texts;
    struct teller *tellers; /* one a thread */
};

static neardup_status begin(struct telling *t, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(t->job->pool);
    t->tellers = ndup_calloc(threads, sizeof *t->tellers);
    for (unsigned i = 0; t->tellers != NULL && i < threads; i++)
        t->tellers[i].rows.column = t->job->corpus.rows;
    return t->tellers == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static void end(struct telling *t)
{
    for (unsigned i = 0; t->tellers != NULL && i < ndup_pool_threads(t->job->pool); i++) {
        ndup_column_cursor_free(&t->tellers[i].rows);
        ndup_buf_free(&t->tellers[i].ids[0]);
        ndup_buf_free(&t->tellers[i].ids[1]);
    }
    free(t->tellers);
}

/* ---- decisions ---- */

static neardup_status call_decision(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    neardup_decision d;
    NDUP_TRY(ndup_job_decision(job, texts, item, job->scratch_text, &d, err));
    NDUP_TRY(ndup_job_report_decision(job, item, &d, &job->reports.decisions.text, err));
    return ndup_report_flush(&job->reports.decisions, err);
}

static neardup_status make_decisions(void *context, unsigned member, uint64_t begin, uint64_t end,
                                     struct ndup_buf *lines, neardup_error *err)
{
    struct telling *t = context;
    struct teller *own = &t->tellers[member];
    for (uint64_t i = begin; i < end; i++) {
        if (!ndup_texts_is_removed(t->texts, i))
            continue;
        const struct ndup_row *row = ndup_column_at(&own->rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        struct ndup_item item = {i, row->text, row->tokens, (uint32_t)i, row, NULL};
        neardup_decision d;
        NDUP_TRY(ndup_job_decision(t->job, t->texts, &item, own->ids, &d, err));
        ndup_show_decision(lines, &d, ndup_item_stored(&item));
    }
    return NEARDUP_OK;
}

neardup_status ndup_job_decision(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                 struct ndup_buf ids[2], neardup_decision *d, neardup_error *err)
{
    struct ndup_item_decision decision;
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item keeper;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    *d = (neardup_decision){.reason = decision.reason,
                            .jaccard = decision.jaccard,
                            .containment = decision.containment,
                            .distance = decision.distance,
                            .cluster = texts->clusters.number[decision.rank.value]};
    NDUP_TRY(ndup_job_ref(job, item, &ids[0], &d->document, err));
    if (decision.keeper == NDUP_NO_ITEM)
        return NEARDUP_OK;
    NDUP_TRY(ndup_texts_item(job, texts, decision.keeper, &row, &part, &keeper, err));
    return ndup_job_ref(job, &keeper, &ids[1], &d->keeper, err);
}

neardup_status ndup_job_report_decision(const neardup_job *job, const struct ndup_item *item,
                                        const neardup_decision *decision, struct ndup_buf *lines, neardup_error *err)
{
    if (job->reports.decisions.descriptor >= 0)
        ndup_show_decision(lines, decision, ndup_item_stored(item));
    if (job->callbacks.decision != NULL && !job->callbacks.decision(job->callbacks.context, decision))
        return canceled(err);
    return NEARDUP_OK;
}

/* Documents of which a thread makes the decisions at a time. */
#define DECISION_STEP 8192u

/* Callbacks come from one thread. */
neardup_status ndup_job_report_documents(neardup_job *job, neardup_error *err)
{
    if (job->callbacks.decision != NULL)
        return ndup_texts_each_item(job, &job->documents, call_decision, NULL, err);
    if (job->reports.decisions.descriptor < 0)
        return NEARDUP_OK;
    struct telling t = {job, &job->documents, NULL};
    struct ndup_lines lines = {.pool = job->pool,
                               .report = &job->reports.decisions,
                               .cancel = &job->cancel,
                               .end = job->documents.items,
                               .step = DECISION_STEP,
                               .context = &t,
                               .make = make_decisions};
    neardup_status st = begin(&t, err);
    if (st == NEARDUP_OK)
        st = ndup_lines_write(&lines, err);
    end(&t);
    return st;
}

/* ---- clusters ---- */

static neardup_status get_member(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                                 struct ndup_buf *text, neardup_member *member, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item item;
    struct ndup_item_decision decision;
    NDUP_TRY(ndup_texts_item(job, texts, index, &row, &part, &item, err));
    NDUP_TRY(ndup_job_decide_item(job, texts, &item, &decision, err));
    *member = (neardup_member){.reason = decision.reason,
                               .jaccard = decision.jaccard,
                               .containment = decision.containment,
                               .distance = decision.distance};
    return ndup_job_ref(job, &item, text, &member->document, err);
}

/* The line of a cluster; where `report` is given it is written piece by piece, since it can be as long as the corpus. */
static neardup_status add_cluster(const neardup_job *job, const struct ndup_texts *texts, const neardup_cluster *k,
                                  struct ndup_buf *text, struct ndup_buf *lines, struct ndup_report_file *report,
                                  neardup_error *err)
{
    const uint32_t *items = texts->clusters.members + texts->clusters.clusters[k->number - 1].first;
    ndup_show_cluster_begin(lines, k);
    for (uint64_t i = 0; i < k->member_count; i++) {
        neardup_member member;
        NDUP_TRY(get_member(job, texts, items[i], text, &member, err));
        ndup_show_cluster_member(lines, &member, i == 0);
        if (i % 4096 == 4095)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        if (report != NULL)
            NDUP_TRY(ndup_report_flush(report, err));
    }
    ndup_show_cluster_end(lines);
    return report != NULL ? ndup_report_flush(report, err) : NEARDUP_OK;
}

static neardup_status call_cluster(neardup_job *job, const struct ndup_texts *texts, neardup_cluster *k,
                                   neardup_error *err)
{
    const uint32_t *items = texts->clusters.members + texts->clusters.clusters[k->number - 1].first;
    struct ndup_buf ids = NDUP_BUF_INIT;
    neardup_member *members = ndup_alloc(k->member_count, sizeof *members);
    if (members == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < k->member_count; i++) {
        st = i % 4096 == 4095 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = get_member(job, texts, items[i], &job->scratch_text[1], &members[i], err);
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
static neardup_status count_documents(const struct ndup_texts *texts, const struct ndup_cluster_info *info,
                                      neardup_cluster *k, neardup_error *err)
{
    const uint32_t *members = texts->clusters.members + info->first;
    struct ndup_paragraph_row part;
    uint32_t last = UINT32_MAX;
    bool keeper_met = false;
    for (uint64_t i = 0; i < info->count; i++) {
        NDUP_TRY(ndup_column_get(texts->paragraphs, members[i], &part, err));
        keeper_met = keeper_met || part.document == k->keeper.document;
        k->documents += part.document != last;
        last = part.document;
    }
    k->documents += !keeper_met;
    return NEARDUP_OK;
}

static neardup_status get_cluster(const neardup_job *job, const struct ndup_texts *texts, uint64_t number,
                                  struct ndup_buf *text, neardup_cluster *k, neardup_error *err)
{
    const struct ndup_cluster_info *info = &texts->clusters.clusters[number - 1];
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item keeper;
    *k = (neardup_cluster){.number = number,
                           .member_count = info->count,
                           .component = info->component,
                           .documents = texts->paragraphs == NULL ? info->count + 1 : 0,
                           .tokens = info->tokens};
    NDUP_TRY(ndup_texts_item(job, texts, info->keeper, &row, &part, &keeper, err));
    NDUP_TRY(ndup_job_ref(job, &keeper, text, &k->keeper, err));
    if (texts->paragraphs == NULL)
        return NEARDUP_OK;
    k->boilerplate = texts->rule[info->rank.value] >= NDUP_RULE_BOILERPLATE;
    k->all_removed = texts->rule[info->rank.value] == NDUP_RULE_REMOVE_ALL;
    return count_documents(texts, info, k, err);
}

static neardup_status make_clusters(void *context, unsigned member, uint64_t begin, uint64_t end,
                                    struct ndup_buf *lines, neardup_error *err)
{
    struct telling *t = context;
    struct teller *own = &t->tellers[member];
    for (uint64_t i = begin; i < end; i++) {
        neardup_cluster k;
        NDUP_TRY(get_cluster(t->job, t->texts, i + 1, &own->ids[0], &k, err));
        NDUP_TRY(add_cluster(t->job, t->texts, &k, &own->ids[1], lines, NULL, err));
    }
    return NEARDUP_OK;
}

/* One after the other, up to `end`. */
static neardup_status tell_some(neardup_job *job, struct ndup_texts *texts, uint64_t end, neardup_error *err)
{
    struct ndup_report_file *r = &job->reports.clusters;
    for (uint64_t i = 0; i < end; i++) {
        neardup_cluster k;
        NDUP_TRY(get_cluster(job, texts, i + 1, &job->scratch_text[0], &k, err));
        if (r->descriptor >= 0)
            NDUP_TRY(add_cluster(job, texts, &k, &job->scratch_text[1], &r->text, r, err));
        if (job->callbacks.cluster != NULL)
            NDUP_TRY(call_cluster(job, texts, &k, err));
        if (i % 1024 == 0)
            NDUP_TRY(ndup_job_check_cancel(job, err));
    }
    return NEARDUP_OK;
}

/* Clusters that a thread takes at a time, and the size from which one is written piece by piece by a single thread. */
#define CLUSTER_STEP 256u
#define LARGE        4096u

/* Behind the last large cluster. Most costly or largest come first, so there are few small ones before it. */
static uint64_t behind_large(const struct ndup_clusters *m)
{
    uint64_t end = 0;
    for (uint64_t i = 0; i < m->cluster_count; i++)
        end = m->clusters[i].count >= LARGE ? i + 1 : end;
    return end;
}

neardup_status ndup_job_report_clusters(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    if (job->callbacks.cluster != NULL)
        return tell_some(job, texts, texts->clusters.cluster_count, err);
    if (job->reports.clusters.descriptor < 0)
        return NEARDUP_OK;
    struct telling t = {job, texts, NULL};
    struct ndup_lines lines = {.pool = job->pool,
                               .report = &job->reports.clusters,
                               .cancel = &job->cancel,
                               .begin = behind_large(&texts->clusters),
                               .end = texts->clusters.cluster_count,
                               .step = CLUSTER_STEP,
                               .context = &t,
                               .make = make_clusters};
    NDUP_TRY(tell_some(job, texts, lines.begin, err));
    neardup_status st = begin(&t, err);
    if (st == NEARDUP_OK)
        st = ndup_lines_write(&lines, err);
    end(&t);
    return st;
}
