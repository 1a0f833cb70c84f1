/* SPDX-License-Identifier: MIT
 * Which paragraphs stand on more than half of the documents of a group: how often every cluster is met in every group,
 * counted in one walk. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

struct meeting {
    uint32_t group, cluster; /* cluster 0: a free slot */
    uint32_t documents, last;
    uint64_t first; /* item */
};

struct meetings { /* open addressing */
    struct meeting *slot;
    size_t size, used;
};

static struct meeting *find(struct meetings *t, uint32_t group, uint32_t cluster)
{
    uint64_t hash = ((uint64_t)group << 32 | cluster) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(hash >> 20) & (t->size - 1);
    while (t->slot[i].cluster != 0 && (t->slot[i].group != group || t->slot[i].cluster != cluster))
        i = (i + 1) & (t->size - 1);
    return &t->slot[i];
}

static bool make_room(struct meetings *t)
{
    if (2 * (t->used + 1) <= t->size)
        return true;
    struct meetings larger = {.size = t->size > 0 ? 2 * t->size : 1024, .used = t->used};
    larger.slot = ndup_calloc(larger.size, sizeof *larger.slot);
    if (larger.slot == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++) {
        if (t->slot[i].cluster != 0)
            *find(&larger, t->slot[i].group, t->slot[i].cluster) = t->slot[i];
    }
    free(t->slot);
    *t = larger;
    return true;
}

static neardup_status meet(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                           neardup_error *err)
{
    struct meetings *t = context;
    struct ndup_item_decision decision;
    uint32_t group = job->groups.of[item->document];
    if (group == NDUP_NO_GROUP || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    uint32_t cluster = decision.kind == NDUP_ITEM_NONE ? 0 : texts->clusters.number[decision.rank.value];
    if (cluster == 0)
        return NEARDUP_OK;
    if (!make_room(t))
        return ndup_fail_nomem(err);
    struct meeting *m = find(t, group, cluster);
    if (m->cluster == 0) {
        *m = (struct meeting){group, cluster, 0, UINT32_MAX, item->index};
        t->used++;
    }
    m->documents += m->last != item->document;
    m->last = item->document;
    return NEARDUP_OK;
}

static int by_group_and_cluster(const void *left, const void *right)
{
    const struct meeting *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return a->cluster < b->cluster ? -1 : a->cluster > b->cluster;
}

static neardup_status tell(neardup_job *job, const struct meeting *m, neardup_error *err)
{
    const struct ndup_group_name *name = &job->groups.group[m->group];
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item first;
    neardup_group_repeat repeat = {.group = job->groups.names.data + name->begin,
                                   .group_length = name->length,
                                   .group_documents = name->documents,
                                   .documents = m->documents,
                                   .cluster = m->cluster};
    NDUP_TRY(ndup_texts_item(job, &job->paragraphs, m->first, &row, &part, &first, err));
    NDUP_TRY(ndup_job_ref(job, &first, &job->scratch_text[0], &repeat.first, err));
    return job->callbacks.group_repeat(job->callbacks.context, &repeat)
               ? NEARDUP_OK
               : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

neardup_status ndup_job_report_groups(neardup_job *job, neardup_error *err)
{
    struct meetings t = {0};
    size_t n = 0;
    for (uint32_t i = 0; i < job->groups.count; i++)
        job->summary.paragraphs.groups += job->groups.group[i].documents > 0;
    if (job->groups.of == NULL || job->callbacks.group_repeat == NULL)
        return NEARDUP_OK;
    neardup_status st = ndup_texts_each_item(job, &job->paragraphs, meet, &t, err);
    for (size_t i = 0; i < t.size; i++) {
        if (t.slot[i].cluster != 0 && t.slot[i].documents > 1 &&
            2 * (uint64_t)t.slot[i].documents > job->groups.group[t.slot[i].group].documents)
            t.slot[n++] = t.slot[i];
    }
    if (st == NEARDUP_OK && n > 1)
        qsort(t.slot, n, sizeof *t.slot, by_group_and_cluster);
    for (size_t i = 0; st == NEARDUP_OK && i < n; i++)
        st = tell(job, &t.slot[i], err);
    free(t.slot);
    return st;
}
