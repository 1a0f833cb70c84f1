/* SPDX-License-Identifier: MIT
 * Decisions, clusters and pairs, to callbacks and into the output folder. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "output/records.h"

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

static neardup_status tell_decision(neardup_job *job, struct report *r, uint64_t row_index, const struct ndup_row *row,
                                    neardup_error *err)
{
    struct ndup_fate fate;
    ndup_job_fate(job, row_index, row, &fate);
    if (fate.kind != NDUP_FATE_REMOVED)
        return NEARDUP_OK;
    neardup_decision d = {
        .reason = fate.reason, .jaccard = fate.jaccard, .cluster = job->clusters.number[fate.keeper_rank]};
    NDUP_TRY(ndup_job_ref(job, row_index, 0, &d.document, err));
    NDUP_TRY(ndup_job_ref(job, fate.keeper_row, 1, &d.keeper, err));
    if (r->descriptor >= 0) {
        ndup_records_decision(&r->text, &d);
        NDUP_TRY(report_flush(r, FLUSH_BYTES, err));
    }
    if (job->callbacks.decision != NULL && !job->callbacks.decision(job->callbacks.context, &d))
        return canceled(err);
    return NEARDUP_OK;
}

static neardup_status tell_decisions(neardup_job *job, neardup_error *err)
{
    struct report r;
    const struct ndup_column *rows = job->corpus.rows;
    NDUP_TRY(report_open(job, &r, "decisions.jsonl", err));
    struct ndup_row *buffer = ndup_alloc(ndup_column_chunk_elems(rows), sizeof *buffer);
    neardup_status st = buffer == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    for (uint64_t chunk = 0; st == NEARDUP_OK && chunk < ndup_column_chunks(rows); chunk++) {
        const struct ndup_row *row = ndup_column_chunk(rows, chunk, buffer, err);
        if (row == NULL)
            st = err != NULL ? err->code : NEARDUP_E_IO;
        size_t count = ndup_column_chunk_count(rows, chunk);
        uint64_t base = chunk * ndup_column_chunk_elems(rows);
        for (size_t i = 0; st == NEARDUP_OK && i < count; i++)
            st = tell_decision(job, &r, base + i, &row[i], err);
        if (st == NEARDUP_OK)
            st = ndup_job_check_cancel(job, err);
    }
    free(buffer);
    return report_close(&r, st, err);
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
    ndup_records_cluster_begin(&r->text, k);
    for (uint64_t i = 0; i < k->member_count; i++) {
        neardup_member member;
        NDUP_TRY(get_member(job, rows[i], 1, &member, err));
        ndup_records_cluster_member(&r->text, &member, i == 0);
        NDUP_TRY(report_flush(r, FLUSH_BYTES, err));
    }
    ndup_records_cluster_end(&r->text);
    return report_flush(r, FLUSH_BYTES, err);
}

/* For the callback all members stand in memory at once, their ids one after the other in one buffer. */
static neardup_status call_cluster(neardup_job *job, neardup_cluster *k, const uint32_t *rows, neardup_error *err)
{
    struct ndup_buf ids = NDUP_BUF_INIT;
    neardup_member *members = ndup_alloc(k->member_count, sizeof *members);
    neardup_status st = members == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < k->member_count; i++) {
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

/* ---- pairs ---- */

struct copies {      /* rows of every rank, ascending */
    uint64_t *first; /* [ranks + 1] */
    uint32_t *rows;
};

static neardup_status list_copies(neardup_job *job, struct copies *c, neardup_error *err)
{
    struct ndup_corpus *corpus = &job->corpus;
    c->first = ndup_calloc((size_t)corpus->ranks + 2, sizeof *c->first);
    c->rows = ndup_alloc(job->summary.documents, sizeof *c->rows);
    if (c->first == NULL || c->rows == NULL)
        return ndup_fail_nomem(err);
    for (int step = 0; step < 2; step++) {
        for (uint64_t i = 0; i < corpus->row_count; i++) {
            struct ndup_row row;
            NDUP_TRY(ndup_corpus_row(corpus, i, &row, err));
            if (row.unit > NDUP_UNIT_MAX)
                continue;
            uint32_t rank = corpus->rank_of[row.unit];
            if (step == 0)
                c->first[rank + 2]++;
            else
                c->rows[c->first[rank + 1]++] = (uint32_t)i;
        }
        /* first[rank + 1] is the place to write for rank; after the second step, where the next rank begins. */
        for (uint32_t r = 0; step == 0 && r < corpus->ranks; r++)
            c->first[r + 2] += c->first[r + 1];
    }
    return NEARDUP_OK;
}

static neardup_status tell_pair(neardup_job *job, uint64_t a, uint64_t b, bool exact, double jaccard,
                                neardup_error *err)
{
    neardup_pair pair = {.reason = exact ? NEARDUP_EXACT : NEARDUP_NEAR, .jaccard = jaccard};
    NDUP_TRY(ndup_job_ref(job, a, 0, &pair.a, err));
    NDUP_TRY(ndup_job_ref(job, b, 1, &pair.b, err));
    job->summary.pairs++;
    if (job->callbacks.pair != NULL && !job->callbacks.pair(job->callbacks.context, &pair))
        return canceled(err);
    return NEARDUP_OK;
}

static neardup_status pairs_of_rank(neardup_job *job, const struct copies *c, uint32_t rank, size_t *edge,
                                    neardup_error *err)
{
    for (uint64_t i = c->first[rank]; i < c->first[rank + 1]; i++) {
        for (uint64_t j = i + 1; j < c->first[rank + 1]; j++)
            NDUP_TRY(tell_pair(job, c->rows[i], c->rows[j], true, 1, err));
    }
    const struct ndup_decided *d = &job->decided;
    for (; *edge < d->edge_count && d->edges[*edge].earlier == rank; ++*edge) {
        const struct ndup_edge *e = &d->edges[*edge];
        for (uint64_t i = c->first[rank]; i < c->first[rank + 1]; i++) {
            for (uint64_t j = c->first[e->unit]; j < c->first[e->unit + 1]; j++)
                NDUP_TRY(tell_pair(job, c->rows[i], c->rows[j], e->exact, e->jaccard, err));
        }
    }
    return ndup_job_check_cancel(job, err);
}

static neardup_status tell_pairs(neardup_job *job, neardup_error *err)
{
    struct copies c = {0};
    neardup_status st = list_copies(job, &c, err);
    size_t edge = 0;
    for (uint32_t r = 0; st == NEARDUP_OK && r < job->corpus.ranks; r++)
        st = pairs_of_rank(job, &c, r, &edge, err);
    free(c.first);
    free(c.rows);
    return st;
}

neardup_status ndup_job_report(neardup_job *job, neardup_error *err)
{
    if (job->options.pairs)
        NDUP_TRY(tell_pairs(job, err));
    if (job->outdir != NULL || job->callbacks.decision != NULL)
        NDUP_TRY(tell_decisions(job, err));
    if (job->outdir != NULL || job->callbacks.cluster != NULL)
        NDUP_TRY(tell_clusters(job, err));
    return NEARDUP_OK;
}
