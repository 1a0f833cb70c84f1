/* SPDX-License-Identifier: MIT
 * From verdicts on units to documents: fates, clusters, references. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void ndup_job_fate(const neardup_job *job, uint64_t row_index, const struct ndup_row *row, struct ndup_fate *fate)
{
    const struct ndup_corpus *c = &job->corpus;
    *fate = (struct ndup_fate){.kind = NDUP_FATE_NO_DOCUMENT};
    if (row->unit > NDUP_UNIT_MAX)
        return;
    uint32_t rank = c->rank_of[row->unit];
    const struct ndup_verdict *v = &job->decided.verdicts[rank];
    fate->kind = NDUP_FATE_REMOVED;
    if (v->keeper != UINT32_MAX) {
        fate->reason = v->exact ? NEARDUP_EXACT : NEARDUP_NEAR;
        fate->jaccard = v->jaccard;
        fate->keeper_rank = v->keeper;
    } else if (c->rep[c->unit_at[rank]] != row_index) {
        fate->reason = NEARDUP_EXACT;
        fate->jaccard = 1;
        fate->keeper_rank = rank;
    } else {
        fate->kind = NDUP_FATE_KEPT;
        fate->keeper_rank = rank;
    }
    fate->keeper_row = c->rep[c->unit_at[fate->keeper_rank]];
}

neardup_status ndup_job_ref(neardup_job *job, uint64_t row_index, unsigned slot, neardup_ref *ref, neardup_error *err)
{
    const struct ndup_corpus *c = &job->corpus;
    struct ndup_row row;
    NDUP_TRY(ndup_corpus_row(c, row_index, &row, err));
    *ref = (neardup_ref){.index = row_index, .line = row.line};
    ref->file = c->sources[ndup_corpus_source_of(c, row_index)].file->name;
    if (row.id == NDUP_NO_ID)
        return NEARDUP_OK;
    struct ndup_buf *text = &job->scratch_text[slot];
    ndup_buf_clear(text);
    NDUP_TRY(ndup_blob_get(&c->ids, row.id, text, err));
    ref->id = text->data;
    ref->id_length = text->len;
    return NEARDUP_OK;
}

neardup_status ndup_job_each_row(neardup_job *job, ndup_visit_row *visit, void *context, neardup_error *err)
{
    struct ndup_rows rows = {.corpus = &job->corpus};
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < job->corpus.row_count; i++) {
        const struct ndup_row *row;
        if (i % 4096 == 0)
            st = ndup_job_check_cancel(job, err);
        if (st == NEARDUP_OK)
            st = ndup_rows_at(&rows, i, &row, err);
        if (st == NEARDUP_OK)
            st = visit(job, i, row, context, err);
    }
    ndup_rows_free(&rows);
    return st;
}

/* ---- clusters ---- */

bool ndup_job_is_removed(const neardup_job *job, uint64_t row_index)
{
    return job->removed[row_index / 64] >> row_index % 64 & 1;
}

static neardup_status count_removed(neardup_job *job, uint64_t row_index, const struct ndup_row *row, void *context,
                                    neardup_error *err)
{
    (void)err;
    uint32_t *size = context;
    struct ndup_fate fate;
    ndup_job_fate(job, row_index, row, &fate);
    if (fate.kind != NDUP_FATE_REMOVED)
        return NEARDUP_OK;
    job->removed[row_index / 64] |= (uint64_t)1 << row_index % 64;
    size[fate.keeper_rank]++;
    job->summary.removed_bytes += row->length;
    if (fate.reason == NEARDUP_EXACT)
        job->summary.exact++;
    else
        job->summary.near++;
    return NEARDUP_OK;
}

static neardup_status place_removed(neardup_job *job, uint64_t row_index, const struct ndup_row *row, void *context,
                                    neardup_error *err)
{
    (void)err;
    (void)context;
    if (!ndup_job_is_removed(job, row_index))
        return NEARDUP_OK;
    struct ndup_fate fate;
    ndup_job_fate(job, row_index, row, &fate);
    struct ndup_cluster_info *k = &job->clusters.clusters[job->clusters.number[fate.keeper_rank] - 1];
    job->clusters.members[k->first + k->count++] = (uint32_t)row_index;
    return NEARDUP_OK;
}

static int largest_first(const void *left, const void *right)
{
    const struct ndup_cluster_info *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->keeper_row < b->keeper_row ? -1 : a->keeper_row > b->keeper_row;
}

/* size[rank] removed documents; becomes the numbers of the clusters. */
static neardup_status number_clusters(neardup_job *job, uint32_t *size, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    struct ndup_member_list *m = &job->clusters;
    for (uint32_t r = 0; r < c->ranks; r++)
        m->cluster_count += size[r] > 0;
    m->clusters = ndup_calloc(m->cluster_count, sizeof *m->clusters);
    m->members = ndup_alloc(job->summary.exact + job->summary.near, sizeof *m->members);
    if (m->clusters == NULL || m->members == NULL)
        return ndup_fail_nomem(err);
    uint64_t n = 0;
    for (uint32_t r = 0; r < c->ranks; r++) {
        if (size[r] > 0)
            m->clusters[n++] =
                (struct ndup_cluster_info){.keeper_row = c->rep[c->unit_at[r]], .rank = r, .count = size[r]};
    }
    if (n > 1)
        qsort(m->clusters, n, sizeof *m->clusters, largest_first);
    if (n > 0)
        job->summary.largest_cluster = m->clusters[0].count + 1;
    uint64_t first = 0;
    for (uint64_t i = 0; i < n; i++) {
        m->clusters[i].first = first;
        m->clusters[i].component = i + 1;
        first += m->clusters[i].count;
        m->clusters[i].count = 0; /* counted again while members are placed */
        size[m->clusters[i].rank] = (uint32_t)(i + 1);
    }
    job->summary.clusters = n;
    return NEARDUP_OK;
}

static uint64_t root(struct ndup_member_list *m, uint64_t number)
{
    while (m->clusters[number - 1].component != number) {
        uint64_t *up = &m->clusters[number - 1].component;
        *up = m->clusters[*up - 1].component;
        number = *up;
    }
    return number;
}

/* Clusters whose documents are similar to another cluster's keeper hang together: shown, never merged. */
static void join_components(neardup_job *job)
{
    struct ndup_member_list *m = &job->clusters;
    for (size_t i = 0; i < job->decided.edge_count; i++) {
        const struct ndup_edge *e = &job->decided.edges[i];
        uint32_t keeper = job->decided.verdicts[e->unit].keeper;
        uint32_t other = e->earlier;
        if (keeper == UINT32_MAX || job->decided.verdicts[other].keeper != UINT32_MAX || other == keeper)
            continue;
        uint32_t a = m->number[keeper], b = m->number[other];
        if (a == 0 || b == 0)
            continue;
        uint64_t x = root(m, a), y = root(m, b);
        if (x < y)
            m->clusters[y - 1].component = x;
        else
            m->clusters[x - 1].component = y;
    }
    for (uint64_t i = 1; i <= m->cluster_count; i++)
        m->clusters[i - 1].component = root(m, i);
}

neardup_status ndup_job_cluster(neardup_job *job, neardup_error *err)
{
    struct ndup_member_list *m = &job->clusters;
    m->number = ndup_calloc(job->corpus.ranks, sizeof *m->number);
    job->removed = ndup_calloc((size_t)(job->corpus.row_count / 64 + 1), sizeof *job->removed);
    if (m->number == NULL || job->removed == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_job_each_row(job, count_removed, m->number, err));
    NDUP_TRY(number_clusters(job, m->number, err));
    NDUP_TRY(ndup_job_each_row(job, place_removed, NULL, err));
    join_components(job);
    job->summary.kept = job->summary.documents - job->summary.exact - job->summary.near;
    return NEARDUP_OK;
}
